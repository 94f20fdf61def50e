import fc from "fast-check";
import assert from "node:assert/strict";
import { shareOut } from "../../../consumer/group/assigner.ts";

Deno.test("shareOut() goes on with the next member from one topic to the next", {
  permissions: "none",
}, () => {
  const topics = ["a", "b"];
  const members = [{ memberId: "two", topics }, { memberId: "one", topics }];
  const assignments = shareOut(members, new Map([["b", [0, 1, 2]], ["a", [2, 1, 0]]]));
  assert.deepEqual(assignments.get("one"), { a: [0, 2], b: [1] });
  assert.deepEqual(assignments.get("two"), { a: [1], b: [0, 2] });
});

Deno.test("shareOut() gives each pipeline its own topics", { permissions: "none" }, () => {
  const members = [
    { memberId: "1", topics: ["a"] },
    { memberId: "2", topics: ["b"] },
    { memberId: "3", topics: ["a"] },
  ];
  const assignments = shareOut(members, new Map([["a", [0, 1]], ["b", [0, 1]]]));
  assert.deepEqual(Object.fromEntries(assignments), {
    1: { a: [0] },
    2: { b: [0, 1] },
    3: { a: [1] },
  });
});

Deno.test("shareOut() leaves out members beyond the number of partitions, and topics of nobody", {
  permissions: "none",
}, () => {
  const members = [{ memberId: "1", topics: ["a"] }, { memberId: "2", topics: ["a"] }];
  const assignments = shareOut(members, new Map([["a", [0]], ["b", [0]]]));
  assert.deepEqual(Object.fromEntries(assignments), { 1: { a: [0] } });
});

Deno.test("shareOut() gives every partition to one member, who subscribes to it", () => {
  const topic = fc.constantFrom<string>("a", "b", "c");
  const subscribers = fc.uniqueArray(
    fc.record({ memberId: fc.string(), topics: fc.uniqueArray(topic) }),
    { minLength: 1, maxLength: 6, selector: ({ memberId }) => memberId },
  );
  const sizes = fc.record({ a: fc.nat(7), b: fc.nat(7), c: fc.nat(7) });
  fc.assert(fc.property(subscribers, sizes, (subscribers, sizes) => {
    const partitions = new Map(
      Object.entries(sizes).map((
        [topic, size],
      ) => [topic, Array.from({ length: size }, (_, i) => i)]),
    );
    const assignments = shareOut(subscribers, partitions);
    for (const [topic, ids] of partitions) {
      const wanted = subscribers.filter(({ topics }) => topics.includes(topic));
      const given = wanted.flatMap(({ memberId }) => assignments.get(memberId)?.[topic] ?? []);
      assert.deepEqual(given.toSorted(), wanted.length > 0 ? ids : []);
      const total = [...assignments.values()].flatMap((assignment) => assignment[topic] ?? []);
      assert.equal(total.length, given.length);
    }
  }));
});
