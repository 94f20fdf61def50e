import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { encodeRecord } from "../../shared/formats/plan.ts";
import { topicOf } from "../../shared/catalogue/events.ts";
import { connectAdmin } from "../../shared/kafka/client.ts";
import { consume, planAndDie, says } from "./consume.ts";
import { publish, saleIds, sales } from "./events.ts";
import { commitAs } from "./group.ts";
import { landedFiles, landedIds } from "./landed.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { until } from "./wait.ts";

const ARGS = ["--batch-size", "10", "--timeout", "1"];

async function abortAllUploads({ s3, settings: { bucket: Bucket } }: Sandbox): Promise<void> {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  for (const { Key, UploadId } of Uploads) {
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  }
}

async function landAll(box: Sandbox, count: number, message?: RegExp): Promise<void> {
  await using consumer = consume(box, ARGS);
  if (message) await consumer.waitForLine(message);
  await until(`${count} rows landed`, async () => (await landedIds(box)).length >= count);
  consumer.signal("SIGINT");
  assert.equal((await consumer.ended()).code, 0);
}

const SHORT_SESSION = { env: { SESSION_TIMEOUT: "6" } };

Deno.test("a plan older than a day whose uploads have vanished is landed again, and said so", async () => {
  await using box = await sandbox("vanished", SHORT_SESSION);
  await publish(box, "sales", sales(30));
  await planAndDie(box, ARGS);
  await abortAllUploads(box);
  const old = Math.floor(Date.now() / 1000) - 2 * 24 * 3600;
  await commitAs(box, ["sales"], ({ offset, metadata }) => ({
    offset: Math.max(offset, 0),
    metadata: metadata.replace(/"at":\d+/, `"at":${old}`),
  }));
  await landAll(
    box,
    30,
    /sales\/.* cannot be completed, as its upload was gone before it was completed.*read again/,
  );
  assert.deepEqual(await landedIds(box), saleIds(30));
});

Deno.test("commit metadata of another program is no plan: reading goes on from its offset", async () => {
  await using box = await sandbox("not-ours");
  await publish(box, "sales", sales(10));
  await landAll(box, 10);
  await commitAs(box, ["sales"], ({ offset }) => ({
    offset: Math.max(offset, 0),
    metadata: "somebody else's note",
  }));
  await publish(box, "sales", sales(10, 10));
  await landAll(box, 20, /committed offset \d+ of .*sales_topic\/\d has metadata that is not ours/);
  assert.deepEqual(await landedIds(box), saleIds(20));
});

for (
  const [what, change, message] of [
    ["of a later version", (text: string) => text.replace('"v":2', '"v":3'), /another version/],
    ["that is damaged", (text: string) => text.slice(0, -4), /damaged/],
  ] as const
) {
  Deno.test(`the consumer stops at a plan ${what}, and lands nothing`, async () => {
    await using box = await sandbox("version");
    await publish(box, "sales", sales(10));
    const text = encodeRecord({ files: [], plannedAt: 0 });
    await commitAs(box, ["sales"], () => ({ offset: 0, metadata: change(text) }));
    await using consumer = consume(box, ARGS);
    const { code, stderr } = await consumer.ended();
    assert.equal(code, 1);
    assert.match(stderr, message);
    assert.deepEqual(await landedFiles(box), []);
  });
}

Deno.test("a group without offsets reads every topic from its start, and says so", async () => {
  await using box = await sandbox("expired");
  await publish(box, "sales", sales(10));
  await landAll(box, 10);
  {
    await using admin = await connectAdmin(box.kafka, box.settings);
    await admin.deleteGroups([box.settings.group]);
  }
  await landAll(box, 20, /has no committed offsets: reading .* from the start/);
  const files = await landedFiles(box);
  assert.equal(new Set(files.map(({ key }) => key)).size, files.length);
  assert.deepEqual(await landedIds(box), [...saleIds(10), ...saleIds(10)].toSorted());
});

Deno.test("a topic that is deleted and recreated is read from its start", async () => {
  await using box = await sandbox("again");
  await publish(box, "sales", sales(30));
  await landAll(box, 30);
  const topic = topicOf("sales", box.settings.topicPrefix);
  {
    await using admin = await connectAdmin(box.kafka, box.settings);
    await admin.deleteTopics({ topics: [topic] });
    await until("it is gone", async () => !(await admin.listTopics()).includes(topic));
  }
  await publish(box, "sales", sales(10, 100));
  await landAll(box, 40);
  assert.deepEqual(await landedIds(box), [...saleIds(30), ...saleIds(10, 100)].toSorted());
});

Deno.test("partitions that are added while the consumer runs are read too", async () => {
  await using box = await sandbox("added");
  await publish(box, "sales", sales(10));
  await using consumer = consume(box, ARGS);
  await until("10 rows landed", async () => (await landedIds(box)).length >= 10);
  const topic = topicOf("sales", box.settings.topicPrefix);
  await using admin = await connectAdmin(box.kafka, box.settings);
  await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] });
  await until(
    "the broker leads the new partition",
    () =>
      admin.fetchTopicMetadata({ topics: [topic] })
        .then(({ topics }) => topics[0]!.partitions.length === 4, () => false),
  );
  await publish(box, "sales", sales(10, 10), { partition: 3 });
  await says(
    box,
    "the new partition is owned",
    ({ assignment }) => assignment[topic]?.[3] !== undefined,
  );
  await until("20 rows landed", async () => (await landedIds(box)).length >= 20);
  consumer.signal("SIGINT");
  await consumer.ended();
  assert.deepEqual(await landedIds(box), saleIds(20));
});
