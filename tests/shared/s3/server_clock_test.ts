import fc from "fast-check";
import assert from "node:assert/strict";
import { DateClock } from "../../../shared/s3/server_clock.ts";

const unit = { permissions: "none" } as const;
const NOON = Date.UTC(2026, 1, 26, 12);

/** A server whose clock is too far from that of S3 from ours, and what has been heard of it. */
function begin(ahead: number) {
  const time = { ms: 7_000.25 };
  const local = { now: () => NOON, monotonic: () => time.ms };
  const clock = new DateClock(local);
  const world = {
    ahead,
    time,
    clock,
    get server() {
      return NOON + this.ahead + time.ms;
    },
    /** A request that takes so long, and is answered after a part of that. */
    ask(ms: number, part: number) {
      const sent = time.ms;
      time.ms += ms * part;
      const date = Math.floor(this.server / 1000) * 1000;
      time.ms += ms * (1 - part);
      clock.heard(date, sent);
    },
    get error() {
      return Math.abs(clock.now() - this.server);
    },
  };
  return world;
}

Deno.test("DateClock is this machine's clock until the server has answered", unit, () => {
  const { clock } = begin(1e9);
  assert.equal(clock.now(), NOON);
  clock.heard(NaN, 0);
  assert.equal(clock.now(), NOON);
});

Deno.test("DateClock is at most half a second off after one quick answer", unit, () => {
  fc.assert(fc.property(fc.integer({ min: -1e10, max: 1e10 }), (ahead) => {
    const world = begin(ahead);
    world.ask(2, 0.5);
    assert.ok(world.error <= 505, `${world.error} ms`);
    world.time.ms += 86_400_000;
    assert.ok(world.error <= 505, "it is carried on");
  }));
});

Deno.test("DateClock gets better with more answers, however long they take", unit, () => {
  const request = fc.record({
    wait: fc.integer({ min: 0, max: 3_000 }),
    ms: fc.integer({ min: 1, max: 60_000 }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(fc.property(fc.array(request), (requests) => {
    const world = begin(123_456.789);
    world.ask(2, 0.5);
    let worst = 505;
    for (const { wait, ms, part } of requests) {
      world.time.ms += wait;
      world.ask(ms, part);
      assert.ok(world.error <= worst, `${world.error} ms after ${worst} ms`);
      worst = 1_000;
    }
  }));
  const world = begin(456.7);
  for (let n = 0; n < 100; n++) {
    world.time.ms += 137;
    world.ask(2, 0.5);
  }
  assert.ok(world.error < 100, `${world.error} ms`);
});

Deno.test("DateClock follows a server whose clock is set, in either direction", unit, () => {
  for (const jump of [-7 * 86_400_000, -90_000, 90_000, 7 * 86_400_000]) {
    const world = begin(1_000);
    for (let n = 0; n < 20; n++) {
      world.time.ms += 300;
      world.ask(2, 0.5);
    }
    world.ahead += jump;
    world.ask(2, 0.5);
    assert.ok(world.error <= 505, `${world.error} ms after a jump of ${jump} ms`);
  }
});

Deno.test("DateClock knows that an answer to a long request was made at its end", unit, () => {
  const world = begin(0);
  world.ask(60_000, 1);
  assert.ok(world.error <= 505, `${world.error} ms`);
});

Deno.test("DateClock is not misled by an answer that was held up", unit, () => {
  const world = begin(0);
  world.ask(2, 0.5);
  world.ask(60_000, 0);
  assert.ok(world.error <= 1_000, `${world.error} ms`);
});
