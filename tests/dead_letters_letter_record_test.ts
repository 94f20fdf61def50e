import fc from "fast-check";
import type { IHeaders, KafkaMessage, Message } from "kafkajs";
import assert from "node:assert/strict";
import { decodeLetter, encodeLetter, type Kept } from "../dead_letters/letter_record.ts";

const origin = { topic: "sales_topic", partition: 1, offset: 42 };

/** A message as kafkajs reads it back. */
function readBack({ key, value, headers }: Message): KafkaMessage {
  const buffers = Object.entries(headers ?? {}).map(([name, values]) => {
    const read = [values].flat().map((value) => Buffer.from(value as Buffer));
    return [name, read.length === 1 ? read[0] : read];
  });
  return {
    key: key == null ? null : Buffer.from(key as string),
    value: value === null ? null : Buffer.from(value as Buffer),
    timestamp: "1767225600000",
    headers: Object.fromEntries(buffers),
  } as KafkaMessage;
}

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const headers = fc.dictionary(
  fc.string({ unit: "grapheme", maxLength: 20 }).filter((name) => name !== "__proto__"),
  fc.oneof(bytes, fc.array(bytes, { minLength: 2, maxLength: 3 })),
);
const letter = fc.record({
  key: fc.option(bytes),
  value: bytes,
  headers,
  timestamp: fc.nat().map(String),
  reason: fc.string({ unit: "grapheme" }),
});

Deno.test("decodeLetter() gives back all that encodeLetter() was given, binary and repeated headers too", () => {
  fc.assert(
    fc.property(letter, (letter) => {
      const record = decodeLetter(readBack(encodeLetter({ ...origin, ...letter })))!;
      assert.deepEqual(record.origin, origin);
      assert.deepEqual(record.reason, letter.reason);
      assert.deepEqual(record.key, letter.key);
      assert.deepEqual(record.value, letter.value);
      assert.deepEqual(record.headers, { ...letter.headers });
      assert.equal(record.timestamp, Number(letter.timestamp));
      assert.equal(record.cut, undefined);
    }),
    { numRuns: 300 },
  );
});

Deno.test("a letter has the same digest, whatever of it is kept; its reason never grows", () => {
  const whole = {
    ...origin,
    key: Buffer.from("k"),
    value: Buffer.from("0123456789"),
    headers: { trace: "t" },
    timestamp: "7",
    reason: "why (cut from 10 to 4 bytes)",
  };
  const kinds: Kept[] = ["whole", 4, "origin"];
  const records = kinds.map((kept) => decodeLetter(readBack(encodeLetter(whole, kept)))!);
  assert.equal(new Set(records.map(({ digest }) => digest)).size, 1);
  assert.deepEqual(records.map(({ value }) => String(value)), ["0123456789", "0123", ""]);
  assert.deepEqual(records.map(({ key }) => key && String(key)), ["k", "k", null]);
  assert.deepEqual(records.map(({ cut }) => cut?.length), [undefined, 10, 10]);
  assert.deepEqual(records.map(({ headers }) => Object.keys(headers)), [["trace"], ["trace"], []]);
  for (const { reason, timestamp } of records) {
    assert.deepEqual([reason, timestamp], [whole.reason, 7]);
  }
});

Deno.test("decodeLetter() knows the letters of before, which say in their reason that they were cut", () => {
  const old = (reason: string) => {
    const headers: IHeaders = { topic: "t", partition: "0", offset: "1", error: reason };
    return decodeLetter(readBack({ value: Buffer.from("abc"), headers }))!;
  };
  const cut = old("why (cut from 9000 to 3 bytes)");
  assert.deepEqual([cut.reason, cut.cut, cut.timestamp], ["why", { length: 9000 }, undefined]);
  assert.equal(cut.digest, old("why").digest);
  for (const reason of ["why (cut from 9000 to 4 bytes)", "(cut from 9 to 3 bytes) is no date"]) {
    assert.deepEqual([old(reason).reason, old(reason).cut], [reason, undefined]);
  }
});

Deno.test("a header without a value, which kafkajs cannot send, becomes an empty one", () => {
  const headers = { none: null, some: [null, Buffer.from("x")] } as unknown as IHeaders;
  const message = { ...origin, key: null, value: Buffer.alloc(0), headers, reason: "why" };
  const record = decodeLetter(readBack(encodeLetter({ ...message, timestamp: "1" })))!;
  assert.deepEqual(record.headers, {
    none: Buffer.alloc(0),
    some: [Buffer.alloc(0), Buffer.from("x")],
  });
});
