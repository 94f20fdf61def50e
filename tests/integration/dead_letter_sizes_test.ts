import type { Kafka } from "kafkajs";
import assert from "node:assert/strict";
import { reasonOf, type ServiceError } from "../../shared/cli/errors.ts";
import { quiet } from "../model/quiet.ts";
import { DeadLetters } from "../../consumer/landing/dead_letters.ts";
import type { DeadLetter } from "../../shared/formats/letter_record.ts";
import { deadLetterTopic, topicOf } from "../../shared/catalogue/events.ts";
import { connectAdmin, ensureTopics } from "../../shared/kafka/client.ts";
import { consume } from "./consume.ts";
import { committed, listJson, replay } from "./dead_letters.ts";
import { publishMessages } from "./events.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { readTopics } from "./topics.ts";
import { until } from "./wait.ts";

/** Bytes that no compression makes smaller. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 65_536) crypto.getRandomValues(bytes.subarray(i, i + 65_536));
  return bytes;
}

/** A sandbox whose dead letter topic takes so many bytes at most. */
async function limited(name: string, bytes: number): Promise<Sandbox> {
  const box = await sandbox(name);
  await using admin = await connectAdmin(box.kafka, box.settings);
  await admin.createTopics({
    topics: [{
      topic: deadLetterTopic(box.settings.topicPrefix),
      numPartitions: box.settings.partitions,
      configEntries: [{ name: "max.message.bytes", value: String(bytes) }],
    }],
  });
  await ensureTopics(admin, box.settings);
  return box;
}

/** Changes what the topic takes; the broker comes to know it some time later. */
async function setLimit({ kafka, settings }: Sandbox, bytes: number): Promise<void> {
  await using admin = await connectAdmin(kafka, settings);
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{
      type: 2,
      name: deadLetterTopic(settings.topicPrefix),
      configEntries: [{ name: "max.message.bytes", value: String(bytes) }],
    }],
  });
}

/** A kafkajs client that tells of each Produce request of its producers. */
function counted(kafka: Kafka, onProduce: () => void): Kafka {
  return Object.create(kafka, {
    producer: {
      value: (options: Parameters<Kafka["producer"]>[0]) => {
        const producer = kafka.producer(options);
        producer.on(producer.events.REQUEST, ({ payload }) => {
          if (payload.apiName === "Produce") onProduce();
        });
        return producer;
      },
    },
  });
}

/** Sends letters as the consumer does, and counts the requests; what it waits for is told. */
async function setAside(
  { kafka, settings }: Sandbox,
  values: readonly Uint8Array[],
  options: { signal?: AbortSignal; onWaiting?: (what?: string) => void } = {},
): Promise<number> {
  const { signal = new AbortController().signal, onWaiting = () => {} } = options;
  let requests = 0;
  const world = { ...quiet, onWaiting: (why: ServiceError) => onWaiting(reasonOf(why)) };
  await using letters = new DeadLetters(
    counted(kafka, () => requests++),
    settings,
    world,
    signal,
  );
  await Promise.all(values.map((value, offset): Promise<void> => {
    const letter: DeadLetter = {
      topic: topicOf("sales", settings.topicPrefix),
      partition: 0,
      offset,
      key: null,
      value,
      reason: "the message is not JSON",
    };
    return letters.send(letter);
  }));
  return requests;
}

function records({ settings }: Sandbox) {
  return readTopics(settings, [deadLetterTopic(settings.topicPrefix)]);
}

Deno.test("a key of a megabyte holds up nothing, and replay gives it back", async () => {
  await using box = await sandbox("large-key");
  const key = noise(1_048_400);
  await publishMessages(box, "sales", [{ key, value: "no JSON", partition: 0 }]);
  await using consumer = consume(box, ["--timeout", "1"]);
  await committed(box, "sales", 0, 1);
  consumer.signal("SIGINT");
  assert.equal((await consumer.ended()).code, 0);
  const [letter] = await listJson(box);
  assert.equal(letter.key, null);
  assert.match(letter.reason, /^the message is not JSON: .* \(truncated from 7 to 0 bytes\)$/);
  const { code, stderr } = await replay(box);
  assert.deepEqual([code, stderr], [0, ""]);
  const [, copy] = await readTopics(box.settings, [topicOf("sales", box.settings.topicPrefix)]);
  assert.ok(copy!.key!.equals(key));
  assert.equal(String(copy!.value), "no JSON");
});

Deno.test("a topic that takes less than what is gathered gets it in parts, all of it whole", async () => {
  await using box = await limited("small-requests", 100_000);
  const values = Array.from({ length: 400 }, () => noise(2_000));
  const requests = await setAside(box, values);
  assert.ok(requests < 60, `${requests} requests`);
  const found = await records(box);
  const sizes = found.map(({ value }) => value!.length);
  assert.deepEqual(new Set(sizes), new Set([2_000]));
  const origins = new Set(found.map(({ key }) => String(key)));
  assert.equal(origins.size, values.length);
});

Deno.test("a letter that its topic does not take is cut, in a few requests", async () => {
  await using box = await limited("small-letters", 100_000);
  const values = [noise(400_000), noise(20), noise(900_000), noise(99_000)];
  const requests = await setAside(box, values);
  assert.ok(requests <= 4 * values.length, `${requests} requests`);
  const found = await records(box);
  const origins = new Set(found.map(({ key }) => String(key)));
  assert.equal(origins.size, values.length);
  for (const { key, value, headers } of found) {
    const whole = values[Number(String(key).split("/")[2])]!;
    assert.ok(value!.equals(whole.subarray(0, value!.length)));
    assert.equal(String(headers!.error), "the message is not JSON");
    assert.equal(value!.length < whole.length, whole.length > 99_500);
  }
});

Deno.test("a topic that takes nothing at all is waited for: the line names max.message.bytes", async () => {
  await using box = await limited("no-letters", 100);
  const waits: string[] = [];
  const stop = new AbortController();
  const onWaiting = (what?: string) => void (what && waits.push(what));
  const sending = setAside(box, [noise(2_000)], { onWaiting, signal: stop.signal });
  sending.catch(() => {});
  await until("it waits for the second time", () => waits.length >= 2);
  assert.match(waits[0]!, /max\.message\.bytes of \S+-dead_letter_topic/);
  assert.ok(waits.every((what) => what === waits[0]));

  await setLimit(box, 1_000_000);
  assert.ok(await sending < 30);
  assert.equal((await records(box)).length, 1);
});

Deno.test("a letter that is waited for ends with the abort", async () => {
  await using box = await limited("letters-abort", 100);
  const stop = new AbortController();
  const reason = new Error("stopped");
  const waiting = Promise.withResolvers<void>();
  const sending = setAside(box, [noise(10), noise(10)], {
    onWaiting: (what) => what && waiting.resolve(),
    signal: stop.signal,
  });
  sending.catch(() => {});
  await waiting.promise;
  stop.abort(reason);
  await assert.rejects(sending, reason);
});
