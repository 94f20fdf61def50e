import { decodeRecord } from "../../shared/formats/plan.ts";
import type { Fault } from "./scenario.ts";
import type { Group, World } from "./world.ts";

/**
 * When rows may be landed again because nothing shows that they were, and the warning that this
 * needs.
 *
 * - The offset cannot move past a file that can never be created, so later files of its plan repeat.
 * - Another writer's object keeps one new owner from completing an upload; a later owner finds the object
 *   gone and completes it: the first cannot abort what the second's plan names.
 * - By S3's clock a rule may have aborted the upload, or an earlier file was still there: a file that was
 *   moved elsewhere than to the archive leaves no other trace.
 */
const REPEATS: readonly { after: readonly Fault[]; said: RegExp; ifMoved?: boolean }[] = [
  {
    after: ["foreign writer", "upload refused", "lifecycle abort"],
    said: /repeated if .*files? that (?:was|were) planned after it/,
  },
  {
    after: ["foreign file deleted"],
    said: /written by another writer while its plan was open/,
  },
  {
    after: ["a day passes", "a week passes", "server clock set back"],
    said: /repeated if it was made and moved away/,
    ifMoved: true,
  },
  {
    after: ["offsets expire", "offsets set"],
    said: /no committed offsets|set by hand|land(?:ed)? again/,
  },
];
/** After these, planned rows that are gone from the log may be lost, if a warning says so. */
const MAY_LOSE: readonly Fault[] = [
  "foreign writer",
  "upload refused",
  "lifecycle abort",
  "offsets expire",
  "offsets set",
];

/** The faults that the verdict depends on. */
export const EXCUSES: ReadonlySet<Fault> = new Set([
  ...REPEATS.flatMap(({ after }) => after),
  ...MAY_LOSE,
  "file moved away",
]);

/** What is wrong once nothing is left to do; empty if nothing is. */
export function verdict(world: World): string[] {
  return [
    ...violations(world),
    ...world.groups.flatMap((group) => [
      ...stuck(world, group),
      ...landed(world, group),
      ...lag(world, group),
    ]),
  ];
}

/** Broken invariants that hold at any time; see {@linkcode verdict} for those of the end. */
export function violations({ bucket, happened }: World): string[] {
  // Without the last name in the metadata, a new name is only as recent as the clock.
  const isOld = happened.has("server clock set back") &&
    (happened.has("offsets set") || happened.has("offsets expire"));
  return isOld ? [] : bucket.violations;
}

function stuck(world: World, { members, coordinator }: Group): string[] {
  const waiting = members.filter(({ alive }) => alive).flatMap(({ calls }) => calls.pending);
  return [
    ...waiting.map(({ label }) => `${label} never gets a response`),
    ...(coordinator.rebalancing ? [`${coordinator.name} never stops rebalancing`] : []),
    ...world.inProgress.map(({ uploadId }) => `the completion of ${uploadId} never finishes`),
  ];
}

function landed(world: World, group: Group): string[] {
  const { name } = group.coordinator;
  const counts = new Map<string, number>();
  for (const { provenance, rows } of world.bucket.made) {
    if (provenance?.group !== name) continue;
    for (const row of rows) counts.set(row, (counts.get(row) ?? 0) + 1);
  }
  const warnings = [...world.warnings];
  const has = (faults: readonly Fault[]) => faults.some((fault) => world.happened.has(fault));
  const isMoved = world.scenario.downstream.startsWith("takes") || has(["file moved away"]);
  const isSaid = (said: RegExp) => warnings.some((line) => said.test(line));
  const mayRepeat =
    REPEATS.some(({ after, said, ifMoved }) =>
      has(after) && (isMoved || !ifMoved) && isSaid(said)
    ) ||
    (world.bucket.outOfOrder > 0 && isSaid(/repeated if it was made and moved away/));
  const isLost = (uid: string) =>
    group.unknown.has(uid) ||
    ((group.lost.has(uid) || (world.deleted.has(uid) && has(MAY_LOSE))) &&
      isLossSaid(uid, warnings));
  const wrong: string[] = [];
  for (const { uid, kind } of world.records.values()) {
    if (kind === "tombstone") continue;
    const count = (kind === "row" ? counts : group.letters).get(uid) ?? 0;
    if (count === 0 && !isLost(uid)) wrong.push(`${name} has lost ${uid}`);
    if (count > 1 && kind === "row" && !mayRepeat) wrong.push(`${name} has ${uid} ${count} times`);
  }
  return wrong;
}

/** Whether a warning names the loss of a record: by its offset, its partition, or its topic. */
function isLossSaid(uid: string, warnings: readonly string[]): boolean {
  const [, type, partition, offset] = /^(\w+)(?:#\d+)?\/(\d+):(\d+)/.exec(uid)!;
  const place = `${type}_topic/${partition}`;
  return warnings.some((line) => {
    if (line.includes(`${type}_topic was deleted`)) return true;
    if (/no committed offsets/.test(line)) return true;
    if (!line.includes(place)) return false;
    const [, from, to] = /offsets (\d+) to (\d+)/.exec(line) ?? [];
    if (to !== undefined) return Number(from) <= Number(offset) && Number(offset) <= Number(to);
    return /begins at offset|set by hand|not ours|lost with the topic|recreated|truncated/.test(
      line,
    );
  });
}

function lag({ topics }: World, { coordinator }: Group): string[] {
  const wrong: string[] = [];
  for (const { name, logs } of topics) {
    for (const [p, { low, high }] of logs.entries()) {
      const { offset = -1, metadata } = coordinator.committed.get(`${name}/${p}`) ?? {};
      if (offset !== high && !(offset < 0 && low === high)) {
        wrong.push(`${coordinator.name} is at ${offset} of ${high} in ${name}/${p}`);
      }
      if ((decodeRecord(metadata)?.files.length ?? 0) > 0) {
        wrong.push(`${coordinator.name} left a plan in ${name}/${p}`);
      }
    }
  }
  return wrong;
}
