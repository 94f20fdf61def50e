import assert from "node:assert/strict";
import { Buffer } from "../consumer/buffer.ts";
import { isSettled } from "./model/settled.ts";

const unit = { permissions: "none" } as const;

Deno.test("Buffer is full when its bytes are taken, until enough are released", unit, () => {
  const buffer = new Buffer(10);
  buffer.take(9);
  assert.equal(buffer.full, false);
  buffer.take(1);
  assert.equal(buffer.full, true);
  assert.equal(buffer.used, 10);
  buffer.release(1);
  assert.equal(buffer.full, false);
  assert.equal(buffer.used, 9);
});

Deno.test("Buffer.room() resolves at once when there is room", unit, async () => {
  assert.equal(await isSettled(new Buffer(1).room()), true);
});

Deno.test("Buffer.room() resolves for all who wait when enough is released", unit, async () => {
  const buffer = new Buffer(10);
  buffer.take(15);
  const waiting = [buffer.room(), buffer.room()];
  buffer.release(5);
  for (const room of waiting) assert.equal(await isSettled(room), false);
  buffer.release(1);
  for (const room of waiting) assert.equal(await isSettled(room), true);
});

Deno.test("Buffer.room() waits on when another takes the room first", unit, async () => {
  const buffer = new Buffer(10);
  buffer.take(10);
  const room = buffer.room();
  buffer.release(5);
  buffer.take(5);
  assert.equal(await isSettled(room), false);
  buffer.release(5);
  assert.equal(await isSettled(room), true);
});
