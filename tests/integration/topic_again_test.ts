import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { topicOf, type Type } from "../../shared/catalogue/events.ts";
import { connectAdmin } from "../../shared/kafka/client.ts";
import { connectCluster } from "../../shared/kafka/cluster.ts";
import { topicIds } from "../../shared/kafka/topic_ids.ts";
import { consume, crash, landAll, says, taken } from "./consume.ts";
import { eventIds, events, publish } from "./events.ts";
import { commitAs, committedOf, watchCommits } from "./group.ts";
import { landedFiles, landedIds } from "./landed.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { until } from "./wait.ts";

const ARGS = ["--batch-size", "100", "--timeout", "1"];

/** Deletes topics, and makes them again at once with so many events in each. */
async function makeAgain(
  box: Sandbox,
  types: readonly Type[],
  count: number,
  start: number,
  { numPartitions = box.settings.partitions, partition }: {
    numPartitions?: number;
    partition?: number;
  } = {},
): Promise<void> {
  const { topicPrefix } = box.settings;
  const topics = types.map((type) => topicOf(type, topicPrefix));
  await using cluster = await connectCluster(box.kafka);
  const old = await topicIds(cluster, topics);
  await using admin = await connectAdmin(box.kafka, box.settings);
  await admin.deleteTopics({ topics });
  await until("the topics are made again", async () => {
    const wanted = topics.map((topic) => ({ topic, numPartitions }));
    // Refused while the old one is being deleted; and a consumer that runs may be faster.
    await admin.createTopics({ topics: wanted, waitForLeaders: false }).catch(() => {});
    const ids = await topicIds(cluster, topics);
    return topics.every((topic) => ids.has(topic) && ids.get(topic) !== old.get(topic));
  });
  for (const type of types) await publish(box, type, events(type, count, start), { partition });
}

/** Waits until the consumer has read a type's topic to its end, whatever has landed of it. */
async function hasRead(box: Sandbox, type: Type): Promise<void> {
  const logs = await committedOf(box, type);
  await says(
    box,
    `${type} is read`,
    ({ assignment }) =>
      logs.every(({ topic, partition, high }) => assignment[topic]?.[partition] === high),
  );
}

/** What is said of topics that were recreated: type, partition and the offset that is none of theirs. */
function saidAgain(text: string): string[] {
  const line =
    /-(\w+)_topic was deleted and recreated: reading \S+_topic\/(\d) from its start \(offset 0\), the committed offset (\d+) was the old topic's/;
  return text.split("\n").map((one) => line.exec(one)).filter((found) => found !== null)
    .map(([, type, partition, offset]) => `${type}/${partition} ${offset}`).toSorted();
}

/** Said of a topic whose offsets Kafka has deleted with it. */
const FORGOTTEN =
  /sales_topic was deleted and recreated(?: since its files lie in s3:\/\/\S+\/sales\/)?, and Kafka has forgotten the group's offsets with it: reading it from its start/;

Deno.test("a topic that is recreated under a running consumer, with fewer or more events: each lands once, also the old one's open batch", async () => {
  await using box = await sandbox("again");
  await publish(box, "sales", events("sales", 350));
  await using consumer = consume(box, ["--batch-size", "100", "--timeout", "300"]);
  await taken(box, 350);
  await says(box, "what is full has landed", ({ totals }) => totals.rows === 300);
  await using watch = watchCommits(box, ["sales"]);
  let sum = 350;
  for (const count of [100, 900, 950, 90]) {
    await makeAgain(box, ["sales"], count, sum);
    sum += count;
    await hasRead(box, "sales");
  }
  consumer.signal("SIGINT");
  const { code, stderr } = await consumer.ended();
  assert.equal(code, 0);

  assert.deepEqual(await landedIds(box), eventIds("sales", sum));
  // Kafka forgets offsets with their topic; those of what lands after that are the old topic's.
  const rounds = stderr.split(/^Waiting: .*sales_topic was deleted\); rejoining/m).slice(1);
  assert.equal(rounds.length, 4, stderr);
  for (const round of rounds) {
    assert.ok(FORGOTTEN.test(round) || saidAgain(round).length > 0, stderr);
  }
  assert.doesNotMatch(stderr, /land(?:ed)? again|lost|hand/);
  assert.deepEqual(watch.foreign, []);
});

