import assert from "node:assert/strict";
import { topicsText } from "../../orchestration/status_text.ts";
import { topicStatus } from "../../orchestration/topic_status.ts";
import { topicOf, types } from "../../shared/catalogue/events.ts";
import { connectAdmin, ensureTopics } from "../../shared/kafka/client.ts";
import { consume, landAll, taken } from "./consume.ts";
import { replay } from "./dead_letters.ts";
import { publish, sales } from "./events.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { openTransaction } from "./transactions.ts";

const ARGS = ["--batch-size", "10", "--timeout", "1"];

/** What the status says of the topics that hold anything, without the prefix of the test. */
async function lines(box: Sandbox): Promise<string[]> {
  await using admin = await connectAdmin(box.kafka, box.settings);
  const topics = await topicStatus({ ...box, admin });
  const { topicPrefix } = box.settings;
  return topicsText(topics.filter(({ events }) => events > 0), box.settings).slice(2)
    .map((line) => line.replaceAll(topicPrefix, "").replace(/ {2,}/g, " ").trim());
}

Deno.test("topicStatus() tells what waits from the marks that a replay leaves", async () => {
  await using box = await sandbox("status-replay");
  await publish(box, "sales", [...sales(5), "no JSON", "nor this"], { partition: 0 });
  await landAll(box, ARGS, ["sales"]);
  assert.deepEqual(await lines(box), ["sales_topic 7 0", "dead_letter_topic 2 2 wait"]);

  assert.equal((await replay(box)).code, 0);
  // What was replayed waits, and no mark of the replay.
  assert.deepEqual(await lines(box), ["sales_topic 10 2 (1 marker)", "dead_letter_topic 2 0 wait"]);
  // It is as bad as it was: two new letters. Only the marker is left before the log's end.
  {
    await using consumer = consume(box, ARGS);
    await taken(box, 2);
    consumer.signal("SIGINT");
    assert.equal((await consumer.ended()).code, 0);
  }
  const [sold, letters] = await lines(box);
  assert.match(sold!, /^sales_topic 10 0( \(1 marker\))?$/);
  assert.equal(letters, "dead_letter_topic 4 2 wait");
});

Deno.test("topicStatus() shows what stands behind an open transaction", async () => {
  await using box = await sandbox("status-open");
  await publish(box, "sales", sales(5), { partition: 0 });
  await landAll(box, ARGS, ["sales"]);
  const topic = topicOf("sales", box.settings.topicPrefix);
  await using open = await openTransaction(box.kafka, topic);
  await open.transaction.send({ topic, messages: [{ partition: 0, value: "{}" }] });
  await publish(box, "sales", sales(3, 5), { partition: 0 });
  assert.deepEqual(await lines(box), [
    "sales_topic 9 4",
    "sales_topic/0: an open transaction holds back 4 records from offset 5 on: no consumer reads them before it ends",
    "→ kafka-transactions.sh find-hanging names it, and abort ends it",
  ]);
  await open.transaction.abort();
});

Deno.test("topicStatus() gives what it has when the time is over, and says what it did not look into", async () => {
  await using box = await sandbox("status-over");
  await publish(box, "sales", ["no JSON", ...sales(4)], { partition: 0 });
  await landAll(box, ARGS, ["sales"]);
  await publish(box, "sales", sales(4, 10), { partition: 0 });
  await using admin = await connectAdmin(box.kafka, box.settings);
  await ensureTopics(admin, box.settings);
  const status = await topicStatus({ ...box, admin }, AbortSignal.abort());
  const [sold] = status;
  assert.deepEqual([sold?.events, sold?.lag], [9, { offsets: 4, markers: 0 }]);
  const dead = status.at(-1)!;
  assert.deepEqual([status.length, dead.events, dead.letters], [types.length + 1, 1, undefined]);
  assert.match(topicsText(status, box.settings).join("\n"), /≤ 4\n/);
});
