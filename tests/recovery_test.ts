import assert from "node:assert/strict";
import { encodeRecord, type PlannedFile } from "../consumer/plan.ts";
import type { Provenance } from "../shared/provenance.ts";
import { type AssignedPartition, recover } from "../consumer/recovery.ts";
import { UserError } from "../shared/errors.ts";
import { MemoryStore } from "./model/memory_store.ts";

const unit = { permissions: "none" } as const;
const NOW = Date.UTC(2026, 1, 26, 10, 23, 45);
const DAY_S = 24 * 3600;
const [FIRST, SECOND] = ["20260226_102301", "20260226_102302"] as const;
const keyOf = (name: string) => `sales/sales_${name}.csv`;

Deno.test(
  "recover() begins where the group has committed when there is no plan",
  unit,
  async () => {
    const { starts, warnings } = await run(new MemoryStore(), [
      partition({ committed: 40, metadata: null }),
    ]);
    assert.deepEqual(starts, [start({ position: 40 })]);
    assert.deepEqual(warnings, []);
  },
);

Deno.test(
  "recover() begins at the log's start when the group has committed nothing",
  unit,
  async () => {
    const { starts, warnings } = await run(new MemoryStore(), [
      partition({ committed: -1, metadata: null, low: 12 }),
    ]);
    assert.deepEqual(starts, [start({ position: 12 })]);
    assert.deepEqual(warnings, []);
  },
);

Deno.test("recover() completes the planned files and begins at the plan's end", unit, async () => {
  const store = storeWith(FIRST, SECOND);
  const { starts, recovered, warnings } = await run(store, [partition({ committed: 10 })]);
  assert.deepEqual(store.completed, [`up-${FIRST}`, `up-${SECOND}`]);
  assert.deepEqual(starts, [
    start({ position: 30, ahead: true, lastName: { stamp: SECOND, sequence: 0 } }),
  ]);
  assert.deepEqual(recovered, [[keyOf(FIRST), "completed"], [keyOf(SECOND), "completed"]]);
  assert.deepEqual(warnings, []);
});

Deno.test(
  "recover() believes that an upload which is gone was completed while its plan is young",
  unit,
  async () => {
    const { starts, recovered, warnings } = await run(storeWith(SECOND), [
      partition({ committed: 10, plannedAt: NOW / 1000 - DAY_S + 1 }),
    ]);
    assert.equal(starts[0]!.position, 30);
    assert.deepEqual(recovered, [[keyOf(FIRST), "gone"], [keyOf(SECOND), "completed"]]);
    assert.deepEqual(warnings, []);
  },
);

Deno.test(
  "recover() lands again what an old plan's upload held when its object is not there",
  unit,
  async () => {
    const store = storeWith(SECOND);
    const { starts, warnings } = await run(store, [
      partition({ committed: 10, plannedAt: NOW / 1000 - DAY_S }),
    ]);
    assert.deepEqual(starts, [start({ position: 10, lastName: { stamp: SECOND, sequence: 0 } })]);
    assert.match(
      warnings.join(),
      new RegExp(`The upload of ${keyOf(FIRST)} vanished.* from offset 10 are read again`),
    );
    assert.deepEqual(store.aborted, []);
  },
);

Deno.test(
  "recover() goes on after an old plan whose objects are there with our provenance",
  unit,
  async () => {
    const store = new MemoryStore();
    landed(store, FIRST, ours({ from: 10, to: 20 }));
    // Retention deleted events 20 to 24 before they were read.
    landed(store, SECOND, ours({ from: 25, to: 30 }));
    const { starts, warnings } = await run(store, [partition({ committed: 10, plannedAt: 0 })]);
    assert.equal(starts[0]!.position, 30);
    assert.deepEqual(warnings, []);
  },
);

