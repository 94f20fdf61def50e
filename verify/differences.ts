import { fileTypes, isType } from "../shared/catalogue/events.ts";
import { keyText } from "../shared/formats/object_key.ts";
import type { TopicSum } from "./verification.ts";
import type { LoadedFile, WarehouseCounts } from "./warehouse_counts.ts";

/** Types whose offsets do not add up. */
export function unbalanced(sums: readonly TopicSum[]): string[] {
  return sums.flatMap((sum) => {
    const { type, published, landed, deadLetters, repeats, tombstones, empty, unprovable } = sum;
    const found = landed + deadLetters + repeats + tombstones + empty + unprovable;
    return found === published
      ? []
      : [`${type}: ${published} offsets are committed, ${found} are accounted for`];
  });
}

/** Where the warehouse's tables and its ledger differ. */
export function tableProblems({ entered, present }: WarehouseCounts): string[] {
  const problems: string[] = [];
  for (const type of fileTypes) {
    const { facts = 0, rejected = 0 } = entered.get(type) ?? {};
    const there = present.get(type)!;
    if (there.facts !== facts) {
      const table = isType(type) ? `fact_${type}` : `master_rows of ${type}`;
      problems.push(`${table} has ${there.facts} rows, the ledger says ${facts}`);
    }
    if (there.rejected !== rejected) {
      problems.push(`${type}: ${there.rejected} rejected rows, the ledger says ${rejected}`);
    }
  }
  return problems;
}

/** Where the ledger differs from what the writer of a file has recorded. */
export function loadProblems(key: string, file: LoadedFile): string[] {
  const { rows, facts, rejected, repeats, claimed, etags } = file;
  const problems: string[] = [];
  if (rows !== facts + rejected + repeats) {
    problems.push(
      `${keyText(key)}: ${rows} rows, but ${facts} facts, ${rejected} rejected, ${repeats} repeats`,
    );
  }
  const noted = claimed?.ranges.reduce((sum, range) => sum + range.rows, 0);
  if (noted !== undefined && etags.length === 1 && noted !== rows) {
    problems.push(`${keyText(key)}: its writer recorded ${noted} rows, ${rows} were loaded`);
  }
  return problems;
}
