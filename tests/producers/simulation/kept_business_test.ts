import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { deserialize, serialize } from "node:v8";
import {
  createBusiness,
  type KeptBusiness,
  PARTS,
  RULES,
} from "../../../producers/simulation/business.ts";
import { createTimeline, timesOf } from "../../../producers/simulation/timeline.ts";
import { FORM } from "../../../producers/world/snapshot.ts";

const identity = { seed: 5, base: 5, start: Date.UTC(2026, 0, 1) * 1_000, step: 600e6 };
const timeline = createTimeline([{ ...identity, round: 0 }], { seed: identity.seed });
const times = timesOf(timeline, PARTS);

function businessAt(round: number) {
  const business = createBusiness(identity);
  while (business.round < round) business.next(times);
  return business;
}

/** As it comes back from a file. */
function copy(business: KeptBusiness): KeptBusiness {
  return deserialize(serialize(business));
}

Deno.test("createBusiness() goes on from what was kept as if it had never stopped", () => {
  for (const round of [0, 1, 30, 5_000]) {
    const whole = businessAt(round);
    let later = createBusiness(identity, copy(whole.kept()));
    for (let i = 0; i < 3_000; i++) {
      assert.equal(later.round, round + i);
      assert.deepEqual(later.next(times), whole.next(times));
      // Again and again.
      if (i % 500 === 0) later = createBusiness(identity, copy(later.kept()));
    }
    assert.deepEqual(later.sizes(), whole.sizes());
  }
});

Deno.test("createBusiness() refuses what another business would remember", () => {
  const { round, parts: { sold: _, ...parts } } = businessAt(10).kept();
  assert.throws(
    () => createBusiness(identity, { round, parts }),
    /^Error: what is kept is .*, in place of .*sold/,
  );
});

Deno.test("the same rules make the same events: other events need another number of RULES", () => {
  const hash = createHash("sha256");
  const business = createBusiness(identity);
  for (let i = 0; i < 20_000; i++) {
    for (const event of business.next(times)) hash.update(`${JSON.stringify(event)}\n`);
  }
  const expected = "9c5d7f5ce10516a68e48f4d035cc808138ab1cf3ecb772b24f8e151939fb998f";
  assert.deepEqual([RULES, hash.digest("hex")], [2, expected]);
});

Deno.test("what a business remembers has one form: another form needs another number of FORM", () => {
  const business = businessAt(20_000);
  const fields = new Map<string, Set<string>>();
  const seen = new Set<unknown>();
  // Not the names of the parts: each snapshot has them.
  const look = (where: string, value: unknown) => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (value instanceof Int32Array) return;
    for (const [name, field] of Object.entries(value)) {
      const isPlace = Array.isArray(value);
      if (!isPlace) fields.set(where, (fields.get(where) ?? new Set()).add(name));
      look(isPlace ? where : name, field);
    }
  };
  for (const [name, part] of Object.entries(business.kept().parts)) look(name, part);
  const form = [...fields].map(([where, names]) => `${where}: ${[...names].toSorted().join(" ")}`);
  const hash = createHash("sha256").update(form.toSorted().join("\n")).digest("hex");
  const expected = "0c050b29df5a9c04846267d36de12174fb9ee0f6d1a7b7221b056bb368581927";
  assert.deepEqual([FORM, hash], [1, expected], form.join("\n"));
});
