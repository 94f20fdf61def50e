import assert from "node:assert/strict";
import { formatMicroseconds, seededClock, systemClock } from "../producers/clock.ts";
import { timestamp } from "../shared/fields.ts";

const unit = { permissions: "none" } as const;

Deno.test("formatMicroseconds() keeps every microsecond", unit, () => {
  const at = Date.UTC(2026, 1, 26, 10, 30, 45, 123) * 1_000;
  assert.equal(formatMicroseconds(at + 456), "2026-02-26T10:30:45.123456");
  assert.equal(formatMicroseconds(at + 7), "2026-02-26T10:30:45.123007");
});

Deno.test("systemClock() is in the catalogue's own format and does not go back", unit, () => {
  const times = Array.from({ length: 100 }, systemClock);
  for (const time of times) assert.equal(timestamp.encode(time), time);
  assert.deepEqual(times.toSorted(), times);
});

Deno.test("seededClock() begins at a fixed time and moves on by the interval", unit, () => {
  const clock = seededClock(0.1);
  const times = Array.from({ length: 1_001 }, clock);
  assert.equal(times[0], "2026-01-01T00:00:00.000000");
  assert.equal(times[3], "2026-01-01T00:00:00.300000");
  assert.equal(times[1_000], "2026-01-01T00:01:40.000000");
});

Deno.test("seededClock() moves on without an interval too", unit, () => {
  const clock = seededClock(0);
  assert.notEqual(clock(), clock());
});
