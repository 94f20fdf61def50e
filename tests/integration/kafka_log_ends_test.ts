import assert from "node:assert/strict";
import type { Transaction } from "kafkajs";
import { topicOf } from "../../shared/catalogue/events.ts";
import { connectAdmin } from "../../shared/kafka/client.ts";
import { connectCluster } from "../../shared/kafka/cluster.ts";
import { logEnds } from "../../shared/kafka/log_ends.ts";
import { consume, landAll, says } from "./consume.ts";
import { eventIds, events, publish } from "./events.ts";
import { caughtUp, commitAs } from "./group.ts";
import { landedIds } from "./landed.ts";
import { sandbox } from "./sandbox.ts";
import { until } from "./wait.ts";

const ARGS = ["--batch-size", "5", "--timeout", "1"];

Deno.test("an offset that an operator has set to the log's end, behind a transaction that is open, is not beyond it", async () => {
  await using box = await sandbox("open", { env: { SESSION_TIMEOUT: "6" } });
  await publish(box, "sales", events("sales", 10), { partition: 0 });
  await landAll(box, ARGS, ["sales"]);
  const topic = topicOf("sales", box.settings.topicPrefix);
  const producer = box.kafka.producer({
    transactionalId: topic,
    maxInFlightRequests: 1,
    idempotent: true,
    retry: { retries: 10 },
  });
  await producer.connect();
  let transaction!: Transaction;
  await until("there is a coordinator of transactions", async () => {
    transaction = await producer.transaction().catch(() => undefined!);
    return transaction !== undefined;
  });
  await transaction.send({ topic, messages: [{ partition: 0, value: "{}" }] });
  {
    await using admin = await connectAdmin(box.kafka, box.settings);
    await using cluster = await connectCluster(box.kafka);
    const stable = (await admin.fetchTopicOffsets(topic)).find((log) => log.partition === 0);
    assert.equal(stable?.high, "10");
    const [log] = await logEnds(cluster, [topic]);
    assert.deepEqual(log, { topic, partition: 0, low: 0, high: 11 });
  }
  // As kafka-consumer-groups --reset-offsets --to-latest does.
  await commitAs(
    box,
    ["sales"],
    ({ partition }) => partition === 0 ? { offset: 11, metadata: "" } : undefined,
  );
  await using consumer = consume(box, ARGS);
  await says(box, "it stands there", ({ assignment }) => assignment[topic]?.["0"] === 11);
  await transaction.abort();
  await producer.disconnect();
  await publish(box, "sales", events("sales", 5, 10), { partition: 0 });
  await caughtUp(box, ["sales"]);
  consumer.signal("SIGINT");
  assert.doesNotMatch((await consumer.ended()).stderr, /truncated/);
  assert.deepEqual(await landedIds(box), eventIds("sales", 15));
});
