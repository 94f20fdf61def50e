import assert from "node:assert/strict";
import type { PartitionCommit } from "../../../consumer/landing/commit.ts";
import { MemoryBudget } from "../../../consumer/batching/memory_budget.ts";
import { Generation } from "../../../consumer/group/generation.ts";
import { takeOver } from "../../../consumer/group/takeover.ts";
import type { AssignedPartition } from "../../../consumer/landing/assigned_partition.ts";
import { Report } from "../../../consumer/landing/report.ts";
import { decodeRecord, encodeRecord, idBeginning } from "../../../shared/formats/plan.ts";
import type { Provenance } from "../../../shared/formats/provenance.ts";
import { MemoryStore } from "../../model/memory_store.ts";
import { quiet } from "../../model/quiet.ts";
import { isSettled } from "../../model/settled.ts";

const unit = { permissions: "none" } as const;
const NOW = Date.UTC(2026, 1, 26, 10, 23, 45);
const NAME = "20260226_102300";
const KEY = `sales/sales_${NAME}.csv`;
const SALES = "sales_topic";
/** Kafka's ids of topics: 22 characters. */
const ID = "sQpxZ2lkR6WBbW8T5wPHcg";
const OTHER_ID = "aBcDeFlkR6WBbW8T5wPHcg";

Deno.test(
  "takeOver() begins the generation where its partitions are, and with no others",
  unit,
  async () => {
    const { generation, run } = begin([
      partition({ committed: 40 }),
      partition({ partition: 1, committed: 50 }),
    ]);
    const { starts } = await run({ [SALES]: [1] });
    assert.deepEqual(starts.map(({ partition, position }) => [partition, position]), [[1, 50]]);
    assert.deepEqual(generation.positions, { [SALES]: { 1: 50 } });
  },
);

Deno.test(
  "takeOver() completes what its partitions' plans name, before it gives the generation its landing",
  unit,
  async () => {
    const { generation, store, report, run } = begin([planned()]);
    store.uploads.set("up-1", { key: KEY, body: "rows" });
    const complete = store.complete.bind(store);
    store.complete = (upload) => {
      assert.equal(generation.landing, undefined);
      return complete(upload);
    };
    await run({ [SALES]: [0] });
    assert.ok(generation.landing);
    assert.deepEqual(store.completed, ["up-1"]);
    assert.equal(report.totals.recovered, 1);
    assert.equal(generation.position(SALES, 0), 20);
  },
);

Deno.test(
  "takeOver() does not settle the plans of partitions that are another's",
  unit,
  async () => {
    const { store, run } = begin([planned(), partition({ partition: 1, committed: 50 })]);
    store.uploads.set("up-1", { key: KEY, body: "rows" });
    await run({ [SALES]: [1] });
    assert.deepEqual(store.asked, []);
  },
);

Deno.test(
  "takeOver() has an upload aborted that is no file, unless another member's plan names it, too",
  unit,
  async () => {
    for (const [isShared, voids] of [[false, ["up-1"]], [true, []]] as const) {
      const { store, run } = begin([planned(), ...isShared ? [planned({ partition: 1 })] : []]);
      store.uploads.set("up-1", { key: KEY, body: "rows" });
      // A foreign writer has the key.
      store.objects.set(KEY, { key: KEY, body: "foreign" });
      const { starts } = await run({ [SALES]: [0] });
      assert.deepEqual(
        starts.flatMap((start) => start.voids.map(({ uploadId }) => uploadId)),
        voids,
      );
    }
  },
);

Deno.test(
  "takeOver() ends with the generation's reason, and gives it no landing then",
  unit,
  async () => {
    const { generation, store, run } = begin([planned()]);
    store.uploads.set("up-1", { key: KEY, body: "rows" });
    const complete = store.complete.bind(store);
    store.complete = (upload) => {
      generation.end("rebalance");
      return complete(upload);
    };
    await assert.rejects(run({ [SALES]: [0] }), { message: "rebalance" });
    assert.equal(generation.landing, undefined);
  },
);

Deno.test(
  "takeOver() marks the names of files where it does not own all of a topic",
  unit,
  async () => {
    for (const [ours, key] of [[[0], `${KEY.slice(0, -4)}_p0.csv`], [[0, 1], KEY]] as const) {
      const { generation, store, run } = begin([
        partition({ committed: 5 }),
        partition({ partition: 1, committed: 5 }),
      ], { now: Date.UTC(2026, 1, 26, 10, 23, 0) });
      const { landing } = await run({ [SALES]: ours });
      const landed = landing.run().catch(() => {});
      generation.add("sales", SALES, 0, 5, { kind: "row", line: "a" });
      generation.cut("sales", "stop");
      assert.equal(await landing.idle(), true);
      // Without the mark of the group.
      assert.deepEqual([...store.objects.keys()].map((name) => name.replace(/_g\w{6}/, "")), [key]);
      generation.end("over");
      await landed;
    }
  },
);

