import { types } from "../../shared/events.ts";
import { keyText } from "../../shared/file_names.ts";
import type { Coverage, Window } from "./coverage.ts";
import { place } from "./holes.ts";
import type { TopicSum } from "./verification.ts";
import type { WarehouseCounts } from "./warehouse_counts.ts";

/** Offsets that two files claim. */
export function overlapsIn(topic: string, covered: readonly Coverage[]): string[] {
  return covered.flatMap(({ overlaps }) =>
    overlaps.map((overlap) =>
      `${place(topic, overlap)} are in two files: ${
        overlap.files.join(" and ")
      } (where a topic was made again, the older may be of its predecessor)`
    )
  );
}

/** Offsets that the group has committed no further than Kafka has deleted. */
export function deletedIn(topic: string, windows: readonly Window[]): string[] {
  return windows.filter(({ committed, low }) => committed < low).map((
    { partition, committed, low },
  ) =>
    `${
      place(topic, { partition, from: committed, to: low })
    } were deleted by Kafka before they were landed`
  );
}

/** Files that count more dead letters than the dead letter topic has, and how many more. */
export function missingLetters(
  topic: string,
  covered: readonly Coverage[],
  isDeadLetter: (partition: number, offset: number) => boolean,
): { missing: number; problem: string }[] {
  return covered.flatMap(({ claims }) => claims).flatMap((claim) => {
    const { partition, from, to, deadLetters, file } = claim;
    if (deadLetters === 0) return [];
    let found = 0;
    for (let offset = from; offset < to; offset++) if (isDeadLetter(partition, offset)) found++;
    if (found >= deadLetters) return [];
    const problem = `${
      place(topic, claim)
    }: ${file} counts ${deadLetters} dead letters, the dead letter topic has ${found}`;
    return [{ missing: deadLetters - found, problem }];
  });
}

/**
 * How many of the missing letters Kafka's retention has deleted: all, if it has deleted so many. A file
 * counts a letter only when Kafka has acknowledged it, so each of them was there.
 *
 * @param deleted how many records of the dead letter topic Kafka has deleted
 * @returns undefined if there are more
 */
export function expiredLetters(
  missing: ReturnType<typeof missingLetters>,
  deleted: number,
): number | undefined {
  const sum = missing.reduce((sum, one) => sum + one.missing, 0);
  return sum <= deleted ? sum : undefined;
}

/** Types whose offsets do not add up. */
export function unbalanced(sums: readonly TopicSum[]): string[] {
  return sums.flatMap(({ type, published, landed, deadLetters, repeats, tombstones, empty }) => {
    const found = landed + deadLetters + repeats + tombstones + empty;
    return found === published
      ? []
      : [`${type}: ${published} offsets are committed, ${found} are accounted for`];
  });
}

/** Files that our consumer has landed, and that are not what it has written any more. */
export function damagedFiles(bucket: string, unreadable: WarehouseCounts["failed"]): string[] {
  return unreadable.map(({ key, reason }) =>
    `s3://${bucket}/${keyText(key)} has landed, but cannot be loaded: ${reason}`
  );
}

/** Where the warehouse's tables and its ledger, or the ledger and the files, differ. */
export function ledgerProblems({ loaded, entered, present }: WarehouseCounts): string[] {
  const problems: string[] = [];
  for (const type of types) {
    const { facts = 0, rejected = 0 } = entered.get(type) ?? {};
    const there = present.get(type)!;
    if (there.facts !== facts) {
      problems.push(`fact_${type} has ${there.facts} rows, by the ledger ${facts} were made`);
    }
    if (there.rejected !== rejected) {
      problems.push(`${type}: ${there.rejected} rejected rows, by the ledger ${rejected}`);
    }
  }
  for (const [key, { rows, facts, rejected, repeats, claimed, etags }] of loaded) {
    if (rows !== facts + rejected + repeats) {
      problems.push(
        `${
          keyText(key)
        }: ${rows} rows, but ${facts} facts, ${rejected} rejected, ${repeats} repeats`,
      );
    }
    const noted = claimed?.ranges.reduce((sum, range) => sum + range.rows, 0);
    if (noted !== undefined && etags.length === 1 && noted !== rows) {
      problems.push(`${keyText(key)}: its writer has noted ${noted} rows, ${rows} were loaded`);
    }
  }
  return problems;
}
