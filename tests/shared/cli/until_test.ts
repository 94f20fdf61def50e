import assert from "node:assert/strict";
import { until } from "../../../shared/cli/until.ts";

const unit = { permissions: "none" } as const;

Deno.test("until() returns true once the condition holds", unit, async () => {
  let polls = 0;
  assert.equal(await until(() => ++polls === 3, { interval: 0 }), true);
  assert.equal(polls, 3);
});

Deno.test("until() returns false when the time is up, after a last poll", unit, async () => {
  let polls = 0;
  const never = () => {
    polls++;
    return false;
  };
  assert.equal(await until(never, { timeout: 0, interval: 0 }), false);
  assert.equal(polls, 1);
});

Deno.test(
  "until() rejects with the signal's reason, and with what the condition throws",
  unit,
  async () => {
    const reason = new Error("stopped");
    await assert.rejects(until(() => false, { signal: AbortSignal.abort(reason) }), reason);
    const fault = new Error("fault");
    await assert.rejects(until(() => Promise.reject(fault)), fault);
  },
);
