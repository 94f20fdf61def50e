import fc from "fast-check";
import type { KafkaMessage } from "kafkajs";
import assert from "node:assert/strict";
import { readBack } from "../kafka/kafka_records.ts";
import { parsePlace } from "../../../shared/formats/place.ts";
import { parseRecord, replayMarker } from "../../../shared/formats/replay_record.ts";

const origin = { topic: "sales_topic", partition: 1, offset: 42 };

/** A record as kafkajs gives it. */
function message(
  value: string | null,
  headers: Record<string, unknown>,
  key = "sales_topic/1/42",
): KafkaMessage {
  const buffers = Object.entries(headers).map(([name, text]) => [name, Buffer.from(String(text))]);
  return {
    key: Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    timestamp: "1767225600000",
    headers: Object.fromEntries(buffers),
  } as KafkaMessage;
}

const headers = { topic: "sales_topic", partition: 1, offset: 42, error: "why", key: "CUST-1" };

Deno.test("parseRecord() reads a letter: origin, reason, the original key and value", () => {
  const record = parseRecord(message("bad", headers));
  assert.ok(record?.kind === "letter");
  assert.deepEqual([record.origin, record.reason, record.at], [origin, "why", 1767225600000]);
  assert.deepEqual([String(record.key), String(record.value)], ["CUST-1", "bad"]);
});

Deno.test("parseRecord() takes a letter without a key for a message that had none", () => {
  const { key: _, ...rest } = headers;
  const record = parseRecord(message("bad", rest));
  assert.ok(record?.kind === "letter");
  assert.equal(record.key, null);
});

const place = fc.record({
  topic: fc.stringMatching(/^[\w.-]{1,249}$/),
  partition: fc.nat({ max: 999_999_999 }),
  offset: fc.nat({ max: 999_999_999_999_999 }),
}, { noNullPrototype: true });

Deno.test("parseRecord() reads what replayMarker() wrote", () => {
  const digest = fc.stringMatching(/^[0-9a-f]{16}$/);
  fc.assert(
    fc.property(place, place, fc.integer({ min: 1 }), digest, (origin, to, attempt, digest) => {
      const marker = replayMarker({ origin, digest }, { to, attempt });
      assert.equal(marker.value, null);
      const record = parseRecord(readBack({ ...marker, timestamp: "1767225600000" }));
      const at = 1767225600000;
      assert.deepEqual(record, { kind: "replay", at, origin, digest, to, attempt });
    }),
  );
});

Deno.test("parseRecord() knows what neither the consumer nor a replay wrote", () => {
  const { error: _, ...noReason } = headers;
  const records = [
    message("bad", {}),
    message("bad", noReason),
    message("bad", { ...headers, offset: "-1" }),
    message("bad", { ...headers, partition: "x" }),
    message(null, {}),
    message(null, { replayed_to: "sales_topic/1/57", digest: "ab", attempt: "none" }),
    message(null, { replayed_to: "sales_topic/1/57", digest: "ab", attempt: "1" }, "no place"),
  ];
  assert.deepEqual(records.map(parseRecord), records.map(() => undefined));
});

Deno.test("parsePlace() reads topic/partition/offset, and nothing else", () => {
  assert.deepEqual(parsePlace("sales_topic/1/42"), origin);
  for (
    const text of ["", "sales_topic", "sales_topic/1", "a b/1/2", "t/1/2/3", "t/-1/2", "t/1/x"]
  ) {
    assert.equal(parsePlace(text), undefined, text);
  }
});