const strangers: [string, Partial<Provenance> | undefined][] = [
  ["no provenance", undefined],
  ["another group's", { group: "other" }],
  ["another topic's", { topic: "test_sales_topic" }],
  ["another partition's", { ranges: [range({ partition: 1, from: 10, to: 20 })] }],
  ["an earlier range", { ranges: [range({ from: 0, to: 20 })] }],
  ["another end", { ranges: [range({ from: 10, to: 21 })] }],
];
for (const [whose, provenance] of strangers) {
  Deno.test(
    `recover() does not take an object with ${whose} for an old plan's file`,
    unit,
    async () => {
      const store = new MemoryStore();
      landed(store, FIRST, provenance && { ...ours({ from: 10, to: 20 }), ...provenance });
      const { starts, warnings } = await run(store, [
        partition({ committed: 10, plannedAt: 0, files: [file(FIRST, 20)] }),
      ]);
      assert.equal(starts[0]!.position, 10);
      assert.equal(warnings.length, 1);
    },
  );
}

Deno.test(
  "recover() reads again from a file whose key a foreign writer has taken, and aborts nothing",
  unit,
  async () => {
    const store = storeWith(FIRST, SECOND);
    landed(store, SECOND);
    const { starts, warnings } = await run(store, [partition({ committed: 10 })]);
    assert.deepEqual(starts, [
      start({ position: 20, ahead: true, lastName: { stamp: SECOND, sequence: 0 } }),
    ]);
    assert.match(
      warnings.join(),
      new RegExp(`${keyOf(SECOND)} was written by somebody else.* from offset 20 are read again`),
    );
    assert.deepEqual(store.aborted, []);
    assert.deepEqual([...store.uploads.keys()], [`up-${SECOND}`]);
  },
);

Deno.test(
  "recover() goes on after a taken key when the object there is the planned file",
  unit,
  async () => {
    const store = storeWith(FIRST);
    landed(store, FIRST, ours({ from: 10, to: 20 }));
    const { starts, warnings } = await run(store, [
      partition({ committed: 10, files: [file(FIRST, 20)] }),
    ]);
    assert.equal(starts[0]!.position, 20);
    assert.deepEqual(warnings, []);
  },
);

Deno.test(
  "recover() completes an upload once that several partitions' plans name",
  unit,
  async () => {
    const store = storeWith(FIRST);
    const files = [file(FIRST, 20)];
    const { starts, recovered } = await run(store, [
      partition({ partition: 0, committed: 10, files }),
      partition({ partition: 1, committed: 3, files: [file(FIRST, 7)] }),
    ]);
    assert.deepEqual(store.asked, [`up-${FIRST}`]);
    assert.deepEqual(recovered, [[keyOf(FIRST), "completed"]]);
    assert.deepEqual(starts.map(({ position }) => position), [20, 7]);
  },
);

Deno.test("recover() asks again until S3 answers", unit, async () => {
  const store = storeWith(FIRST, SECOND);
  const complete = store.complete.bind(store);
  let failures = 3;
  store.complete = (upload) =>
    failures-- > 0 ? Promise.reject(new Error("S3 is away")) : complete(upload);
  const { starts, waits } = await run(store, [partition({ committed: 10 })]);
  assert.equal(starts[0]!.position, 30);
  assert.ok(waits.includes("Error: S3 is away"));
});

Deno.test(
  "recover() ends with the signal's reason when the generation ends while S3 is away",
  unit,
  async () => {
    const store = storeWith(FIRST);
    const generation = new AbortController();
    store.complete = () => {
      generation.abort(new Error("rebalance"));
      return Promise.reject(new Error("S3 is away"));
    };
    await assert.rejects(run(store, [partition({ committed: 10 })], generation.signal), {
      message: "rebalance",
    });
  },
);

Deno.test(
  "recover() refuses a plan of another version before it completes anything of it",
  unit,
  async () => {
    const store = storeWith(FIRST);
    const metadata = encodeRecord({ files: [file(FIRST, 20)], plannedAt: 1 }).replace(
      '"v":1',
      '"v":2',
    );
    await assert.rejects(run(store, [partition({ committed: 10, metadata })]), UserError);
    assert.deepEqual(store.asked, []);
  },
);

Deno.test("recover() takes foreign metadata for no plan, and says so", unit, async () => {
  const { starts, warnings } = await run(new MemoryStore(), [
    partition({ committed: 10, metadata: "flink" }),
  ]);
  assert.deepEqual(starts, [start({ position: 10 })]);
  assert.match(warnings.join(), /metadata of sales_topic\/0 is not ours.* offset 10/);
});

