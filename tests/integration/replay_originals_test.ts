import assert from "node:assert/strict";
import { ConfigResourceTypes, type IHeaders } from "kafkajs";
import { topicOf } from "../../shared/catalogue/events.ts";
import { sendable } from "../../shared/formats/headers.ts";
import { connectAdmin, ensureTopics } from "../../shared/kafka/client.ts";
import { consume } from "./consume.ts";
import { committed, list, listJson, replay } from "./dead_letters.ts";
import { publishMessages } from "./events.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { readTopics } from "./topics.ts";
import { until } from "./wait.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const NOT_UTF8 = Buffer.from([0xff, 0x00, 0xfe]);
const HEADERS = {
  trace: "00-4bf92f",
  binary: NOT_UTF8,
  // A header may stand there several times, and be empty.
  hop: ["one", NOT_UTF8, ""],
  // What a replay adds has other names.
  attempt: "7",
  // Every object has these.
  constructor: "a class",
  toString: ["one", "two"],
};

/** Sets properties of the topic of sales. */
async function configure({ kafka, settings }: Sandbox, properties: Record<string, string>) {
  await using admin = await connectAdmin(kafka, settings);
  await ensureTopics(admin, settings);
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{
      type: ConfigResourceTypes.TOPIC,
      name: topicOf("sales", settings.topicPrefix),
      configEntries: Object.entries(properties).map(([name, value]) => ({ name, value })),
    }],
  });
}

/** A message that is set aside, published so many ms ago. */
async function setAside(box: Sandbox, age: number): Promise<string> {
  const timestamp = String(Date.now() - age);
  const message = { key: "key", value: "no JSON", partition: 0, headers: HEADERS, timestamp };
  await publishMessages(box, "sales", [message]);
  await using consumer = consume(box, ["--timeout", "1"]);
  await committed(box, "sales", 0, 1);
  consumer.signal("SIGINT");
  await consumer.ended();
  return timestamp;
}

/** The message that was replayed as so many'th. */
async function replayed(box: Sandbox, index = 0) {
  const messages = await readTopics(box.settings, [topicOf("sales", box.settings.topicPrefix)]);
  return messages.toSorted((a, b) => Number(a.offset) - Number(b.offset))[index + 1]!;
}

function own(message: { headers?: IHeaders }) {
  const text = (value: unknown) => [value].flat().map((one) => Buffer.from(one as Buffer).toHex());
  const entries = Object.entries(sendable(message.headers)).filter(([name]) =>
    !/^replay|^original/.test(name)
  );
  return Object.fromEntries(entries.map(([name, value]) => [name, text(value)]));
}

Deno.test("replay gives back headers, binary and repeated ones too, and the record's time", async () => {
  await using box = await sandbox("as-before");
  const timestamp = await setAside(box, DAY_MS);
  const [letter] = await listJson(box);
  assert.equal(letter.published, new Date(Number(timestamp)).toISOString());
  assert.deepEqual(letter.headers.slice(0, 3), [
    { name: "trace", value: "00-4bf92f" },
    { name: "binary", value_base64: NOT_UTF8.toBase64() },
    { name: "hop", value: "one" },
  ]);
  assert.doesNotMatch((await list(box)).stdout, /trace|original/);
  assert.equal((await replay(box)).code, 0);
  const message = await replayed(box);
  assert.equal(message.timestamp, timestamp);
  assert.deepEqual(own(message), own({ headers: HEADERS }));
  assert.equal(String(message.headers!.replayed_from), `${message.topic}/0/0`);
  assert.equal(String(message.headers!.replay_attempt), "1");
  assert.equal(message.headers!["original.timestamp"], undefined);
});

Deno.test("a time that retention would delete the message for is told in a header, however often it is replayed", async () => {
  await using box = await sandbox("originals-old");
  await configure(box, { "retention.ms": String(7 * DAY_MS) });
  const timestamp = await setAside(box, 6 * DAY_MS);
  const before = Date.now();
  assert.equal((await replay(box)).code, 0);
  const message = await replayed(box);
  assert.ok(Number(message.timestamp) >= before, "it has the time of the replay");
  assert.equal(String(message.headers!["original.timestamp"]), timestamp);

  await using consumer = consume(box, ["--timeout", "1"]);
  await until("it is set aside again", async () => (await listJson(box)).length === 1);
  consumer.signal("SIGINT");
  await consumer.ended();
  assert.equal((await replay(box)).code, 0);
  const second = await replayed(box, 1);
  assert.equal(String(second.headers!["original.timestamp"]), timestamp);
  assert.equal(String(second.headers!.replay_attempt), "2");
  assert.deepEqual(own(second), own({ headers: HEADERS }));
});

Deno.test("where nothing is ever deleted, the record has its time back; where the broker sets it, a header", async () => {
  await using box = await sandbox("originals-kept");
  await configure(box, { "retention.ms": "-1" });
  const timestamp = await setAside(box, 400 * DAY_MS);
  await configure(box, { "retention.ms": "-1", "message.timestamp.type": "LogAppendTime" });
  assert.equal((await replay(box)).code, 0);
  assert.equal(String((await replayed(box)).headers!["original.timestamp"]), timestamp);

  await using consumer = consume(box, ["--timeout", "1"]);
  await until("it is set aside again", async () => (await listJson(box)).length === 1);
  consumer.signal("SIGINT");
  await consumer.ended();
  await configure(box, { "retention.ms": "-1" });
  assert.equal((await replay(box)).code, 0);
  const second = await replayed(box, 1);
  assert.equal(second.headers!["original.timestamp"], undefined);
  assert.equal(second.timestamp, timestamp);
});
