import assert from "node:assert/strict";
import type { Evidence, Log, SeenFile } from "./evidence.ts";
import { allFaults, chooseFaults, pickFault } from "./faults.ts";
import { publishedIds } from "./others.ts";
import { readSaid } from "./said.ts";
import { merge, overlaps, sizeOf, without } from "./spans.ts";
import { type Tally, tallyOf } from "./tally.ts";
import { isExact, tallyText, wrongText } from "./tally_text.ts";

const unit = { permissions: "none" } as const;

/** Offsets 0 and 1 are rows of a file, 2 is a dead letter. */
const log: Log = { topic: "t", life: 0, partition: 0, low: 0, high: 3, over: false };
const range = { partition: 0, from: 0, to: 3, rows: 2, repeats: 0, deadLetters: 1, tombstones: 0 };
const file: SeenFile = {
  key: "k",
  topic: "t",
  life: 0,
  ranges: [range],
  ids: ["a", "b"],
  isWrong: false,
};
const event = { topic: "t", life: 0, bad: false };
const evidence: Evidence = {
  logs: [log],
  files: [file],
  letters: [{ topic: "t", life: 0, partition: 0, offset: 2 }],
  published: new Map([["a", event], ["b", event], ["x", { ...event, bad: true }]]),
  said: readSaid([]),
  remade: new Set(),
  reused: [],
  notLoaded: [],
};

/** What is wrong, by kind. */
function wrongOf(tally: Tally): Record<string, string[]> {
  const lists = Object.entries(tally).filter(([, list]) => Array.isArray(list) && list.length > 0);
  return Object.fromEntries(
    lists.map(([name, list]) => [name, list.map(({ what }: { what: string }) => what)]),
  );
}

Deno.test("tallyOf() is exact when every offset is in one file or a dead letter", unit, () => {
  const tally = tallyOf(evidence);
  assert.ok(isExact(tally));
  assert.deepEqual([tally.published, tally.landed, tally.deadLetters, tally.files], [3, 2, 1, 1]);
});

Deno.test("tallyOf() finds what is lost, repeated, wrong and overwritten", unit, () => {
  const cases: [Partial<Evidence>, Record<string, string[]>][] = [
    [{ logs: [{ ...log, high: 5 }] }, { lost: ["t/0/3-4"] }],
    [{ letters: [] }, { lost: ["dead letters of t/0/0-2"] }],
    [{ files: [] }, { lost: ["t/0/0-1"] }],
    // A file that claims an offset without having its row.
    [{ files: [{ ...file, ids: ["a"], isWrong: true }] }, { lost: ["b"], wrong: ["k"] }],
    [{ files: [{ ...file, ids: ["a", "b", "x"] }] }, { repeated: ["x"] }],
    [{ files: [file, { ...file, key: "k2" }] }, { repeated: ["t/0/0-2", "a", "b"] }],
    [{ files: [file, { ...file, ranges: [] }] }, { repeated: ["a", "b"] }],
    [{ reused: ["k"], notLoaded: ["a"] }, { overwritten: ["k"], notLoaded: ["a"] }],
  ];
  for (const [change, expected] of cases) {
    assert.deepEqual(wrongOf(tallyOf({ ...evidence, ...change })), expected);
  }
});

Deno.test(
  "tallyOf() demands a line for every event that was deleted before it was read",
  unit,
  () => {
    const later = { ...range, from: 8, to: 9, rows: 1, deadLetters: 0 };
    const files = [file, { ...file, key: "k2", ids: ["c"], ranges: [later] }];
    const deleted = { ...evidence, files, logs: [{ ...log, low: 8, high: 9 }] };
    assert.deepEqual(wrongOf(tallyOf(deleted)), { unreported: ["t/0/3-7"] });
    const half = readSaid(["2 events of t/0 were deleted before they were read (offsets 3 to 4)"]);
    assert.deepEqual(wrongOf(tallyOf({ ...deleted, said: half })), { unreported: ["t/0/5-7"] });
    const all = readSaid(["5 events of t/0 were deleted before they were read (offsets 3 to 7)"]);
    const tally = tallyOf({ ...deleted, said: all });
    assert.ok(isExact(tally));
    assert.equal(tally.deleted, 5);
    // What lies in the log still is no loss of retention, whatever was said.
    const there = { ...deleted, logs: [{ ...log, high: 9 }], said: all };
    assert.deepEqual(wrongOf(tallyOf(there)), { lost: ["t/0/3-7"] });
  },
);

