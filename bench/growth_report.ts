import type { Machine } from "./machine.ts";
import { lawOf, type Measured } from "./power_law.ts";

/** What was measured at a size. */
export interface Point extends Measured {
  /** Further figures, by the heading of their column. */
  readonly more: Readonly<Record<string, number>>;
}

/** What was measured at several sizes, nothing else being varied. */
export interface Series {
  /** Empty if there is only one. */
  readonly name: string;
  readonly points: readonly Point[];
}

/** What becomes of a figure when one thing is varied. */
export interface Growth {
  readonly title: string;
  /** What is varied, in the plural. */
  readonly against: string;
  /** What is measured, in the plural. */
  readonly what: string;
  readonly series: readonly Series[];
}

/** All that the bench has measured. */
export interface GrowthReport {
  readonly date: string;
  readonly command: string;
  readonly machine: Machine;
  readonly growths: readonly (Growth & { readonly laws: readonly string[] })[];
}

/** Puts together what was measured on a machine, today. */
export function growthReport(
  growths: readonly Growth[],
  { args, machine }: { readonly args: readonly string[]; readonly machine: Machine },
): GrowthReport {
  return {
    date: new Date().toISOString().slice(0, 10),
    command: ["deno task bench:growth", ...args].join(" "),
    machine,
    growths: growths.map((growth) => ({ ...growth, laws: lawsOf(growth) })),
  };
}

/** The report in Markdown: a table and the laws of each growth. */
export function growthMarkdown({ date, command, machine, growths }: GrowthReport): string {
  return [
    `${date}, \`${command}\`, ${machine.processors} processors, ${machine.memoryGiB} GiB.`,
    ...growths.map((growth) =>
      [
        `### ${growth.title}`,
        tableOf(growth),
        growth.laws.map((law) => `- ${law}`).join("\n"),
      ].join("\n\n")
    ),
  ].join("\n\n");
}

/** A sentence for each series. */
function lawsOf({ what, against, series }: Growth): string[] {
  return series.map(({ name, points }) =>
    lawOf(points, { what: name === "" ? what : `${name}: ${what}`, against })
  );
}

function tableOf({ what, against, series }: Growth): string {
  const named = series.some(({ name }) => name !== "");
  const further = Object.keys(series[0]?.points[0]?.more ?? {});
  const header = [...named ? [""] : [], against, what, ...further];
  const rows = series.flatMap(({ name, points }) =>
    points.map(({ x, y, more }) => [
      ...named ? [name] : [],
      ...[x, y, ...further.map((column) => more[column]!)].map(shortNumber),
    ])
  );
  const rule = header.map((_, column) => named && column === 0 ? "---" : "--:");
  return [header, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** A number with three digits, or all that stand before the point. */
export function shortNumber(value: number): string {
  return Math.abs(value) < 100
    ? value.toLocaleString("en-US", { maximumSignificantDigits: 3 })
    : Math.round(value).toLocaleString("en-US");
}