Deno.test("a topic that is recreated while no consumer runs is read from its start, also with a plan of the old one or its offsets", async () => {
  await using box = await sandbox("again-down", { env: { SESSION_TIMEOUT: "6" } });
  const types: Type[] = ["sales", "payments", "inventory"];
  for (const type of types) await publish(box, type, events(type, 300));
  await landAll(box, ARGS, types);
  // The plans of one file for each type are the last that these topics see.
  for (const type of types) await publish(box, type, events(type, 90, 300), { partition: 0 });
  await crash(box, ARGS, { point: "after the plan", files: types.length });
  const before = (await Promise.all(types.map((type) => committedOf(box, type)))).flat();

  await makeAgain(box, ["sales"], 100, 1_000);
  await makeAgain(box, ["payments"], 900, 1_000);
  await makeAgain(box, ["inventory"], 0, 0);
  // Kafka forgets the offsets of a topic that it deletes; an operator who restores them does no harm.
  await commitAs(
    box,
    types,
    ({ topic, partition }) =>
      before.find((old) => old.topic === topic && old.partition === partition),
  );
  await using watch = watchCommits(box, types);
  const { stderr } = await landAll(box, ARGS, types);
  assert.deepEqual(
    await landedIds(box),
    [
      ...types.flatMap((type) => eventIds(type, 390)),
      ...eventIds("sales", 100, 1_000),
      ...eventIds("payments", 900, 1_000),
    ].toSorted(),
  );
  const offsets = before.map(({ topic, partition, offset }) =>
    // The first partition's plan was carried out before.
    `${/(\w+)_topic$/.exec(topic)![1]}/${partition} ${partition === 0 ? offset + 90 : offset}`
  );
  assert.deepEqual(saidAgain(stderr), offsets.toSorted(), stderr);
  assert.deepEqual(watch.foreign, []);
});

Deno.test("a topic that is recreated and whose offsets Kafka has forgotten is read from its start", async () => {
  await using box = await sandbox("again-forgotten");
  await publish(box, "sales", events("sales", 300));
  await landAll(box, ARGS, ["sales"]);
  await makeAgain(box, ["sales"], 900, 300);
  const { stderr } = await landAll(box, ARGS, ["sales"]);
  assert.match(stderr, FORGOTTEN);
  assert.doesNotMatch(stderr, /land(?:ed)? again/);
  assert.deepEqual(await landedIds(box), eventIds("sales", 1_200));
});

Deno.test("a topic that is recreated and forgotten is known by what the other topics' offsets say, whatever became of its files, and while it is empty", async () => {
  await using box = await sandbox("again-known");
  const types: Type[] = ["sales", "payments"];
  for (const type of types) await publish(box, type, events(type, 300));
  await landAll(box, ARGS, types);
  for (const { key: Key } of await landedFiles(box)) {
    await box.s3.send(new DeleteObjectCommand({ Bucket: box.settings.bucket, Key }));
  }
  await makeAgain(box, ["sales"], 0, 0);
  await using consumer = consume(box, ARGS);
  await consumer.waitForLine(FORGOTTEN);
  consumer.signal("SIGINT");
  await consumer.ended();
  await publish(box, "payments", events("payments", 50, 300));
  await publish(box, "sales", events("sales", 50, 300));
  const after = await landAll(box, ARGS, types);
  assert.match(after.stderr, FORGOTTEN, "no offset of sales says more yet");
  assert.deepEqual(
    await landedIds(box),
    types.flatMap((type) => eventIds(type, 50, 300)).toSorted(),
  );
  const last = await landAll(box, ARGS, types);
  assert.doesNotMatch(last.stderr, /recreated/);
});

Deno.test("a topic that is recreated with fewer partitions holds nothing up, and what is lost with the old one is said", async () => {
  await using box = await sandbox("again-fewer");
  const types: Type[] = ["sales", "payments"];
  for (const type of types) await publish(box, type, events(type, 30), { partition: 2 });
  await publish(box, "payments", events("payments", 30, 30), { partition: 0 });
  // So it has one partition whoever is the first to make it again.
  await using consumer = consume(box, ["--batch-size", "100", "--timeout", "300"], {
    KAFKA_PARTITIONS: "1",
  });
  await taken(box, 90);
  await makeAgain(box, ["sales"], 20, 100, { numPartitions: 1, partition: 0 });
  await consumer.waitForLine(
    /sales_topic was deleted while its events were being landed: those in no file and no plan yet are lost with it/,
  );
  await hasRead(box, "sales");
  consumer.signal("SIGINT");
  assert.equal((await consumer.ended()).code, 0);
  assert.deepEqual(
    await landedIds(box),
    [...eventIds("sales", 20, 100), ...eventIds("payments", 60)].toSorted(),
  );
});
