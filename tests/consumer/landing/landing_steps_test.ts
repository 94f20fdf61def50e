import assert from "node:assert/strict";
import { Batch, type Cut } from "../../../consumer/batching/batch.ts";
import { CommitRefused, type PartitionCommit } from "../../../consumer/landing/commit.ts";
import { type LandedFile, Landing } from "../../../consumer/landing/landing.ts";
import type { Round } from "../../../consumer/landing/round.ts";
import type { PartitionStart } from "../../../consumer/landing/plan_state.ts";
import { type FileName, UNTAGGED_GROUP } from "../../../shared/formats/file_name.ts";
import { decodeRecord, METADATA_BYTES } from "../../../shared/formats/plan.ts";
import { recover } from "../../../consumer/landing/recovery.ts";
import type { Type } from "../../../shared/catalogue/events.ts";
import { MemoryStore } from "../../model/memory_store.ts";
import { isSettled } from "../../model/settled.ts";
import { quiet } from "../../model/quiet.ts";

const unit = { permissions: "none" } as const;
const NOW = Date.UTC(2026, 1, 26, 10, 23, 45);
const KEYS = ["", "_001", "_002"].map((suffix) => `sales/sales_20260226_102345${suffix}.csv`);
const FOREIGN = { key: KEYS[0]!, body: "foreign" };

Deno.test(
  "Landing uploads a file again under the next name when a foreign writer has taken its own",
  unit,
  async () => {
    const store = new MemoryStore();
    store.objects.set(KEYS[0]!, FOREIGN);
    const { landing, landed } = begin(store);
    landing.land(cut(0, 0, "a"));
    assert.equal(await landing.idle(), true);
    assert.equal(store.objects.get(KEYS[0]!), FOREIGN);
    assert.match(store.objects.get(KEYS[1]!)!.body, /\na\n$/);
    assert.deepEqual(landed.map(({ key }) => key), [KEYS[1]]);
  },
);

Deno.test(
  "Landing plans the new upload, at the old offset, before it completes it",
  unit,
  async () => {
    const store = new MemoryStore();
    store.objects.set(KEYS[0]!, FOREIGN);
    const { landing, commits, asked } = begin(store);
    landing.land(cut(0, 0, "a"));
    await landing.idle();
    assert.deepEqual(commits.map(([{ offset, metadata }]) => [offset, planned(metadata)]), [
      [0, ["upload-1"]],
      [0, ["upload-2"]],
      [1, []],
    ]);
    assert.deepEqual(asked, [["upload-1", 1], ["upload-2", 2]]);
  },
);

Deno.test(
  "Landing tells the times of a round when its offsets are committed, and not before",
  unit,
  async () => {
    const store = new MemoryStore();
    const seen: number[] = [];
    const { landing, rounds } = begin(store, {
      commit: () => Promise.resolve(void seen.push(rounds.length)),
    });
    landing.land(cut(0, 0, "a"));
    landing.land(cut(0, 1, "b"));
    await landing.idle();
    assert.deepEqual(seen, [0, 0]);
    const [{ type, topic, files, steps, to }, ...others] = rounds as [Round];
    assert.deepEqual(others, []);
    assert.deepEqual([type, topic], ["sales", "sales_topic"]);
    assert.deepEqual(files.map(({ key, rows }) => [key, rows]), [[KEYS[0], 1], [KEYS[1], 1]]);
    assert.deepEqual(
      steps.map(({ step, key }) => [step, key]),
      [
        ...[["upload", KEYS[0]], ["upload", KEYS[1]], ["plan", undefined]],
        ...[["complete", KEYS[0]], ["complete", KEYS[1]], ["advance", undefined]],
      ],
    );
    for (const { from, to: end } of steps) {
      assert.ok(
        files[0]!.cutAt <= from && from <= end && end <= to,
      );
    }
  },
);

