import type pg from "pg";
import { type FileType, fileTypes, isMasterType } from "../../shared/catalogue/events.ts";
import type { LoadCounts } from "./load_ledger.ts";
import { masterSql } from "../sql/master_sql.ts";
import { type MergeSql, mergeSql } from "../sql/merge_sql.ts";
import type { NewValue } from "./new_values.ts";
import { ANY_FORGOTTEN } from "../sql/personal.ts";

/** A load whose rows are staged. */
export interface StagedLoad {
  readonly loadId: string;
  readonly rows: number;
}

/** The outcome of a load. */
export interface Loaded extends LoadCounts {
  /** Values of its facts that are not in the catalogue's sets. */
  readonly newValues: readonly NewValue[];
}

/** The statements of each type: the same for every file. */
const merges = Object.fromEntries(
  fileTypes.map((type) => [type, isMasterType(type) ? masterSql(type) : mergeSql(type)]),
) as Readonly<Record<FileType, MergeSql>>;

/**
 * Moves the staged rows of a type to where they belong.
 *
 * @param loads whose rows are staged; of master data one at a time
 * @returns the outcome of each, in their order
 * @throws PostgreSQL's errors
 */
export async function merge(
  client: pg.Client,
  type: FileType,
  loads: readonly StagedLoad[],
): Promise<Loaded[]> {
  const sql = merges[type];
  const query = (name: string, text: string, values: unknown[] = []) =>
    client.query({ name: `${name}-${type}`, text, values });
  const run = async (...args: Parameters<typeof query>): Promise<number> =>
    (await query(...args)).rowCount;
  const count = async (...args: Parameters<typeof query>): Promise<Map<string, number>> => {
    const { rows } = await query(...args);
    return new Map(rows.map((row: { load_id: string; rows: number }) => [row.load_id, row.rows]));
  };
  const words = sql.words && await run("words", sql.words.found) > 0 ? sql.words : undefined;
  if (words) await run("rename", words.rename);
  // Always queried: forgetting waits for the loads that have not seen it.
  const { rows: [forgotten] } = await client.query(ANY_FORGOTTEN);
  if (forgotten.any) {
    for (const [index, text] of sql.forget.entries()) await run(`forget-${index}`, text);
  }
  // Master data is dated by its load where it does not date itself.
  const by = isMasterType(type) ? [loads[0]!.loadId] : [];
  const broken = await count("reject", sql.reject, [loads.map(({ loadId }) => loadId)]);
  for (const [index, text] of sql.observe.entries()) {
    const observe = async () => (await query(`observe-${index}`, text, by)).rows[0].shared;
    if (await observe()) await observe();
  }
  if (sql.dates) await run("dates", sql.dates);
  const facts = await count("insert", sql.insert, by);
  const leftOf = ({ loadId, rows }: StagedLoad) =>
    rows - (broken.get(loadId) ?? 0) - (facts.get(loadId) ?? 0);
  const conflicts = sql.conflicts && loads.some((load) => leftOf(load) > 0)
    ? await count("conflicts", sql.conflicts)
    : new Map<string, number>();
  const outcomes: Loaded[] = [];
  for (const load of loads) {
    const { loadId, rows } = load;
    const conflicting = conflicts.get(loadId) ?? 0;
    outcomes.push({
      rows,
      facts: facts.get(loadId) ?? 0,
      rejected: (broken.get(loadId) ?? 0) + conflicting,
      repeats: leftOf(load) - conflicting,
      newValues: words ? (await query("new-values", words.newValues, [loadId])).rows : [],
    });
  }
  return outcomes;
}
