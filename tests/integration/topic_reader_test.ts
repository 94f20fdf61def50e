import assert from "node:assert/strict";
import { connectAdmin } from "../../shared/kafka/client.ts";
import { readTopic } from "../../shared/kafka/topic_reader.ts";
import { createTopic, sendNumbered } from "./hooked_consumer.ts";
import { sandbox } from "./sandbox.ts";

Deno.test("readTopic() passes over what is deleted after it has looked where the log begins", async () => {
  await using box = await sandbox("reader");
  await using admin = await connectAdmin(box.kafka, box.settings);
  const topic = `${box.settings.topicPrefix}deleted`;
  await createTopic(admin, topic, 3);
  const offsets = ["4", "6", undefined];
  for (const partition of offsets.keys()) {
    await sendNumbered(box.kafka, { topic, partition }, `${partition}/`, 6);
  }
  let looks = 0;
  const late = {
    ...admin,
    async fetchTopicOffsets(topic: string) {
      const logs = await admin.fetchTopicOffsets(topic);
      if (looks++ > 0) return logs;
      const partitions = offsets.flatMap((offset, partition) =>
        offset ? [{ partition, offset }] : []
      );
      await admin.deleteTopicRecords({ topic, partitions });
      return logs;
    },
  };
  const read = await readTopic(box.kafka, late, topic, new Map([[0, 1], [1, 1], [2, 1]]));
  assert.deepEqual(read.map(({ message }) => String(message.value)).toSorted(), [
    "0/4",
    "0/5",
    "2/1",
    "2/2",
    "2/3",
    "2/4",
    "2/5",
  ]);
});