Deno.test(
  "Landing tells of a file that is uploaded again in the round that lands it",
  unit,
  async () => {
    const store = new MemoryStore();
    store.objects.set(KEYS[0]!, FOREIGN);
    const { landing, rounds } = begin(store);
    landing.land(cut(0, 0, "a"));
    await landing.idle();
    assert.deepEqual(rounds.map(({ files }) => files.map(({ key }) => key)), [[KEYS[1]]]);
    const plan = ["upload", "plan", "complete"];
    assert.deepEqual(rounds[0]!.steps.map(({ step }) => step), [...plan, ...plan, "advance"]);
  },
);

Deno.test("Landing keeps the name that it gave out last in every commit", unit, async () => {
  const store = new MemoryStore();
  store.objects.set(KEYS[0]!, FOREIGN);
  const { landing, commits } = begin(store);
  landing.land(cut(0, 0, "a"));
  await landing.idle();
  const names = commits.map(([{ metadata }]) => decodeRecord(metadata)!.lastName?.sequence);
  assert.deepEqual(names, [0, 1, 1]);
});

Deno.test(
  "Landing plans the untaken files of a round again, and completes none of them twice",
  unit,
  async () => {
    const store = new MemoryStore();
    store.objects.set(KEYS[0]!, FOREIGN);
    const { landing, commits, landed } = begin(store);
    for (const [offset, line] of ["a", "b"].entries()) landing.land(cut(0, offset, line));
    await landing.idle();
    assert.deepEqual(commits.slice(0, 2).map(([{ metadata }]) => planned(metadata)), [
      ["upload-1", "upload-2"],
      ["upload-3", "upload-2"],
    ]);
    assert.deepEqual(store.completed, ["upload-2", "upload-3"]);
    assert.deepEqual(landed.map(({ key }) => key), [KEYS[1], KEYS[2]]);
  },
);

Deno.test(
  "Landing lets a successor land a file whose new upload was not planned any more",
  unit,
  async () => {
    const store = new MemoryStore();
    store.objects.set(KEYS[0]!, FOREIGN);
    const { landing, commits, running } = begin(store, {
      commit: (n) => n === 2 ? Promise.reject(new CommitRefused("fenced")) : Promise.resolve(),
    });
    landing.land(cut(0, 0, "a"));
    assert.equal(await landing.idle(), false);
    await assert.rejects(running, CommitRefused);
    assert.deepEqual(store.aborted, ["upload-2"]);
    const [{ offset, metadata }] = commits[0]!;
    const [start] = await recover(
      [{ ...PARTITION, type: "sales", committed: offset, metadata, low: 0, high: 1 }],
      { ...world(store), onRecovered() {}, endOfEpoch: () => Promise.resolve(undefined) },
      new AbortController().signal,
    );
    assert.equal(start!.position, 0);
  },
);

for (const idLength of [32, 200, 1_000]) {
  Deno.test(
    `Landing commits at most ${METADATA_BYTES} bytes a partition with upload ids of ${idLength}`,
    unit,
    async () => {
      const store = new MemoryStore((n) => `${n}-`.padEnd(idLength, "x"));
      const uploaded = Promise.withResolvers<void>();
      const { landing, commits } = begin(store, {
        commit: (n) => n === 1 ? uploaded.promise : Promise.resolve(),
      });
      for (let offset = 0; offset < 150; offset++) landing.land(cut(0, offset, `${offset}`));
      const idle = landing.idle();
      await isSettled(idle);
      assert.equal(store.uploads.size, 150);
      uploaded.resolve();
      assert.equal(await idle, true);
      assert.equal(store.objects.size, 150);
      const sizes = commits.flat().map(({ metadata }) => metadata.length);
      assert.ok(Math.max(...sizes) <= METADATA_BYTES, `${Math.max(...sizes)} bytes`);
      // Each name may still grow, if it is taken.
      const reserved = commits.flat().map(({ metadata }) =>
        metadata.length + 8 * planned(metadata).length
      );
      assert.ok(
        Math.max(...reserved) > METADATA_BYTES - idLength - 100,
        "a round holds as many as fit",
      );
    },
  );
}

