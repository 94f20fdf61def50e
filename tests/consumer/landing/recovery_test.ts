import assert from "node:assert/strict";
import { encodeRecord, type PlannedFile } from "../../../shared/formats/plan.ts";
import type { Provenance } from "../../../shared/formats/provenance.ts";
import type { PartitionStart } from "../../../consumer/landing/plan_state.ts";
import type { AssignedPartition } from "../../../consumer/landing/assigned_partition.ts";
import { recover } from "../../../consumer/landing/recovery.ts";
import { SETTLE_MS } from "../../../consumer/landing/settle.ts";
import { UserError } from "../../../shared/cli/errors.ts";
import { MemoryStore } from "../../model/memory_store.ts";
import { quiet } from "../../model/quiet.ts";

const unit = { permissions: "none" } as const;
const NOW = Date.UTC(2026, 1, 26, 10, 23, 45);
const DAY_S = 24 * 3600;
const TOPIC_ID = "sQpxZ2lkR6WBbW8T5wPHcg";
const [EARLIER, FIRST, SECOND] = [
  "20260226_102300",
  "20260226_102301",
  "20260226_102302",
] as const;
const keyOf = (name: string) => `sales/sales_${name}.csv`;

Deno.test(
  "recover() begins where the group has committed when there is no plan",
  unit,
  async () => {
    const { starts, warnings } = await run(new MemoryStore(), [
      partition({ committed: 40, files: [] }),
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
      partition({ committed: -1, metadata: null, low: 0 }),
    ]);
    assert.equal(starts[0]!.position, 0);
    assert.equal(starts[0]!.ahead, false);
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
  assert.deepEqual(recovered, [keyOf(FIRST), keyOf(SECOND)]);
  assert.deepEqual(warnings, []);
});

Deno.test(
  "recover() believes that an upload which stays gone was completed while its plan is young",
  unit,
  async () => {
    const { starts, recovered, warnings, pauses } = await run(storeWith(SECOND), [
      partition({ committed: 10, plannedAt: NOW / 1000 - DAY_S + 1 }),
    ]);
    assert.equal(starts[0]!.position, 30);
    assert.deepEqual(recovered, [keyOf(SECOND)]);
    assert.deepEqual(warnings, []);
    assert.ok(pauses.reduce((sum, ms) => sum + ms, 0) >= SETTLE_MS);
  },
);

Deno.test(
  "recover() does not believe it while earlier files of the group lie in the bucket",
  unit,
  async () => {
    const store = new MemoryStore();
    landed(store, EARLIER, ours({ from: 0, to: 10 }));
    const { starts, warnings } = await run(store, [
      partition({ committed: 10, files: [file(FIRST, 20)] }),
    ]);
    assert.equal(starts[0]!.position, 10);
    assert.match(
      warnings.join(),
      /earlier files were not moved away.* from offset 10 are read again, and repeated/,
    );
  },
);

Deno.test("recover() completes an upload that comes back while it is asked for", unit, async () => {
  const store = new MemoryStore();
  const { starts, recovered } = await run(
    store,
    [partition({ committed: 10, files: [file(FIRST, 20)] })],
    {
      onPause: (n) => n === 3 && store.uploads.set(`up-${FIRST}`, { key: keyOf(FIRST), body: "" }),
    },
  );
  assert.equal(starts[0]!.position, 20);
  assert.deepEqual(recovered, [keyOf(FIRST)]);
  assert.deepEqual(store.completed, [`up-${FIRST}`]);
});

Deno.test("recover() asks no further once the file of an upload has appeared", unit, async () => {
  const store = new MemoryStore();
  const { starts, pauses } = await run(
    store,
    [partition({ committed: 10, files: [file(FIRST, 20)] })],
    { onPause: (n) => n === 2 && landed(store, FIRST, ours({ from: 10, to: 20 })) },
  );
  assert.equal(starts[0]!.position, 20);
  assert.equal(pauses.length, 2);
});

