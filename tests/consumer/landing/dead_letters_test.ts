import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Kafka, Message, ProducerConfig, ProducerRecord } from "kafkajs";
import { createErrorFromCode } from "kafkajs/src/protocol/error.js";
import { DeadLetters } from "../../../consumer/landing/dead_letters.ts";
import { readSettings } from "../../../shared/cli/settings.ts";
import type { DeadLetter } from "../../../shared/formats/letter_record.ts";
import { isSettled } from "../../model/settled.ts";

const MESSAGE_TOO_LARGE = 10;
const NOT_ENOUGH_REPLICAS = 19;
const settings = readSettings(() => undefined);

Deno.test("DeadLetters sends the first letter at once, and those that come meanwhile together", async () => {
  const { deadLetters, requests, answer } = begin({ answers: "later" });
  const all = [1, 2, 3].map((offset) => deadLetters.send(letter(offset)));
  await isSettled(Promise.all(all));
  assert.deepEqual(requests.map(placesOf), [["sales_topic/0/1"]]);
  answer();
  await all[0];
  assert.equal(await isSettled(all[1]!), false);
  assert.deepEqual(requests.map(placesOf).slice(1), [["sales_topic/0/2", "sales_topic/0/3"]]);
  answer();
  await Promise.all(all);
});

Deno.test("DeadLetters asks for all in-sync replicas, and gives letters of one request one time", async () => {
  const { deadLetters, requests } = begin();
  await Promise.all([1, 2, 3].map((offset) => deadLetters.send(letter(offset))));
  assert.deepEqual(requests.map(({ topic, acks }) => [topic, acks]), [
    ["dead_letter_topic", -1],
    ["dead_letter_topic", -1],
  ]);
  const times = new Set(requests[1]!.messages.map(({ timestamp }) => timestamp));
  assert.equal(times.size, 1);
});

Deno.test("DeadLetters sends again what no broker has acknowledged", async () => {
  const { deadLetters, requests, waits } = begin({ answers: [() => [], undefined] });
  await deadLetters.send(letter(1));
  assert.equal(requests.length, 2);
  assert.match(waits[0]!, /no broker leads dead_letter_topic partition \d/);
});

Deno.test("DeadLetters waits while the topic cannot take a letter, and then sends it", async () => {
  const away = () => {
    throw createErrorFromCode(NOT_ENOUGH_REPLICAS);
  };
  const { deadLetters, requests, waits } = begin({ answers: [away, away, undefined] });
  await deadLetters.send(letter(1));
  assert.equal(requests.length, 3);
  assert.match(waits[0]!, /NOT_ENOUGH_REPLICAS/);
});

Deno.test("DeadLetters sends what is too large together in smaller parts, each letter once", async () => {
  const { deadLetters, requests } = begin({ limit: 200_000 });
  const offsets = [1, 2, 3, 4, 5, 6, 7];
  await Promise.all(offsets.map((offset) => deadLetters.send(letter(offset, 60_000))));
  const taken = requests.filter((request) => sizeOf(request.messages) <= 200_000);
  assert.deepEqual(taken.flatMap(placesOf).toSorted(), offsets.map((n) => `sales_topic/0/${n}`));
  assert.ok(requests.every(({ messages }) => sizeOf(messages) < 600_000));
});

Deno.test("DeadLetters cuts a letter that is too large alone, at last to its origin", async () => {
  const { deadLetters, requests } = begin({ limit: 3_000 });
  await deadLetters.send(letter(1, 600_000));
  assert.deepEqual(
    requests.map(({ messages: [message] }) => (message!.value as Buffer).length),
    [600_000, 512 * 1024, 4 * 1024, 0],
  );
  const { headers } = requests.at(-1)!.messages[0]!;
  assert.equal(headers!["original.value.length"], "600000");
  assert.equal(headers!.error, "not JSON");
});

Deno.test("DeadLetters does not cut a letter to more than it has", async () => {
  const { deadLetters, requests } = begin({ limit: 900 });
  await deadLetters.send(letter(1, 2_000));
  const sizes = requests.map(({ messages: [message] }) => (message!.value as Buffer).length);
  assert.deepEqual(sizes, [2_000, 0]);
});

