import { decodeRecord } from "../../shared/formats/plan.ts";
import type { Fault } from "./scenario.ts";
import type { Group, World } from "./world.ts";

/**
 * When rows may be landed again because nothing can tell that they were, and what must have been said.
 *
 * - The offset cannot move past a file that can never be made, so the later ones of its plan repeat.
 * - A foreign writer's object keeps one new owner from completing an upload, and another, who comes when
 *   the object is gone, completes it: the first cannot abort what the second's plan names.
 * - By S3's clock an upload may have been aborted by a rule, or an earlier file was there before: a file
 *   that was moved elsewhere than to the archive leaves no other trace.
 */
const REPEATS: readonly { after: readonly Fault[]; said: RegExp; ifMoved?: boolean }[] = [
  {
    after: ["foreign writer", "upload refused", "lifecycle abort"],
    said: /repeated if .*files? that (?:was|were) planned after it/,
  },
  {
    after: ["foreign file vanishes"],
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
/** After these, rows that no log holds any more may be lost although they were planned: if it is said. */
const MAY_LOSE: readonly Fault[] = [
  "foreign writer",
  "upload refused",
  "lifecycle abort",
  "offsets expire",
  "offsets set",
];

/** The faults that a verdict depends on. */
export const EXCUSES: ReadonlySet<Fault> = new Set([
  ...REPEATS.flatMap(({ after }) => after),
  ...MAY_LOSE,
  "file moved away",
]);

/** What is wrong in a world in which nothing is left to do; nothing if all is well. */
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

/** What has happened that never may; see {@linkcode verdict}. */
export function violations({ bucket, happened }: World): string[] {
  // Without the last name that stands in the metadata a name is only as new as the clock.
  const isOld = happened.has("server clock set back") &&
    (happened.has("offsets set") || happened.has("offsets expire"));
  return isOld ? [] : bucket.violations;
}

function stuck(world: World, { members, coordinator }: Group): string[] {
  const waiting = members.filter(({ alive }) => alive).flatMap(({ calls }) => calls.pending);
  return [
    ...waiting.map(({ label }) => `${label} is never answered`),
    ...(coordinator.rebalancing ? [`${coordinator.name} rebalances for ever`] : []),
    ...world.underWay.map(({ uploadId }) => `the completion of ${uploadId} never ends`),
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

/** Whether a line tells of the loss of a record: by its offset, its partition, or its topic. */
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
        wrong.push(`${coordinator.name} leaves a plan in ${name}/${p}`);
      }
    }
  }
  return wrong;
}
