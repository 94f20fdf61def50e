import assert from "node:assert/strict";
import { Outstanding } from "../../../consumer/batching/outstanding.ts";

const unit = { permissions: "none" } as const;

/** Whether a promise is settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol();
  // Everything that is settled already goes before this.
  const later = new Promise((resolve) => setTimeout(resolve, 0, pending));
  return await Promise.race([promise, later]) !== pending;
}

Deno.test("settled resolves at once when nothing is under way", unit, async () => {
  await new Outstanding().settled;
});

Deno.test("settled waits for all, also for what is added while it waits", unit, async () => {
  const outstanding = new Outstanding();
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  outstanding.add(first.promise);
  const { settled } = outstanding;
  outstanding.add(second.promise);
  first.resolve();
  assert.equal(await isSettled(settled), false);
  assert.equal(outstanding.count, 1);
  second.resolve();
  await settled;
  assert.equal(outstanding.count, 0);
});

Deno.test("settled can be asked for again, after it has resolved too", unit, async () => {
  const outstanding = new Outstanding();
  outstanding.add(Promise.resolve());
  await Promise.all([outstanding.settled, outstanding.settled]);
  const next = Promise.withResolvers<void>();
  outstanding.add(next.promise);
  assert.equal(await isSettled(outstanding.settled), false);
  next.resolve();
  await outstanding.settled;
});

Deno.test("settled rejects with the first failure, at once and ever after", unit, async () => {
  const outstanding = new Outstanding();
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  outstanding.add(first.promise);
  outstanding.add(second.promise);
  const { settled } = outstanding;
  const reason = new Error("the session has ended");
  first.reject(reason);
  await assert.rejects(settled, reason);
  second.reject(new Error("a later one"));
  await assert.rejects(outstanding.settled, reason);
});

Deno.test("a failure that nobody waits for ends no program", unit, async () => {
  const outstanding = new Outstanding();
  outstanding.add(Promise.reject(new Error("nobody waits")));
  await new Promise((resolve) => setTimeout(resolve, 0));
  await assert.rejects(outstanding.settled, /nobody waits/);
});

Deno.test("what has arrived is not held", unit, async () => {
  const outstanding = new Outstanding();
  const never = Promise.withResolvers<void>();
  outstanding.add(never.promise);
  let collected = 0;
  const registry = new FinalizationRegistry(() => collected++);
  for (let i = 0; i < 1_000; i++) {
    const promise = Promise.resolve();
    registry.register(promise, undefined);
    outstanding.add(promise);
  }
  const { settled } = outstanding;
  // Large garbage makes V8 look at all that it has.
  for (let i = 0; i < 500 && collected < 990; i++) {
    new Array(1_000_000).fill(i);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  // The last may still stand in a register.
  assert.ok(collected >= 990, `${collected} of 1,000`);
  assert.equal(outstanding.count, 1);
  never.resolve();
  await settled;
});