Deno.test(
  "recover() reads again what S3 refuses to complete, and names its upload as void",
  unit,
  async () => {
    const store = storeWith(FIRST, SECOND);
    store.complete = () => Promise.resolve("refused");
    const { starts, warnings } = await run(store, [partition({ committed: 10 })]);
    assert.equal(starts[0]!.position, 10);
    assert.equal(starts[0]!.ahead, true);
    assert.deepEqual(starts[0]!.voids.map(({ uploadId }) => uploadId), [
      `up-${FIRST}`,
      `up-${SECOND}`,
    ]);
    assert.match(
      warnings.join(),
      /S3 rejects the completion of its upload permanently.* from offset 10/,
    );
    assert.deepEqual(store.aborted, []);
  },
);

Deno.test(
  "recover() goes on after an upload that S3 refuses when its file is there",
  unit,
  async () => {
    const store = storeWith(FIRST);
    store.complete = () => Promise.resolve("refused");
    landed(store, FIRST, ours({ from: 10, to: 20 }));
    const { starts, warnings } = await run(store, [
      partition({ committed: 10, files: [file(FIRST, 20)] }),
    ]);
    assert.equal(starts[0]!.position, 20);
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
    assert.deepEqual(starts.map(({ voids: _, ...rest }) => rest), [
      withoutVoids(start({ position: 10, ahead: true, lastName: { stamp: SECOND, sequence: 0 } })),
    ]);
    assert.match(
      warnings.join(),
      new RegExp(`${keyOf(FIRST)} cannot be completed.* from offset 10 are read again`),
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
    assert.equal(starts[0]!.position, 20);
    assert.deepEqual(starts[0]!.voids, [{ key: keyOf(SECOND), uploadId: `up-${SECOND}` }]);
    assert.match(
      warnings.join(),
      new RegExp(`${keyOf(SECOND)} was written by another writer.* from offset 20 are read again`),
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
    assert.deepEqual(recovered, [keyOf(FIRST)]);
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
    await assert.rejects(
      run(store, [partition({ committed: 10 })], { signal: generation.signal }),
      {
        message: "rebalance",
      },
    );
  },
);

Deno.test(
  "recover() refuses a plan of another version before it completes anything of it",
  unit,
  async () => {
    const store = storeWith(FIRST);
    const metadata = encodeRecord({ files: [file(FIRST, 20)], plannedAt: 1 }).replace(
      '"v":2',
      '"v":3',
    );
    await assert.rejects(run(store, [partition({ committed: 10, metadata })]), UserError);
    assert.deepEqual(store.asked, []);
  },
);

Deno.test("recover() takes foreign metadata for no plan, and says so", unit, async () => {
  const { starts, warnings } = await run(new MemoryStore(), [
    partition({ committed: 10, metadata: "flink" }),
  ]);
  assert.deepEqual(starts, [start({ position: 10, ahead: true })]);
  assert.match(
    warnings.join(),
    /committed offset 10 of sales_topic\/0 has metadata that is not ours/,
  );
});

Deno.test(
  "recover() begins at the log's start, and says so, when the log ends before the position",
  unit,
  async () => {
    const { starts, warnings } = await run(new MemoryStore(), [
      partition({ committed: 50, files: [], low: 2, high: 49 }),
    ]);
    assert.deepEqual(starts, [start({ position: 2, ahead: true })]);
    assert.match(
      warnings.join(),
      /sales_topic\/0 was truncated.*ends at offset 49.*position was 50/,
    );
  },
);

Deno.test(
  "recover() reads a truncated log on from where the epoch of its last record ends",
  unit,
  async () => {
    for (const high of [49, 60]) {
      const { starts, warnings } = await run(
        new MemoryStore(),
        [partition({ committed: 50, files: [], leaderEpoch: 4, high })],
        { endOfEpoch: (epoch) => epoch === 4 ? 47 : undefined },
      );
      assert.deepEqual(starts, [start({ position: 47, ahead: true, leaderEpoch: 4 })]);
      assert.match(warnings.join(), /reading on from offset 47/);
    }
  },
);

Deno.test(
  "recover() goes on where it was when the epoch of its last record ends there or later",
  unit,
  async () => {
    for (const end of [50, 60, undefined]) {
      const { starts, warnings } = await run(
        new MemoryStore(),
        [partition({ committed: 50, files: [], leaderEpoch: 4, high: 60 })],
        { endOfEpoch: () => end },
      );
      assert.deepEqual(starts, [start({ position: 50, leaderEpoch: 4 })]);
      assert.deepEqual(warnings, []);
    }
  },
);

Deno.test(
  "recover() settles the plan of a topic that was recreated, and reads the new one from its start",
  unit,
  async () => {
    const store = storeWith(FIRST);
    const { starts, warnings, recovered } = await run(store, [
      partition({
        committed: 10,
        files: [file(FIRST, 20)],
        planTopicId: "old",
        topicId: TOPIC_ID,
        high: 90,
      }),
    ]);
    assert.deepEqual(recovered, [keyOf(FIRST)]);
    assert.equal(starts[0]!.position, 0);
    assert.equal(starts[0]!.topicId, TOPIC_ID);
    assert.equal(starts[0]!.ahead, true);
    assert.match(warnings.join(), /sales_topic was deleted and recreated.* committed offset 20/);
  },
);

Deno.test("recover() says what was deleted before a first commit", unit, async () => {
  const { warnings } = await run(new MemoryStore(), [
    partition({ committed: -1, metadata: null, low: 12 }),
  ]);
  assert.match(
    warnings.join(),
    /sales_topic\/0 begins at offset 12.*deleted the 12 events before it/,
  );
});

Deno.test("recover() says that an offset was set by hand", unit, async () => {
  const { starts, warnings } = await run(new MemoryStore(), [
    partition({ committed: 40, metadata: "" }),
  ]);
  assert.equal(starts[0]!.position, 40);
  assert.match(warnings.join(), /committed offset 40 of sales_topic\/0 was set by hand/);
});

Deno.test("recover() is content with a position at the end of the log", unit, async () => {
  const { starts, warnings } = await run(new MemoryStore(), [
    partition({ committed: 50, files: [], high: 50 }),
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
  readonly leaderEpoch?: number;
  readonly planTopicId?: string;
}

function partition(
  { files = PLAN, plannedAt = NOW / 1000 - 60, leaderEpoch, planTopicId, ...rest }: Given,
): AssignedPartition {
  const last = files.at(-1)?.name;
  return {
    type: "sales",
    topic: "sales_topic",
    partition: 0,
    committed: 0,
    metadata: encodeRecord({
      lastName: last === undefined ? undefined : { stamp: last, sequence: 0 },
      files,
      plannedAt,
      leaderEpoch,
      topicId: planTopicId,
    }),
    low: 0,
    high: 1_000,
    ...rest,
  };
}

function start(expected: Partial<PartitionStart>): PartitionStart {
  return {
    topic: "sales_topic",
    partition: 0,
    position: 0,
    ahead: false,
    lastName: undefined,
    topicId: undefined,
    leaderEpoch: undefined,
    voids: [],
    ...expected,
  };
}

function withoutVoids({ voids: _, ...rest }: PartitionStart) {
  return rest;
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
  options: {
    signal?: AbortSignal;
    endOfEpoch?: (epoch: number) => number | undefined;
    onPause?: (n: number) => void;
  } = {},
) {
  const { signal = new AbortController().signal, endOfEpoch, onPause } = options;
  const recovered: string[] = [];
  const warnings: string[] = [];
  const waits: (string | undefined)[] = [];
  const pauses: number[] = [];
  const starts = await recover(partitions, {
    store,
    group: "g",
    now: () => NOW,
    ...quiet,
    wait: () => Promise.resolve(),
    settlePause(ms) {
      const n = pauses.push(ms);
      onPause?.(n);
      return Promise.resolve();
    },
    endOfEpoch: (_topic, _partition, epoch) => Promise.resolve(endOfEpoch?.(epoch)),
    onWaiting: ({ message }) => waits.push(message),
    onResumed: () => waits.push(undefined),
    onRecovered: (key) => recovered.push(key),
    onWarning: (message) => warnings.push(message),
  }, signal);
  return { starts, recovered, warnings, waits, pauses };
}
