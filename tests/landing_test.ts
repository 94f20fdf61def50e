import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import assert from "node:assert/strict";
import { type Log, runGeneration } from "./model/consumers.ts";
import { type Fault, type MadeObject, World } from "./model/world.ts";

const FAULTS: readonly Fault[] = ["crash before", "crash after", "zombie", "answer lost", "error"];

/** Two topics of three and two partitions, every seventh message a tombstone. */
const logs: readonly Log[] = [0, 1, 2].map((partition) => log("sales", partition, 17))
  .concat([0, 1].map((partition) => log("payments", partition, 11)));

Deno.test("Landing lands every event exactly once whatever crashes at any step", async () => {
  await assertExactlyOnceUnderFaults({ fenced: true, runs: 300 });
});

Deno.test("Landing without the fence loses or repeats events", async () => {
  await assert.rejects(
    assertExactlyOnceUnderFaults({ fenced: false, runs: 300 }),
    ({ cause }: Error) => /strictly deep-equal|used twice/.test((cause as Error).message),
  );
});

async function assertExactlyOnceUnderFaults(
  { fenced, runs }: { fenced: boolean; runs: number },
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 10_000 }), { minLength: 50, maxLength: 400 }),
      fc.integer({ min: 2, max: 30 }),
      fc.integer({ min: 1, max: 6 }),
      async (choices, rarity, rows) => {
        const pick = picker(choices);
        let faults = 12;
        const nextFault = () => {
          if (faults === 0 || pick(rarity) > 0) return "none";
          faults--;
          return FAULTS[pick(FAULTS.length)]!;
        };
        const world = new World(nextFault, () => pick(3) === 0, fenced);
        const clock = { ms: Date.UTC(2026, 1, 26, 10, 23, 45) };
        let landed = false;
        while (!landed) {
          landed = await runGeneration(world, share(logs, 1 + pick(3)), { rows, clock, pick });
          world.wakeZombies();
        }
        await settle();
        assertExactlyOnce(world.made);
      },
    ),
    { numRuns: runs, endOnFailure: !fenced },
  );
}

function log(type: Log["type"], partition: number, length: number): Log {
  return {
    type,
    partition,
    messages: Array.from(
      { length },
      (_, i) => i % 7 === 3 ? null : `${type},${type}-${partition}-${i}`,
    ),
  };
}

function assertExactlyOnce(made: readonly MadeObject[]): void {
  const rows = made.flatMap(({ body }) => body.trim().split("\n").slice(1)).sort();
  const expected = logs.flatMap(({ messages }) => messages).filter((m) => m !== null).sort();
  assert.deepEqual(rows, expected);
  const keys = made.map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length, `a key was used twice: ${keys.join(" ")}`);
}

/** The partitions dealt out to so many members. */
function share(logs: readonly Log[], members: number): Log[][] {
  return Array.from({ length: members }, (_, i) => logs.filter((_, j) => j % members === i));
}

/** Numbers out of a list of choices, again from its start when it ends. */
function picker(choices: readonly number[]): (below: number) => number {
  let i = 0;
  return (below) => choices[i++ % choices.length]! % below;
}

/** Lets zombies and uploads that are given up come to their end. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await setImmediate();
}