Deno.test("takeOver() gives the memory of what has landed back", unit, async () => {
  const { generation, memory, run } = begin([partition({ committed: 5 })]);
  const { landing } = await run({ [SALES]: [0] });
  const landed = landing.run().catch(() => {});
  generation.add("sales", SALES, 0, 5, { kind: "row", line: "a" });
  generation.cut("sales", "stop");
  assert.ok(memory.used > 0);
  await landing.idle();
  assert.equal(memory.used, 0);
  generation.end("over");
  await landed;
});

Deno.test(
  "takeOver() says that a group without offsets reads from the start, and only then",
  unit,
  async () => {
    const fresh = begin([partition(), partition({ partition: 1 })]);
    await fresh.run({ [SALES]: [0, 1] });
    assert.deepEqual(fresh.said, [
      "The group g has no committed offsets: reading 2 partitions from the start of their topics",
    ]);
    const known = begin([partition({ committed: 3 }), partition({ partition: 1 })]);
    await known.run({ [SALES]: [0, 1] });
    assert.deepEqual(known.said, []);
  },
);

Deno.test("takeOver() warns where offsets have expired whose files are there", unit, async () => {
  const { store, warnings, run } = begin([partition({ high: 9 })]);
  store.objects.set(KEY, { key: KEY, body: "rows", provenance: ours({ topicId: ID }) });
  await run({ [SALES]: [0] });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /no committed offsets .*sales_topic .*s3:\/\/bucket\/sales\//);
});

Deno.test("takeOver() warns of no files of other groups, topics and partitions", unit, async () => {
  for (const other of [{ group: "h" }, { topic: "x_topic" }, { partition: 4 }]) {
    const { store, warnings, run } = begin([partition({ high: 9 })]);
    store.objects.set(KEY, { key: KEY, body: "rows", provenance: ours({ topicId: ID, ...other }) });
    await run({ [SALES]: [0] });
    assert.deepEqual(warnings, [], JSON.stringify(other));
  }
});

Deno.test(
  "takeOver() tells a topic that was made again from one whose offsets have expired",
  unit,
  async () => {
    const again = /sales_topic was deleted and/;
    const byFiles = begin([partition({ high: 9 })]);
    byFiles.store.objects.set(KEY, { key: KEY, body: "", provenance: ours({ topicId: OTHER_ID }) });
    await byFiles.run({ [SALES]: [0] });
    assert.equal(byFiles.warnings.length, 1);
    assert.match(byFiles.warnings[0]!, again);

    const byMemory = begin([partition({ high: 9 })], { seen: OTHER_ID });
    await byMemory.run({ [SALES]: [0] });
    assert.equal(byMemory.warnings.length, 1);
    assert.match(byMemory.warnings[0]!, again);

    const byOthers = begin([partition({ high: 9 }), otherTopic(OTHER_ID)]);
    await byOthers.run({ [SALES]: [0] });
    assert.equal(byOthers.warnings.length, 1);
    assert.match(byOthers.warnings[0]!, again);

    const byOthersSame = begin([partition({ high: 9 }), otherTopic(ID)]);
    await byOthersSame.run({ [SALES]: [0] });
    assert.deepEqual(byOthersSame.warnings, []);

    const same = begin([partition({ high: 9 })], { seen: ID });
    await same.run({ [SALES]: [0] });
    assert.deepEqual(same.warnings, []);
  },
);

