import assert from "node:assert/strict";
import { connectAdmin, ensureCoordinator } from "../../shared/kafka/client.ts";
import { createTopic, sendNumbered } from "./hooked_consumer.ts";
import { sandbox } from "./sandbox.ts";
import { until } from "./wait.ts";

Deno.test("a consumer whose offset is out of range ends with an error, and commits nothing", async () => {
  await using box = await sandbox("reset");
  const { kafka, settings: { group: groupId, topicPrefix } } = box;
  await using admin = await connectAdmin(kafka, box.settings);
  const topic = `${topicPrefix}reset`;
  await createTopic(admin, topic, 1);
  await ensureCoordinator(admin, groupId);
  await sendNumbered(kafka, { topic, partition: 0 }, "v", 3);
  const before = [{ partition: 0, offset: "99", metadata: "a plan" }];
  const consumer = kafka.consumer({ groupId, retry: { retries: 5 } });
  const joined = Promise.withResolvers<void>();
  const errors: Error[] = [];
  consumer.on("consumer.group_join", () => joined.resolve());
  consumer.on("consumer.crash", ({ payload }) => void errors.push(payload.error));
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ autoCommit: false, eachBatch: async () => {} });
  await joined.promise;
  await consumer.commitOffsets(before.map((one) => ({ topic, ...one })));
  consumer.seek({ topic, partition: 0, offset: "99" });
  await until("the consumer has ended", () => errors.length > 0, 20_000)
    .finally(() => consumer.disconnect());
  assert.match(errors[0]!.message, /^the log of .*reset\/0 does not hold the offset/);
  const [after] = await admin.fetchOffsets({ groupId, topics: [topic] });
  assert.deepEqual(after!.partitions, before);
});
