import assert from "node:assert/strict";
import { settle, SETTLE_MS } from "../../../consumer/landing/settle.ts";
import type { Completion, Store } from "../../../consumer/landing/store.ts";
import { quiet } from "../../model/quiet.ts";

const unit = { permissions: "none" } as const;
const upload = { key: "sales/sales_20260226_102345.csv", uploadId: "up-1" };
const planned = { isOurs: () => true, isEarlier: () => true, plannedAt: 0 };

/** Settles an upload whose completions are answered so, the last one for ever; tells the waits, in ms. */
async function settled(completions: Completion[], find: () => "raw" | undefined) {
  let waited = 0;
  const store = {
    complete: () => Promise.resolve(completions.length > 1 ? completions.shift() : completions[0]),
    find: () => Promise.resolve(find()),
    hasEarlier: () => Promise.resolve(false),
  } as unknown as Store;
  const settlePause = (ms: number) => Promise.resolve(void (waited += ms));
  const world = { ...quiet, store, now: () => 0, settlePause };
  const outcome = await settle(upload, planned, world, new AbortController().signal);
  return { outcome, waited };
}

Deno.test(
  "settle() asks again after a conflict, and takes the answer that follows",
  unit,
  async () => {
    const none = () => undefined;
    assert.equal((await settled(["conflict", "conflict", "completed"], none)).outcome, "completed");
    assert.equal((await settled(["conflict", "taken"], none)).outcome, "taken");
  },
);

Deno.test("settle() finds the file that was made while it conflicted", unit, async () => {
  let asked = 0;
  const find = () => ++asked > 2 ? "raw" as const : undefined;
  assert.equal((await settled(["conflict"], find)).outcome, "made");
});

Deno.test(
  "settle() has an upload made again that conflicts for longer than a moment, and repeats nothing",
  unit,
  async () => {
    const { outcome, waited } = await settled(["conflict"], () => undefined);
    assert.ok(typeof outcome === "object" && !outcome.repeats);
    assert.match(outcome.why, /a conflicting request is in progress/);
    assert.equal(waited, SETTLE_MS);
  },
);