Deno.test(
  "Landing ends when not even the plan of one file fits, and aborts its upload",
  unit,
  async () => {
    const store = new MemoryStore(() => "x".repeat(METADATA_BYTES));
    const { landing, commits, running, done } = begin(store);
    landing.land(cut(0, 0, "a"));
    await assert.rejects(
      running,
      /plan of sales_topic\/0 needs \d+ bytes of commit metadata, 4096 is the most/,
    );
    assert.equal(commits.length, 0);
    assert.equal(store.aborted.length, 1);
    assert.equal(done.length, 1);
  },
);

Deno.test(
  "Landing aborts the uploads of a commit that the broker has refused as a whole",
  unit,
  async () => {
    const store = new MemoryStore();
    const { landing, running, done } = begin(store, {
      commit: () => Promise.reject(new CommitRefused("fenced")),
    });
    for (const [offset, line] of ["a", "b"].entries()) landing.land(cut(0, offset, line));
    await assert.rejects(running, CommitRefused);
    assert.deepEqual(store.aborted, ["upload-1", "upload-2"]);
    assert.deepEqual(store.asked, []);
    assert.equal(done.length, 2);
  },
);

Deno.test(
  "Landing keeps a plan within the metadata when every name of it was taken",
  unit,
  async () => {
    const store = new MemoryStore((n) => `${n}-`.padEnd(36, "x"));
    const uploaded = Promise.withResolvers<void>();
    const { landing, commits } = begin(store, {
      commit: (n) => n === 1 ? uploaded.promise : Promise.resolve(),
    });
    let clock = NOW;
    for (let offset = 0; offset < 150; offset++) {
      landing.land({ ...cut(0, offset, `${offset}`), at: clock });
      clock += 1000;
    }
    const idle = landing.idle();
    await isSettled(idle);
    for (const u of store.uploads.values()) {
      store.objects.set(u.key, {
        key: u.key,
        body: "foreign",
      });
    }
    uploaded.resolve();
    await idle;
    const sizes = commits.flat().map(({ metadata }) => metadata.length);
    assert.ok(Math.max(...sizes) <= METADATA_BYTES);
  },
);
Deno.test("Landing gives back a cut that it gets after its end", unit, async () => {
  const store = new MemoryStore();
  const { landing, done, running } = begin(store, {
    commit: () => Promise.reject(new Error("connection lost")),
  });
  landing.land(cut(0, 0, "a"));
  await assert.rejects(running);
  landing.land(cut(0, 1, "b"));
  await isSettled(running);
  assert.equal(done.length, 2);
});

Deno.test("Landing leaves the uploads alone when a commit was refused in part", unit, async () => {
  const store = new MemoryStore();
  const { landing, running, done } = begin(store, {
    commit: () => Promise.reject(new Error("OFFSET_METADATA_TOO_LARGE")),
  });
  landing.land(cut(0, 0, "a"));
  await assert.rejects(running, /OFFSET_METADATA_TOO_LARGE/);
  assert.deepEqual(store.aborted, []);
  assert.deepEqual(store.asked, []);
  assert.equal(done.length, 1);
});

Deno.test(
  "Landing leaves the uploads alone of a plan that is under way when the generation ends",
  unit,
  async () => {
    const store = new MemoryStore();
    const answer = Promise.withResolvers<void>();
    const { landing, running, end, commits } = begin(store, { commit: () => answer.promise });
    landing.land(cut(0, 0, "planned"));
    await isSettled(running);
    assert.equal(commits.length, 1);
    landing.land(cut(0, 1, "not planned"));
    await isSettled(running);
    end("rebalance");
    await assert.rejects(running, { message: "rebalance" });
    answer.reject(new Error("the connection broke"));
    assert.equal(await landing.idle(), false);
    assert.deepEqual(store.aborted, ["upload-2"]);
    assert.deepEqual(store.asked, []);
  },
);

Deno.test(
  "Landing completes nothing of a plan that was committed as the generation ended",
  unit,
  async () => {
    const store = new MemoryStore();
    const answer = Promise.withResolvers<void>();
    const { landing, running, end } = begin(store, { commit: () => answer.promise });
    landing.land(cut(0, 0, "a"));
    await isSettled(running);
    end("rebalance");
    answer.resolve();
    await assert.rejects(running, { message: "rebalance" });
    assert.deepEqual(store.aborted, []);
    assert.deepEqual(store.asked, []);
  },
);

