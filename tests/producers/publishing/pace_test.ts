import fc from "fast-check";
import assert from "node:assert/strict";
import { pace, type Timer } from "../../../producers/publishing/pace.ts";

const unit = { permissions: "none" } as const;

/** A timer whose time passes only by waiting, and by `busy`. */
function fakeTimer(): Timer & { time: number } {
  return {
    time: 0,
    now() {
      return this.time;
    },
    wait(ms, signal) {
      signal?.throwIfAborted();
      this.time += ms;
      return Promise.resolve();
    },
  };
}

Deno.test(
  "pace() makes the n-th event due at start + n · interval, however slow each is",
  unit,
  async () => {
    const interval = fc.double({ min: 0.001, max: 1e7, noNaN: true });
    const delays = fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { minLength: 1 });
    await fc.assert(fc.asyncProperty(interval, delays, async (interval, delays) => {
      const timer = fakeTimer();
      const signal = new AbortController().signal;
      const count = delays.length * 2;
      let done = 0;
      for await (const due of pace({ interval, count, limit: count, signal, timer })) {
        // Nothing early; and all that is due by now: each but for rounding.
        const dueAt = (n: number) => n * interval * 1_000;
        assert.ok(timer.time >= dueAt(done + due - 1) * (1 - 1e-12));
        assert.ok(done + due === count || timer.time <= dueAt(done + due) * (1 + 1e-12));
        done += due;
        timer.time += delays[done % delays.length]! * interval * 1_000;
      }
      assert.equal(done, count);
    }));
  },
);

Deno.test("pace() catches up in batches of the limit", unit, async () => {
  const timer = fakeTimer();
  const { signal } = new AbortController();
  const dues: number[] = [];
  for await (const due of pace({ interval: 1, count: 10, limit: 3, signal, timer })) {
    dues.push(due);
    if (dues.length === 1) timer.time = 7_500;
  }
  assert.deepEqual(dues, [1, 3, 3, 1, 1, 1]);
});

Deno.test("pace() never waits with interval 0", unit, async () => {
  const timer = fakeTimer();
  const { signal } = new AbortController();
  const dues: number[] = [];
  for await (const due of pace({ interval: 0, count: 25, limit: 10, signal, timer })) {
    dues.push(due);
  }
  assert.deepEqual(dues, [10, 10, 5]);
  assert.equal(timer.time, 0);
});

Deno.test("pace() ends when the signal aborts while it waits", unit, async () => {
  const controller = new AbortController();
  let rounds = 0;
  for await (const due of pace({ interval: 1e6, limit: 1, signal: controller.signal })) {
    rounds += due;
    queueMicrotask(() => controller.abort());
  }
  assert.equal(rounds, 1);
});
