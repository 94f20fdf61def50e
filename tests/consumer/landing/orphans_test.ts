import assert from "node:assert/strict";
import { groupTag, UNTAGGED_GROUP } from "../../../shared/formats/file_name.ts";
import { abortOrphans } from "../../../consumer/landing/orphans.ts";
import { encodeRecord } from "../../../shared/formats/plan.ts";
import { UserError } from "../../../shared/cli/errors.ts";
import { MemoryStore } from "../../model/memory_store.ts";

const unit = { permissions: "none" } as const;
const NOW = Date.UTC(2026, 1, 26);
const SEVEN_DAYS = 7 * 24 * 3600 * 1000;
const NAME = "20260101_000000";
const { signal } = new AbortController();

Deno.test("abortOrphans() aborts uploads of every type that are seven days old", unit, async () => {
  const store = storeWith({
    old: [`sales/sales_${NAME}.csv`, SEVEN_DAYS],
    older: [`telemetry/telemetry_${NAME}_001_p2.csv`, 10 * SEVEN_DAYS],
  });
  assert.equal(await abort(store, [null]), 2);
  assert.deepEqual(store.aborted, ["old", "older"]);
});

Deno.test("abortOrphans() leaves younger uploads alone", unit, async () => {
  const store = storeWith({ young: [`sales/sales_${NAME}.csv`, SEVEN_DAYS - 1] });
  assert.equal(await abort(store, []), 0);
  assert.deepEqual(store.aborted, []);
});

Deno.test("abortOrphans() never aborts what any partition's plan names", unit, async () => {
  const store = storeWith({
    planned: [`sales/sales_${NAME}.csv`, SEVEN_DAYS],
    orphan: [`sales/sales_${NAME}_001.csv`, SEVEN_DAYS],
  });
  const plan = encodeRecord({ files: [{ name: NAME, uploadId: "planned", end: 7 }], plannedAt: 1 });
  assert.equal(await abort(store, [null, "flink", plan]), 1);
  assert.deepEqual(store.aborted, ["orphan"]);
});

Deno.test("abortOrphans() aborts nothing when a plan cannot be read", unit, async () => {
  const store = storeWith({ old: [`sales/sales_${NAME}.csv`, SEVEN_DAYS] });
  const unreadable = ['{"by":"automotive","v":9}', '{"by":"automotive","v":1,"files":'];
  for (const metadata of unreadable) {
    await assert.rejects(abort(store, [metadata]), UserError);
  }
  assert.deepEqual(store.aborted, []);
});

Deno.test("abortOrphans() leaves uploads alone that are not under our names", unit, async () => {
  const store = storeWith({
    report: ["reports/sales.csv", SEVEN_DAYS],
    other: ["sales/export.csv", SEVEN_DAYS],
  });
  assert.equal(await abort(store, []), 0);
  assert.deepEqual(store.aborted, []);
});

Deno.test("abortOrphans() leaves the uploads of other groups alone", unit, async () => {
  const uploads = {
    ours: [`sales/sales_${NAME}.csv`, SEVEN_DAYS],
    theirs: [`sales/sales_${NAME}_001_p2_g${groupTag("other")}.csv`, SEVEN_DAYS],
  } as const;
  const store = storeWith(uploads);
  assert.equal(await abort(store, [null]), 1);
  assert.deepEqual(store.aborted, ["ours"]);
  assert.equal(await abort(store, [null], "other"), 1);
  assert.deepEqual(store.aborted, ["ours", "theirs"]);
});

Deno.test("abortOrphans() reads the plans after it has seen the uploads", unit, async () => {
  const store = storeWith({ planned: [`sales/sales_${NAME}.csv`, SEVEN_DAYS] });
  const files = [{ name: NAME, uploadId: "planned", end: 7 }];
  let listed = false;
  const pending = store.pending.bind(store);
  store.pending = async function* (prefix) {
    yield* pending(prefix);
    listed = true;
  };
  const look = () => {
    const metadata = listed ? encodeRecord({ files, plannedAt: 1 }) : null;
    return Promise.resolve([{ metadata }]);
  };
  assert.equal(await abortOrphans(store, UNTAGGED_GROUP, look, () => NOW, signal), 0);
});

/** Aborts the orphans of a group whose partitions have this commit metadata. */
function abort(store: MemoryStore, plans: readonly (string | null)[], group = UNTAGGED_GROUP) {
  const look = () => Promise.resolve(plans.map((metadata) => ({ metadata })));
  return abortOrphans(store, group, look, () => NOW, signal);
}

function storeWith(uploads: Readonly<Record<string, readonly [key: string, age: number]>>) {
  const store = new MemoryStore();
  for (const [id, [key, age]] of Object.entries(uploads)) {
    store.uploads.set(id, { key, body: "", startedAt: new Date(NOW - age) });
  }
  return store;
}