Deno.test("Landing aborts an upload that ends after its generation has", unit, async () => {
  const store = new MemoryStore();
  const upload = store.upload.bind(store);
  const slow = Promise.withResolvers<void>();
  store.upload = async (key, body, provenance) => {
    await slow.promise;
    return await upload(key, body, provenance);
  };
  const { landing, running, end, commits } = begin(store);
  landing.land(cut(0, 0, "a"));
  await isSettled(running);
  end("rebalance");
  await assert.rejects(running, { message: "rebalance" });
  slow.resolve();
  await isSettled(running);
  assert.deepEqual(store.aborted, ["upload-1"]);
  assert.equal(commits.length, 0);
});

Deno.test(
  "Landing plans nothing before the dead letters of the batch have arrived",
  unit,
  async () => {
    const store = new MemoryStore();
    const { landing, commits } = begin(store);
    const arrived = Promise.withResolvers<void>();
    landing.land({ ...cut(0, 0, "a"), deadLetters: arrived.promise });
    const idle = landing.idle();
    assert.equal(await isSettled(idle), false);
    assert.equal(commits.length, 0);
    arrived.resolve();
    assert.equal(await idle, true);
    assert.equal(commits.length, 2);
  },
);

Deno.test(
  "Landing lands a type whose dead letters arrive while another type waits for its own",
  unit,
  async () => {
    const store = new MemoryStore();
    const { landing, landed } = begin(store);
    const never = Promise.withResolvers<void>();
    landing.land({ ...cut(0, 0, "a"), deadLetters: never.promise });
    landing.land(cut(0, 1, "after it"));
    landing.land(cut(0, 0, "p", "payments"));
    assert.equal(await landing.idle("payments"), true);
    assert.deepEqual(landed.map(({ type }) => type), ["payments"]);
  },
);

Deno.test(
  "Landing makes an upload again that is half a day old when it is planned",
  unit,
  async () => {
    const store = new MemoryStore();
    const clock = { ms: NOW };
    const { landing, commits, landed } = begin(store, { clock });
    const arrived = Promise.withResolvers<void>();
    landing.land({ ...cut(0, 0, "a"), deadLetters: arrived.promise });
    landing.land(cut(0, 1, "b"));
    const idle = landing.idle();
    await isSettled(idle);
    assert.deepEqual([...store.uploads.keys()], ["upload-1"]);
    clock.ms += 12 * 3600 * 1000;
    arrived.resolve();
    assert.equal(await idle, true);
    assert.deepEqual(store.aborted, ["upload-1"]);
    assert.equal(
      commits.flatMap(([{ metadata }]) => planned(metadata)).includes("upload-1"),
      false,
    );
    assert.equal(landed.length, 2);
  },
);

Deno.test(
  "Landing uploads a file again that S3 refuses to complete, and aborts it when no plan names it",
  unit,
  async () => {
    const store = new MemoryStore();
    const complete = store.complete.bind(store);
    store.complete = (upload) =>
      upload.uploadId === "upload-1" ? Promise.resolve("refused") : complete(upload);
    const abort = store.abort.bind(store);
    const { landing, commits, landed, warnings } = begin(store);
    const abortedAfter: number[] = [];
    store.abort = (upload) => {
      abortedAfter.push(commits.length);
      return abort(upload);
    };
    landing.land(cut(0, 0, "a"));
    assert.equal(await landing.idle(), true);
    assert.deepEqual(landed.map(({ key }) => key), [KEYS[1]]);
    assert.deepEqual(store.aborted, ["upload-1"]);
    assert.deepEqual(abortedAfter, [2]);
    assert.match(
      warnings.join(),
      /S3 rejects the completion of its upload permanently: its 1 events will be uploaded again/,
    );
  },
);