Deno.test(
  "recover() begins at the log's start, and says so, when the log ends before the position",
  unit,
  async () => {
    const { starts, warnings } = await run(new MemoryStore(), [
      partition({ committed: 50, metadata: null, low: 2, high: 49 }),
    ]);
    assert.deepEqual(starts, [start({ position: 2, ahead: true })]);
    assert.match(warnings.join(), /sales_topic\/0 ends at offset 49, before the committed 50/);
  },
);

Deno.test("recover() is content with a position at the end of the log", unit, async () => {
  const { starts, warnings } = await run(new MemoryStore(), [
    partition({ committed: 50, metadata: null, high: 50 }),
  ]);
  assert.deepEqual(starts, [start({ position: 50 })]);
  assert.deepEqual(warnings, []);
});

Deno.test(
  "recover() says how many events retention deleted before they were read",
  unit,
  async () => {
    const { starts, warnings } = await run(storeWith(FIRST), [
      partition({ committed: 10, files: [file(FIRST, 20)], low: 25 }),
    ]);
    assert.deepEqual(starts, [
      start({ position: 25, ahead: true, lastName: { stamp: FIRST, sequence: 0 } }),
    ]);
    assert.match(warnings.join(), /^5 events of sales_topic\/0 were deleted.*offsets 20 to 24/);
  },
);

/** Two files of partition 0: offsets 10 to 19, and 20 to 29. */
const PLAN = [file(FIRST, 20), file(SECOND, 30)];

interface Given extends Partial<AssignedPartition> {
  readonly files?: readonly PlannedFile[];
  readonly plannedAt?: number;
}

function partition(
  { files = PLAN, plannedAt = NOW / 1000 - 60, ...rest }: Given,
): AssignedPartition {
  const last = files.at(-1)!.name;
  return {
    type: "sales",
    topic: "sales_topic",
    partition: 0,
    committed: 0,
    metadata: encodeRecord({ lastName: { stamp: last, sequence: 0 }, files, plannedAt }),
    low: 0,
    high: 1_000,
    ...rest,
  };
}

function start(expected: { position: number; ahead?: boolean; lastName?: unknown }) {
  return { topic: "sales_topic", partition: 0, ahead: false, lastName: undefined, ...expected };
}

function file(name: string, end: number): PlannedFile {
  return { name, uploadId: `up-${name}`, end };
}

function range(of: { partition?: number; from: number; to: number }) {
  return { partition: 0, rows: 1, repeats: 0, deadLetters: 0, tombstones: 0, ...of };
}

/** A bucket where these files' uploads wait for their completion. */
function storeWith(...names: readonly string[]): MemoryStore {
  const store = new MemoryStore();
  for (const name of names) store.uploads.set(`up-${name}`, { key: keyOf(name), body: name });
  return store;
}

/** Puts a file there that was landed already; without provenance, one of a foreign writer. */
function landed(store: MemoryStore, name: string, provenance?: Provenance): void {
  store.objects.set(keyOf(name), { key: keyOf(name), body: name, provenance });
}

/** What a file of ours says of itself. */
function ours(offsets: { from: number; to: number }): Provenance {
  return { group: "g", topic: "sales_topic", ranges: [range(offsets)], rows: 1, sha256: "00" };
}

/** Recovers on a bucket; what was recovered, warned of and waited for. */
async function run(
  store: MemoryStore,
  partitions: readonly AssignedPartition[],
  signal = new AbortController().signal,
) {
  const recovered: [string, string][] = [];
  const warnings: string[] = [];
  const waits: (string | undefined)[] = [];
  const starts = await recover(partitions, {
    store,
    group: "g",
    now: () => NOW,
    explain: String,
    wait: () => Promise.resolve(),
    onWaiting: (what) => waits.push(what),
    onRecovered: (key, outcome) => recovered.push([key, outcome]),
    onWarning: (message) => warnings.push(message),
  }, signal);
  return { starts, recovered, warnings, waits };
}
