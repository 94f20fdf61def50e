import fc from "fast-check";
import type { IHeaders } from "kafkajs";
import assert from "node:assert/strict";
import { readBack } from "../kafka/kafka_records.ts";
import { decodeLetter, encodeLetter, type Kept } from "../../../shared/formats/letter_record.ts";
import { sendable } from "../../../shared/formats/headers.ts";
import { timeOf, toMessage } from "../../../shared/formats/replayed_message.ts";

const origin = { topic: "sales_topic", partition: 1, offset: 42 };

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
/** Any name, and those that every object has a property of. */
const headerName = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("", "__proto__", "constructor", "toString", "valueOf", "a\nb", "error", "key"),
);
const headers = fc.dictionary(
  headerName,
  fc.oneof(bytes, fc.array(bytes, { minLength: 2, maxLength: 3 })),
);
const letter = fc.record({
  key: fc.option(bytes),
  value: bytes,
  headers,
  timestamp: fc.nat().map(String),
  reason: fc.string({ unit: "binary" }),
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

Deno.test("a message that kafkajs has read is sent back as it was, through its letter, whatever its headers are called", () => {
  fc.assert(
    fc.property(letter, ({ key, value, headers, timestamp, reason }) => {
      const message = readBack({ key, value, headers, timestamp });
      const record = decodeLetter(
        readBack(encodeLetter({ ...message, ...origin, value, reason })),
      )!;
      const returned = (keepsTime: boolean) =>
        readBack(toMessage({ letter: { ...record, attempts: 0 }, original: record, keepsTime }));
      for (
        const [keepsTime, extra] of [[true, {}], [false, {
          "original.timestamp": timestamp,
        }]] as const
      ) {
        const back = returned(keepsTime);
        assert.deepEqual([back.key, back.value], [key, value]);
        const ours = { replayed_from: "sales_topic/1/42", replay_attempt: "1", ...extra };
        assert.deepEqual(
          new Map(Object.entries(sendable(back.headers))),
          new Map(Object.entries({ ...headers, ...buffers(ours) })),
        );
      }
      const again = { ...record, headers: returned(false).headers!, timestamp: 99 };
      assert.equal(timeOf(again), Number(timestamp));
      const twice = readBack(
        toMessage({ letter: { ...record, attempts: 1 }, original: again, keepsTime: true }),
      );
      assert.deepEqual([String(twice.headers!.replay_attempt), twice.timestamp], ["2", timestamp]);
    }),
    { numRuns: 300 },
  );
});

function buffers(headers: Record<string, string>): IHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]),
  );
}

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
