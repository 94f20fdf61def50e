import { table } from "../../shared/table.ts";
import type { FileSum, TopicSum, Verification } from "./verify.ts";

/** The proof as lines for a terminal. */
export function verificationText(
  { topics, files, freshness, problems, notes }: Verification,
  { group }: { readonly group: string },
): string[] {
  const names = [
    "published",
    "landed",
    "deadLetters",
    "repeats",
    "tombstones",
    "empty",
    "toCome",
  ] as const;
  const rows = ["files", "rows", "waiting", "facts", "rejected", "repeats"] as const;
  const lines = [
    `Kafka → files (what ${group} has committed)`,
    ...table([
      [
        "type",
        "published",
        "landed",
        "dead letters",
        "repeats",
        "tombstones",
        "markers",
        "to come",
      ],
      ...topics.map((sum) => [sum.type, ...names.map((name) => sum[name])]),
      ["all", ...names.map((name) => total(topics, name))],
    ]),
    "",
    "Files → warehouse",
    ...table([
      ["type", "files", "rows", "waiting", "facts", "rejected", "repeats"],
      ...files.map((sum) => [sum.type, ...rows.map((name) => sum[name])]),
      ["all", ...rows.map((name) => total(files, name))],
    ]),
  ];
  if (freshness.length > 0) {
    lines.push(
      "",
      "From the event to the warehouse, in the last 24 h",
      ...table([
        ["type", "events", "p50", "p95"],
        ...freshness.map((
          { type, events, p50, p95 },
        ) => [type, events, seconds(p50), seconds(p95)]),
      ]),
    );
  }
  if (notes.length > 0) lines.push("", ...notes);
  return [...lines, "", ...verdict({ topics, files, problems })];
}

function verdict({ topics, files, problems }: Pick<Verification, "topics" | "files" | "problems">) {
  if (problems.length > 0) {
    return [
      `✗ It does not add up: ${problems.length} differences`,
      ...problems.map((one) => `  ${one}`),
    ];
  }
  const [of, rows] = [
    (name: keyof TopicSum & string) => amount(total(topics, name as "landed")),
    (name: keyof FileSum & string) => amount(total(files, name as "rows")),
  ];
  const rest = total(topics, "repeats") + total(topics, "tombstones") + total(topics, "empty");
  const waiting = total(files, "waiting");
  return [
    `✅ ${of("published")} published = ${of("landed")} landed + ${of("deadLetters")} dead letters` +
    (rest > 0 ? ` + ${amount(rest)} repeats, tombstones and markers` : ""),
    `✅ ${rows("rows")} rows in files = ${rows("facts")} facts + ${rows("rejected")} rejected + ${
      rows("repeats")
    } repeats${waiting > 0 ? ` + ${amount(waiting)} waiting` : ""}`,
  ];
}

function total<K extends string>(sums: readonly Record<K, number>[], name: K): number {
  return sums.reduce((sum, one) => sum + one[name], 0);
}

function amount(count: number): string {
  return count.toLocaleString("en-US");
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}