Deno.test("tallyOf() keeps the lives of a topic that was recreated apart", unit, () => {
  const old = { ...log, high: 7, over: true };
  const again = { ...evidence, logs: [old, { ...log, life: 1 }], remade: new Set(["t"]) };
  assert.deepEqual(wrongOf(tallyOf(again)), {
    lost: ["t/0/0-2 of its life 2"],
    unreported: ["t was recreated"],
  });
  const next = { ...file, life: 1, ids: ["c"], ranges: [{ ...range, deadLetters: 0 }] };
  const said = readSaid(["t/0 ends at offset 3, before the committed 7: the topic was recreated"]);
  const tally = tallyOf({ ...again, files: [file, next], said });
  assert.ok(isExact(tally));
  assert.equal(tally.gone, 4);
});

Deno.test("readSaid() knows the ways to say that a topic was recreated", unit, () => {
  const lines = [
    "a_topic/0 ends at offset 3, before the committed 7: the topic was recreated",
    "b_topic was deleted and recreated, and Kafka has forgotten the group's offsets with it",
    "Waiting: the Kafka session ended (p-c_topic was deleted); rejoining the group",
    "d_topic was deleted: landing what was read from it, then rejoining",
    "3 events of e_topic/0 were deleted before they were read (offsets 3 to 5)",
  ];
  assert.deepEqual([...readSaid(lines).remade], ["a_topic", "b_topic", "p-c_topic", "d_topic"]);
});

Deno.test("tallyOf() tells repeats that were said from those that were not", unit, () => {
  const said = readSaid([
    "k vanished: the events of t/0 from offset 0 are read again, and repeated",
  ]);
  const tally = tallyOf({ ...evidence, files: [file, { ...file, key: "k2" }], said });
  assert.ok(isExact(tally));
  assert.equal(tally.repeatedAsSaid, 2);
});

Deno.test(
  "tallyText() counts each fault and all of them, wrongText() names what is wrong",
  unit,
  () => {
    const tally = tallyOf({ ...evidence, logs: [{ ...log, high: 5 }] });
    const lines = tallyText(tally, new Map([["SIGKILL", 3], ["S3 killed", 2]])).join("\n");
    assert.match(lines, /^ +lost +2$/m);
    assert.match(lines, /SIGKILL +3\n +all +5$/);
    assert.deepEqual(wrongText(tally), ["✗ lost: t/0/3-4"]);
  },
);

Deno.test("spans are merged, taken away from each other, and compared", unit, () => {
  const spans = [{ from: 5, to: 9 }, { from: 0, to: 2 }, { from: 2, to: 4 }, { from: 8, to: 10 }];
  assert.deepEqual(merge(spans), [{ from: 0, to: 4 }, { from: 5, to: 10 }]);
  assert.deepEqual(overlaps(spans), [{ from: 8, to: 9 }]);
  assert.deepEqual(without([{ from: 0, to: 12 }], spans), [{ from: 4, to: 5 }, {
    from: 10,
    to: 12,
  }]);
  assert.equal(sizeOf(merge(spans)), 9);
});

Deno.test("publishedIds() reads what producers print", unit, () => {
  const printed =
    "✓ Published telemetry_#1: TEL-00000001\nStopped\n✓ Published inventory_#2: INV-2\n";
  assert.deepEqual(publishedIds(printed), ["TEL-00000001", "INV-2"]);
});

Deno.test(
  "faults have names of their own, are chosen by parts of them, and come by weight",
  unit,
  () => {
    assert.equal(new Set(allFaults.map(({ name }) => name)).size, allFaults.length);
    assert.deepEqual(chooseFaults([]), allFaults);
    const chosen = chooseFaults(["s3 killed", "sigterm"]);
    assert.deepEqual(chosen.map(({ name }) => name), ["SIGTERM", "S3 killed"]);
    const picked = [0, 1, 2, 3].map((lot) => pickFault(chosen, () => lot).name);
    assert.deepEqual(picked, ["SIGTERM", "SIGTERM", "S3 killed", "S3 killed"]);
  },
);
