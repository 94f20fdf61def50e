import assert from "node:assert/strict";
import { Silence } from "../../../shared/s3/silence.ts";

const unit = { permissions: "none" } as const;

/** A silence of at most 30 s, and the clock that it is measured by. */
function begin() {
  const clock = { ms: 5_000 };
  return { clock, silence: new Silence(30_000, () => clock.ms) };
}

Deno.test("Silence ends after its limit when nothing is sent", unit, () => {
  const { clock, silence } = begin();
  assert.equal(silence.rest, 30_000);
  clock.ms += 30_000;
  assert.equal(silence.rest, 0);
  assert.equal(silence.lasts, 30_000);
});

Deno.test("Silence begins anew with every piece of a body that is taken", unit, () => {
  const { clock, silence } = begin();
  for (let piece = 0; piece < 100; piece++) {
    clock.ms += 29_000;
    assert.ok(silence.rest > 0);
    silence.handed(100);
  }
  assert.equal(silence.lasts, 0);
});

Deno.test("Silence may last longer by what a body may be under way, at 64 KiB/s", unit, () => {
  const { clock, silence } = begin();
  silence.handed(6 * 64 * 1024);
  assert.equal(silence.rest, 36_000);
  clock.ms += 36_000;
  assert.equal(silence.rest, 0);
});

Deno.test("Silence reckons with no more under way than a system's buffers hold", unit, () => {
  const { silence } = begin();
  for (let piece = 0; piece < 1_000; piece++) silence.handed(1024 * 1024);
  assert.equal(silence.rest, 30_000 + 8 * 16 * 1000);
});

Deno.test("Silence begins anew when the peer is heard, who has the whole body then", unit, () => {
  const { clock, silence } = begin();
  silence.handed(6 * 64 * 1024);
  clock.ms += 35_000;
  silence.heard();
  assert.equal(silence.rest, 30_000);
});
