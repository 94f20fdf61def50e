import assert from "node:assert/strict";
import { heartbeatWhile } from "../../../consumer/group/heartbeat.ts";
import { isSettled } from "../../model/settled.ts";

const unit = { permissions: "none" } as const;

Deno.test(
  "heartbeatWhile() gives what the promise gives, without a heartbeat if it is there",
  unit,
  async () => {
    let beats = 0;
    const heartbeat = () => Promise.resolve(void beats++);
    assert.equal(await heartbeatWhile(Promise.resolve(7), heartbeat), 7);
    assert.equal(beats, 0);
  },
);

Deno.test("heartbeatWhile() goes on with the heartbeats as long as it waits", unit, async () => {
  const waiting = Promise.withResolvers<string>();
  let beats = 0;
  const heartbeat = () => {
    if (++beats === 3) waiting.resolve("at last");
    return Promise.resolve();
  };
  assert.equal(await heartbeatWhile(waiting.promise, heartbeat, { every: 1 }), "at last");
  assert.equal(beats, 3);
});

Deno.test("heartbeatWhile() throws what the promise throws", unit, async () => {
  const gone = new Error("gone");
  await assert.rejects(heartbeatWhile(Promise.reject(gone), () => Promise.resolve()), gone);
});

Deno.test(
  "heartbeatWhile() throws the heartbeat's error, and leaves no rejection unhandled",
  unit,
  async () => {
    const waiting = Promise.withResolvers<never>();
    const rebalance = new Error("rebalance");
    const heartbeat = () => Promise.reject(rebalance);
    await assert.rejects(heartbeatWhile(waiting.promise, heartbeat, { every: 1 }), rebalance);
    waiting.reject(new Error("nobody waits any more"));
  },
);

Deno.test(
  "heartbeatWhile() does not wait for the time of a heartbeat when the promise settles",
  unit,
  async () => {
    const waiting = Promise.withResolvers<string>();
    const waited = heartbeatWhile(waiting.promise, () => Promise.resolve(), { every: 2 ** 30 });
    await isSettled(waited);
    waiting.resolve("now");
    assert.equal(await isSettled(waited), true);
  },
);