Deno.test("Landing aborts what recovery found void, once the plan is replaced", unit, async () => {
  const store = new MemoryStore();
  const voids = [{ key: KEYS[2]!, uploadId: "void" }];
  const { landing, commits } = begin(store, { start: { ahead: true, voids } });
  assert.equal(await landing.idle(), true);
  assert.equal(commits.length, 1);
  assert.deepEqual(store.aborted, ["void"]);
});

Deno.test(
  "Landing gives no name twice in one process, though Kafka forgets the last",
  unit,
  async () => {
    const lastNames = new Map();
    const keys: string[] = [];
    for (const _ of [1, 2]) {
      const { landing, landed } = begin(new MemoryStore(), { lastNames });
      landing.land(cut(0, 0, "a"));
      await landing.idle();
      keys.push(...landed.map(({ key }) => key));
    }
    assert.deepEqual(keys, KEYS.slice(0, 2));
  },
);

Deno.test("Landing advances offsets without rows, and makes no file", unit, async () => {
  const store = new MemoryStore();
  const { landing, commits, done } = begin(store);
  landing.land(cut(0, 0, null));
  assert.equal(await landing.idle(), true);
  assert.deepEqual(commits.map(([{ offset, metadata }]) => [offset, planned(metadata)]), [[1, []]]);
  assert.equal(store.objects.size, 0);
  assert.equal(done.length, 1);
});

const PARTITION = { topic: "sales_topic", partition: 0 };

function world(store: MemoryStore) {
  return {
    store,
    group: UNTAGGED_GROUP,
    now: () => NOW,
    ...quiet,
    wait: () => Promise.resolve(),
    settlePause: () => Promise.resolve(),
    lastNames: new Map(),
    onWarning() {},
  };
}

/** A landing that owns all of sales and payments, whose n-th commit (from 1) is answered by `commit`. */
function begin(
  store: MemoryStore,
  options: {
    commit?: (n: number) => Promise<void>;
    clock?: { ms: number };
    start?: Partial<PartitionStart>;
    lastNames?: Map<string, FileName>;
  } = {},
) {
  const { commit = () => Promise.resolve(), clock = { ms: NOW }, start, lastNames } = options;
  const warnings: string[] = [];
  const commits: [PartitionCommit, ...PartitionCommit[]][] = [];
  const asked: [uploadId: string, commits: number][] = [];
  const landed: LandedFile[] = [];
  const rounds: Round[] = [];
  const done: Cut[] = [];
  const generation = new AbortController();
  const complete = store.complete.bind(store);
  store.complete = (upload) => {
    asked.push([upload.uploadId, commits.length]);
    return complete(upload);
  };
  const landing = new Landing(
    {
      ...world(store),
      ...lastNames && { lastNames },
      now: () => clock.ms,
      onWarning: (message) => warnings.push(message),
      topicPrefix: "",
      commit: (partitions) => commit(commits.push(partitions as [PartitionCommit])),
      ownsAll: () => true,
      onLanded: (file) => landed.push(file),
      onRound: (round) => rounds.push(round),
      onDone: (cut) => done.push(cut),
    },
    ["sales_topic", "payments_topic"].map((topic) => ({
      ...PARTITION,
      topic,
      position: 0,
      ahead: false,
      voids: [],
      ...(topic === "sales_topic" ? start : undefined),
    })),
    generation.signal,
  );
  const running = landing.run();
  running.catch(() => {/* The tests that end it look at it. */});
  const end = (reason: string) => generation.abort(new Error(reason));
  return { landing, running, end, commits, asked, landed, rounds, done, warnings };
}

/** One message of a partition as a cut; null is a tombstone. */
function cut(
  partition: number,
  offset: number,
  line: string | null,
  type: Type = "sales",
): Cut {
  const batch = new Batch(type, 0, { rows: 100, age: 1_000 });
  batch.add(
    partition,
    offset,
    offset,
    line === null ? { kind: "tombstone" } : { kind: "row", line },
  );
  return batch.cut("rows", NOW);
}

/** The uploads that commit metadata plans. */
function planned(metadata: string): string[] {
  return decodeRecord(metadata)!.files.map(({ uploadId }) => uploadId);
}
