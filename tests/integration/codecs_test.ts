import { CompressionTypes } from "kafkajs";
import assert from "node:assert/strict";
import { topicOf } from "../../shared/catalogue/events.ts";
import { connectAdmin, ensureTopics } from "../../shared/kafka/client.ts";
import { sandbox } from "./sandbox.ts";
import { readTopics } from "./topics.ts";

Deno.test("all four codecs go through a real broker, which checks what it is given", async () => {
  await using box = await sandbox("codecs");
  {
    await using admin = await connectAdmin(box.kafka, box.settings);
    await ensureTopics(admin, box.settings);
  }
  const topic = topicOf("sales", box.settings.topicPrefix);
  const producer = box.kafka.producer({ retry: { retries: 5 } });
  await producer.connect();
  const values: string[] = [];
  const { None, GZIP, Snappy, LZ4, ZSTD } = CompressionTypes;
  for (const compression of [None, GZIP, Snappy, LZ4, ZSTD]) {
    const batch = Array.from({ length: 200 }, (_, i) => `${compression} 🚗 `.repeat(i) + i);
    values.push(...batch);
    await producer.send({ topic, compression, messages: batch.map((value) => ({ value })) });
  }
  await producer.disconnect();
  const found = await readTopics(box.settings, [topic]);
  assert.deepEqual(found.map(({ value }) => String(value)).toSorted(), values.toSorted());
});
