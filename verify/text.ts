import { table } from "../shared/cli/table.ts";
import type { FileSum, Loaded, NotLookedAt, TopicSum, Verification } from "./verification.ts";
import { taskCommand } from "../shared/cli/task_command.ts";

/** Columns of the two tables: their titles, and what they show. */
const TOPIC_COLUMNS = {
  published: "published",
  landed: "landed",
  "dead letters": "deadLetters",
  repeats: "repeats",
  tombstones: "tombstones",
  markers: "empty",
  deleted: "unprovable",
  lag: "lag",
} as const satisfies Record<string, keyof TopicSum>;

const FILE_COLUMNS = {
  files: "files",
  rows: "rows",
  waiting: "waiting",
  facts: "facts",
  rejected: "rejected",
  repeats: "repeats",
} as const satisfies Record<string, keyof FileSum>;

/** What the proof has counted, as lines for a terminal. */
export function verificationText(
  { topics, warehouse, unprovable, notes }: Verification,
  { group }: { readonly group: string },
): string[] {
  const { deleted: _, ...columns } = TOPIC_COLUMNS;
  const lines = [
    `Kafka → files (what ${group} has committed)`,
    ...sums(topics, topics.some(({ unprovable }) => unprovable > 0) ? TOPIC_COLUMNS : columns),
    "",
    "Files → warehouse",
  ];
  if ("files" in warehouse) lines.push(...loadedText(warehouse));
  else lines.push(...notLookedAtText(warehouse));
  if (unprovable.length > 0) {
    lines.push("", "No longer verifiable", ...unprovable.map((line) => `  ${line}`));
  }
  return notes.length > 0 ? [...lines, "", ...notes] : lines;
}

function loadedText({ files, cells, freshness }: Loaded): string[] {
  const lines = sums(files, FILE_COLUMNS);
  if (cells.files > 0) {
    const sample = cells.files < cells.of ? ` of ${amount(cells.of)} (--cells checks all)` : "";
    const { cells: sought, lost } = cells;
    lines.push(
      `  filled cells found: ${amount(sought - lost)} of ${amount(sought)}, in ${
        amount(cells.files)
      } files${sample}`,
    );
  }
  if (freshness.length === 0) return lines;
  const rows = freshness.map(({ type, events, p50, p95 }) => [
    type,
    events,
    `${p50.toFixed(1)} s`,
    `${p95.toFixed(1)} s`,
  ]);
  return [
    ...lines,
    "",
    "From the event to the warehouse, streamed files of the last 24 h",
    ...table([["type", "events", "p50", "p95"], ...rows]),
  ];
}

function notLookedAtText({ because }: NotLookedAt): string[] {
  return [`  not checked${because ? `: ${because.message}` : " (--files-only)"}`];
}

/** Whether it adds up, as two sums; else each difference. */
export function verificationVerdict(
  { topics, warehouse, problems, differences }: Verification,
): string[] {
  if (differences > 0) {
    return [
      `✗ The counts do not add up: ${differences} difference${differences === 1 ? "" : "s"}`,
      ...problems.map((p) => `  ${p}`),
    ];
  }
  const totals = totalsOf(topics, Object.values(TOPIC_COLUMNS));
  const rest = totals.repeats + totals.tombstones + totals.empty;
  const landed = `✅ ${amount(totals.published)} published = ${amount(totals.landed)} landed + ${
    amount(totals.deadLetters)
  } dead letters${plus(rest, "repeats, tombstones and markers")}${
    plus(totals.unprovable, "no longer verifiable")
  }`;
  if (!("files" in warehouse)) {
    const { because } = warehouse;
    return because === undefined ? [landed] : [
      landed,
      "✗ Files → warehouse was not checked",
      ...(because.hint ? [`  → ${because.hint}`] : []),
      `  → without a warehouse: ${taskCommand("verify --files-only")}`,
    ];
  }
  const { rows, waiting, facts, rejected, repeats } = totalsOf(
    warehouse.files,
    Object.values(FILE_COLUMNS),
  );
  return [
    landed,
    `✅ ${amount(rows)} rows in files = ${amount(facts)} facts + ${amount(rejected)} rejected + ${
      amount(repeats)
    } repeats${plus(waiting, "waiting")}`,
  ];
}

/** Whether all that was asked for is proved. */
export function isProved({ warehouse, differences }: Verification): boolean {
  return differences === 0 && ("files" in warehouse || warehouse.because === undefined);
}

function sums<K extends string>(
  rows: readonly (Readonly<Record<K, number>> & { readonly type: string })[],
  columns: Readonly<Record<string, K>>,
): string[] {
  const names = Object.values(columns);
  const totals = totalsOf(rows, names);
  return table([
    ["type", ...Object.keys(columns)],
    ...rows.map((row) => [row.type, ...names.map((name) => row[name])]),
    ["all", ...names.map((name) => totals[name])],
  ]);
}

function totalsOf<K extends string>(
  rows: readonly Readonly<Record<K, number>>[],
  names: readonly K[],
): Record<K, number> {
  const total = (name: K) => rows.reduce((sum, row) => sum + row[name], 0);
  return Object.fromEntries(names.map((name) => [name, total(name)])) as Record<K, number>;
}

function plus(count: number, what: string): string {
  return count > 0 ? ` + ${amount(count)} ${what}` : "";
}

function amount(count: number): string {
  return count.toLocaleString("en-US");
}

/** The sums of a proof, by name. */
export function verificationFigures(
  { topics, warehouse, differences }: Verification,
): Record<string, number> {
  const { published, landed, deadLetters, lag } = totalsOf(topics, Object.values(TOPIC_COLUMNS));
  const loaded = "files" in warehouse ? totalsOf(warehouse.files, ["facts"]) : {};
  return { published, landed, "dead letters": deadLetters, lag, ...loaded, differences };
}