Deno.test(
  "takeOver() keeps a topic's former id with the offsets of others until an owner has told that it is another one now",
  unit,
  async () => {
    const payments = { ...otherTopic(OTHER_ID), high: 9 };
    const both = { [SALES]: [0], payments_topic: [0] };
    const recorded = async (
      partitions: readonly AssignedPartition[],
      assignment: Record<string, readonly number[]>,
    ) => {
      const { generation, commits, run } = begin(partitions);
      const { landing } = await run(assignment);
      const landed = landing.run().catch(() => {});
      generation.add("payments", "payments_topic", 0, 5, { kind: "row", line: "a" });
      generation.cut("payments", "stop");
      assert.equal(await landing.idle(), true);
      generation.end("over");
      await landed;
      return new Set(
        commits.flat().filter(({ topic }) => topic !== SALES)
          .map(({ metadata }) => decodeRecord(metadata)?.topicIds?.sales),
      );
    };
    const former = new Set([idBeginning(OTHER_ID)]);
    assert.deepEqual(await recorded([partition(), payments], { payments_topic: [0] }), former);
    assert.deepEqual(await recorded([payments], { payments_topic: [0] }), former, "it is away");
    assert.deepEqual(await recorded([partition(), payments], both), new Set([idBeginning(ID)]));
    const told = { ...otherTopic(ID), partition: 1 };
    assert.deepEqual(
      await recorded([partition(), payments, told], { payments_topic: [0] }),
      new Set([idBeginning(ID)]),
    );
  },
);

Deno.test("takeOver() remembers the ids of its topics for the next session", unit, async () => {
  const { seenIds, run } = begin([partition({ committed: 3 })]);
  await run({ [SALES]: [0] });
  assert.equal(seenIds.get(SALES), ID);
});

Deno.test("takeOver() goes on where old uploads cannot be listed, and says so", unit, async () => {
  const { store, warnings, run } = begin([partition({ committed: 3 })]);
  store.pending = () => {
    throw new Error("AccessDenied");
  };
  await run({ [SALES]: [0] });
  await isSettled(Promise.resolve());
  assert.deepEqual(warnings.length, 1);
  assert.match(warnings[0]!, /AccessDenied/);
});

/** A new generation, and what it takes over from Kafka and a bucket. */
function begin(
  partitions: readonly AssignedPartition[],
  { now = NOW, seen }: { now?: number; seen?: string } = {},
) {
  const memory = new MemoryBudget(1_000_000);
  const clock = { now: () => now, monotonic: () => 0 };
  const said: string[] = [];
  const warnings: string[] = [];
  const report = new Report(
    "bucket",
    (line) => line.startsWith("✓") || said.push(line),
    (line) => warnings.push(line),
  );
  const generation = new Generation({ rows: 100, age: 300_000 }, memory, clock);
  const store = new MemoryStore();
  const seenIds = new Map<string, string | undefined>(seen === undefined ? [] : [[SALES, seen]]);
  const commits: (readonly PartitionCommit[])[] = [];
  const run = (assignment: Record<string, readonly number[]>) =>
    takeOver(generation, assignment, {
      ...quiet,
      look: () => Promise.resolve(partitions),
      endOfEpoch: () => Promise.resolve(undefined),
      settings: { group: "g", topicPrefix: "", bucket: "bucket" },
      store,
      memory,
      report,
      clock,
      commit: (partitions) => Promise.resolve(void commits.push(partitions)),
      lastNames: new Map(),
      seenIds,
      settlePause: () => Promise.resolve(),
    });
  return { generation, memory, store, report, said, warnings, seenIds, commits, run };
}

/** A partition as Kafka sees it: without committed offsets by default. */
function partition(of: Partial<AssignedPartition> = {}): AssignedPartition {
  const { committed = -1 } = of;
  return {
    type: "sales",
    topic: SALES,
    topicId: ID,
    partition: 0,
    committed,
    metadata: committed < 0 ? null : encodeRecord({ files: [], plannedAt: 0, topicId: ID }),
    low: 0,
    high: Math.max(0, committed),
    ...of,
  };
}

/** A partition of payments, which was committed when sales_topic had this id. */
function otherTopic(salesId: string): AssignedPartition {
  const topicIds = { sales: idBeginning(salesId) };
  const metadata = encodeRecord({ files: [], plannedAt: 0, topicId: ID, topicIds });
  return partition({ type: "payments", topic: "payments_topic", committed: 3, metadata });
}

/** One whose plan names a file up to offset 20. */
function planned(of: Partial<AssignedPartition> = {}): AssignedPartition {
  const files = [{ name: NAME, uploadId: "up-1", end: 20 }];
  const metadata = encodeRecord({ files, plannedAt: NOW / 1000 - 60, topicId: ID });
  return partition({ committed: 10, high: 20, metadata, ...of });
}

/** What a landed file says of itself. */
function ours(
  { partition = 0, ...of }: Partial<Provenance> & { partition?: number },
): Provenance {
  const range = { partition, from: 0, to: 9, rows: 9, repeats: 0, deadLetters: 0, tombstones: 0 };
  return { group: "g", topic: SALES, ranges: [range], rows: 9, sha256: "00", ...of };
}