Deno.test("DeadLetters waits for a topic that does not take the origin alone, and says what to do", async () => {
  const { deadLetters, stop, waits } = begin({ limit: 0 });
  const sent = deadLetters.send(letter(1));
  await isSettled(sent);
  assert.match(
    waits[0]!,
    /dead letter of sales_topic\/0\/1.*max\.message\.bytes/,
  );
  stop.abort(new Error("the session has ended"));
  await assert.rejects(sent, { message: "the session has ended" });
});

Deno.test("DeadLetters.send() rejects with the signal's reason, also for those that wait", async () => {
  const { deadLetters, stop } = begin({ answers: "later" });
  const all = [1, 2].map((offset) => deadLetters.send(letter(offset)));
  await isSettled(Promise.all(all));
  stop.abort(new Error("the session has ended"));
  const outcomes = await Promise.allSettled(all);
  for (const outcome of outcomes) {
    assert.equal((outcome as PromiseRejectedResult).reason.message, "the session has ended");
  }
});

Deno.test("DeadLetters connects with the first letter, and disconnects at the end", async () => {
  const { deadLetters, connections } = begin();
  assert.deepEqual(connections, []);
  await deadLetters.send(letter(1));
  await deadLetters[Symbol.asyncDispose]();
  assert.deepEqual(connections, ["connect", "disconnect"]);
});

/** What the topic does with a request; undefined: it takes it. */
type Answer = (() => { partition: number }[]) | undefined;

/** Dead letters on a topic of three partitions that takes at most `limit` bytes at once. */
function begin({ limit = Infinity, answers = [] }: {
  limit?: number;
  /** One a request, in order, or whenever the test says so. */
  answers?: Answer[] | "later";
} = {}) {
  const requests: ProducerRecord[] = [];
  const connections: string[] = [];
  const waits: string[] = [];
  const stop = new AbortController();
  let held: (() => void)[] = [];
  const kafka = {
    producer: ({ createPartitioner }: ProducerConfig) => {
      const choose = createPartitioner!();
      const partitionMetadata = [0, 1, 2].map((partitionId) => ({ partitionId, leader: 0 }));
      return {
        connect: () => Promise.resolve(void connections.push("connect")),
        disconnect: () => Promise.resolve(void connections.push("disconnect")),
        async send(record: ProducerRecord) {
          requests.push(record);
          const { topic, messages } = record;
          const chosen = messages.map((message) =>
            choose({ topic, partitionMetadata, message } as Parameters<typeof choose>[0])
          );
          if (answers === "later") await new Promise<void>((resolve) => held.push(resolve));
          if (sizeOf(messages) > limit) throw createErrorFromCode(MESSAGE_TOO_LARGE);
          const answer = answers === "later" ? undefined : answers[requests.length - 1];
          return answer ? answer() : chosen.map((partition) => ({ partition }));
        },
      };
    },
  } as unknown as Kafka;
  const retrying = {
    onWaiting: ({ message, hint }: { message: string; hint?: string }) =>
      void waits.push(`${message} ${hint}`),
    onResumed() {},
    explain: () => {
      throw new Error("DeadLetters explains by itself");
    },
    wait: async (_attempt: number, { signal }: { signal: AbortSignal }) => {
      await isSettled(Promise.resolve());
      signal.throwIfAborted();
    },
  };
  const deadLetters = new DeadLetters(kafka, settings, retrying, stop.signal);
  const answer = () => {
    for (const resolve of held) resolve();
    held = [];
  };
  return { deadLetters, requests, connections, waits, stop, answer };
}

function letter(offset: number, length = 10): DeadLetter {
  return {
    topic: "sales_topic",
    partition: 0,
    offset,
    key: null,
    value: Buffer.alloc(length, "x"),
    headers: {},
    timestamp: "1000",
    reason: "not JSON",
  };
}

function placesOf({ messages }: ProducerRecord): string[] {
  return messages.map(({ key }) => String(key));
}

function sizeOf(messages: readonly Message[]): number {
  return messages.reduce((sum, { value }) => sum + (value as Buffer).length + 500, 0);
}
