import assert from "node:assert/strict";
import { types } from "../../../shared/catalogue/events.ts";
import type { KeptBusiness } from "../../../producers/simulation/business.ts";
import { flat, profiles } from "../../../producers/simulation/profiles.ts";
import { type Origin, readSnapshot, writeSnapshot } from "../../../producers/world/snapshot.ts";
import { SPAN } from "../../../producers/world/snapshot_files.ts";
import { openWorld } from "../../../producers/world/world.ts";

const identity = { seed: 7, base: 70, start: Date.UTC(2026, 0, 1) * 1_000, step: 600e6 };
const stretches = new Map(types.map((type) => [type, [{ ...identity, round: 0 }]]));

/** Rounds behind the first snapshot that the world goes on at. */
const MORE = 200;

/** What a world keeps on its way to the first snapshot. */
function keep(): { round: number; bytes: Uint8Array; origin: Origin } {
  let kept: ReturnType<typeof keep> | undefined;
  openWorld({
    ...{ identity, types, curve: flat, stretches },
    next: new Map(types.map((type) => [type, SPAN])),
    snapshots: {
      find: () => undefined,
      keep(business, origin) {
        kept = { round: business.round, bytes: writeSnapshot(business, origin), origin };
      },
    },
  });
  return kept!;
}

const { round, bytes, origin } = keep();

Deno.test("openWorld() goes on from a snapshot as it does from the beginning", () => {
  const open = (chosen: typeof types, find: () => KeptBusiness | undefined) => {
    let replayed = 0;
    const world = openWorld({
      ...{ identity, types: chosen, curve: flat, stretches },
      next: new Map(chosen.map((type) => [type, SPAN + MORE])),
      snapshots: { find, keep: () => replayed++ },
    });
    assert.equal(world.round, SPAN + MORE);
    return { replayed, events: Array.from({ length: MORE }, () => world.next()) };
  };
  // Of all systems, and of one alone.
  for (const chosen of [types, types.slice(0, 1)]) {
    const whole = open(chosen, () => undefined);
    const later = open(chosen, () => readSnapshot(bytes, origin, SPAN + MORE));
    assert.deepEqual([whole.replayed, later.replayed], [1, 0]);
    assert.deepEqual(later.events, whole.events);
  }
});

Deno.test("readSnapshot() takes no other business, none that is further, and none that is damaged", () => {
  assert.equal(readSnapshot(bytes, origin, round)?.round, round);
  const sales = new Map([...origin.stretches].slice(0, 1));
  assert.equal(readSnapshot(bytes, { ...origin, stretches: sales }, round)?.round, round);
  const other = (changed: Partial<Origin>) => readSnapshot(bytes, { ...origin, ...changed }, round);
  const stretch = { ...identity, round: 0 };
  assert.equal(readSnapshot(bytes, origin, round - 1), undefined);
  assert.equal(other({ identity: { ...identity, seed: 8 } }), undefined);
  assert.equal(other({ curve: profiles.rush }), undefined);
  assert.equal(other({ parts: [...origin.parts, "warranty"] }), undefined);
  const at = (start: number, from: number) =>
    new Map([...stretches, ["telemetry" as const, [stretch, { ...stretch, start, round: from }]]]);
  assert.equal(other({ stretches: at(identity.start, 500) }), undefined, "other times");
  assert.equal(other({ stretches: at(identity.start, round) })?.round, round, "other times later");
  for (const cut of [0, 10, 1_000, bytes.length - 1]) {
    assert.equal(readSnapshot(bytes.subarray(0, cut), origin, round), undefined);
  }
  for (const place of [1, 3_000, bytes.length - 1]) {
    const damaged = bytes.slice();
    damaged[place]! ^= 1;
    assert.equal(readSnapshot(damaged, origin, round), undefined);
  }
});
