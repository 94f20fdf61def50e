import { table } from "../../shared/table.ts";
import type { FileSum, TopicSum, Verification } from "./verification.ts";

/** Columns of the two tables: their titles, and what they show. */
const TOPIC_COLUMNS = {
  published: "published",
  landed: "landed",
  "dead letters": "deadLetters",
  repeats: "repeats",
  tombstones: "tombstones",
  markers: "empty",
  "to come": "toCome",
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
  { topics, files, freshness, notes }: Verification,
  { group }: { readonly group: string },
): string[] {
  const lines = [
    `Kafka → files (what ${group} has committed)`,
    ...sums(topics, TOPIC_COLUMNS),
    "",
    "Files → warehouse",
    ...sums(files, FILE_COLUMNS),
  ];
  if (freshness.length > 0) {
    const rows = freshness.map(({ type, events, p50, p95 }) => [
      type,
      events,
      `${p50.toFixed(1)} s`,
      `${p95.toFixed(1)} s`,
    ]);
    lines.push(
      "",
      "From the event to the warehouse, streamed files of the last 24 h",
      ...table([["type", "events", "p50", "p95"], ...rows]),
    );
  }
  return notes.length > 0 ? [...lines, "", ...notes] : lines;
}

/** Whether it adds up, as two sums; else each difference. */
export function verificationVerdict({ topics, files, problems }: Verification): string[] {
  if (problems.length > 0) {
    return [
      `✗ It does not add up: ${problems.length} difference${problems.length === 1 ? "" : "s"}`,
      ...problems.map((p) => `  ${p}`),
    ];
  }
  const totals = totalsOf(topics, Object.values(TOPIC_COLUMNS));
  const { rows, waiting, facts, rejected, repeats } = totalsOf(files, Object.values(FILE_COLUMNS));
  const rest = totals.repeats + totals.tombstones + totals.empty;
  return [
    `✅ ${amount(totals.published)} published = ${amount(totals.landed)} landed + ${
      amount(totals.deadLetters)
    } dead letters${plus(rest, "repeats, tombstones and markers")}`,
    `✅ ${amount(rows)} rows in files = ${amount(facts)} facts + ${amount(rejected)} rejected + ${
      amount(repeats)
    } repeats${plus(waiting, "waiting")}`,
  ];
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
