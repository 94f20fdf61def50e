import assert from "node:assert/strict";
import { backoff, pause } from "../../../shared/cli/backoff.ts";

const unit = { permissions: "none" } as const;

Deno.test(
  "pause() rejects with the signal's reason, at once if it has aborted already",
  unit,
  async () => {
    const reason = new Error("enough");
    await assert.rejects(pause(1e9, AbortSignal.abort(reason)), reason);
    const controller = new AbortController();
    const paused = pause(1e9, controller.signal);
    controller.abort(reason);
    await assert.rejects(paused, reason);
  },
);

Deno.test(
  "pause() waits for longer than timers can, and can be aborted all the while",
  unit,
  async () => {
    const controller = new AbortController();
    const month = pause(30 * 24 * 3_600_000, controller.signal).then(() => "over");
    assert.equal(await Promise.race([month, pause(10).then(() => "not yet")]), "not yet");
    controller.abort(new Error("enough"));
    await assert.rejects(month, /enough/);
  },
);

Deno.test("pause() resolves", unit, async () => {
  await pause(0);
});

Deno.test("backoff() rejects with the signal's reason", unit, async () => {
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(backoff(40, { base: 1e6, max: 1e9, signal }), reason);
});

Deno.test("backoff() resolves for any attempt", unit, async () => {
  for (const attempt of [1, 2, 30, 1_000]) {
    await backoff(attempt, { base: 1, max: 2, random: () => 0 });
  }
});
