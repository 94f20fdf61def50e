import { type Kafka, Kafka as Client, logLevel, PartitionAssigners } from "kafkajs";
import assert from "node:assert/strict";
import { topicOf, types } from "../../shared/catalogue/events.ts";
import { connectAdmin } from "../../shared/kafka/client.ts";
import { consume, owns, says } from "./consume.ts";
import { publish, saleIds, sales } from "./events.ts";
import { landedIds } from "./landed.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { until } from "./wait.ts";

const ARGS = ["--batch-size", "50", "--timeout", "2"];

async function landsAll(box: Sandbox, count: number): Promise<void> {
  await until(`${count} rows landed`, async () => (await landedIds(box)).length >= count);
  assert.deepEqual(await landedIds(box), saleIds(count));
}

async function healthz(box: Sandbox): Promise<[status: number, text: string]> {
  const response = await fetch(`http://127.0.0.1:${box.env.STATUS_PORT}/healthz`);
  return [response.status, await response.text()];
}

/**
 * A member of the sandbox's group as kafkajs makes it, as our consumers of earlier versions are.
 *
 * @param claimed more topics that it says it subscribes to
 */
async function stockMember(
  box: Sandbox,
  topics: string[],
  claimed: string[] = [],
): Promise<AsyncDisposable> {
  // The name comes first in the order of the group: it gets a partition before our consumer does.
  const kafka: Kafka = new Client({
    clientId: "a-stock-member",
    brokers: [...box.settings.brokers],
    logLevel: logLevel.NOTHING,
  });
  const member = kafka.consumer({
    groupId: box.settings.group,
    sessionTimeout: 6_000,
    heartbeatInterval: 500,
    maxWaitTimeInMs: 200,
    partitionAssigners: [(config) => {
      const stock = PartitionAssigners.roundRobin(config);
      return {
        ...stock,
        protocol: ({ topics }) => stock.protocol({ topics: [...topics, ...claimed] }),
      };
    }],
  });
  const joined = Promise.withResolvers<void>();
  member.on(member.events.GROUP_JOIN, () => joined.resolve());
  await member.connect();
  await member.subscribe({ topics });
  await member.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: async () => {},
  });
  await joined.promise;
  return { [Symbol.asyncDispose]: () => member.disconnect() };
}

Deno.test("two pipelines of other topics in one group land all of their events, and say that they share it", async () => {
  await using one = await sandbox("share1");
  await using two = await sandbox("share2", { env: { CONSUMER_GROUP: one.settings.group } });
  await Promise.all([publish(one, "sales", sales(400)), publish(two, "sales", sales(400))]);
  await using first = consume(one, ARGS);
  await owns(one, 18);
  await using second = consume(two, ARGS);
  await owns(two, 18);
  await Promise.all([landsAll(one, 400), landsAll(two, 400)]);
  const sharedWith = (box: Sandbox) =>
    new RegExp(
      `^The group ${one.settings.group} is shared with consumers of other topics \\(${box.settings.topicPrefix}sales_topic, .* and 4 more\\): give each pipeline a CONSUMER_GROUP of its own$`,
    );
  await first.waitForLine(sharedWith(two));
  await second.waitForLine(sharedWith(one));
  for (const box of [one, two]) {
    await owns(box, 18);
    assert.deepEqual(await healthz(box), [200, "ok\n"]);
  }
  // The first one led; now the other does, and the first one's pipeline comes back.
  first.signal("SIGKILL");
  await Promise.all([
    publish(one, "sales", sales(100, 400)),
    publish(two, "sales", sales(100, 400)),
  ]);
  await landsAll(two, 500);
  await using _again = consume(one, ARGS);
  await landsAll(one, 500);
  await owns(two, 18);
});

Deno.test("a topic that another member subscribes to and that does not exist holds up nobody", async () => {
  await using box = await sandbox("ghost");
  await publish(box, "sales", sales(20));
  await using consumer = consume(box, ARGS);
  await owns(box, 18);
  const ghost = `${box.settings.topicPrefix}ghost`;
  await using _other = await stockMember(box, [topicOf("sales", box.settings.topicPrefix)], [
    ghost,
  ]);
  await consumer.waitForLine(
    new RegExp(`^${ghost}, .* stays unassigned: its partitions are unknown`),
  );
  await says(box, "that the other reads some sales", ({ assignment, health }) => {
    const owned = Object.values(assignment).flatMap((topic) => Object.keys(topic)).length;
    return owned >= 16 && owned < 18 && health.why === "ok";
  });
});

Deno.test("a consumer without a partition says why, is well, and takes over one that becomes free", async () => {
  await using box = await sandbox("standby", { env: { KAFKA_PARTITIONS: "1" } });
  await publish(box, "sales", sales(20));
  const topics = types.map((type) => topicOf(type, box.settings.topicPrefix));
  await using members = new AsyncDisposableStack();
  for (let i = 0; i < 5; i++) members.use(await stockMember(box, topics));
  const last = await stockMember(box, topics);
  await using consumer = consume(box, ARGS);
  await consumer.waitForLine(
    new RegExp(`^Standing by in the group ${box.settings.group}: 7 members for 6 partitions$`),
  );
  await says(box, "that it stands by", ({ membership }) => membership?.members === 7);
  assert.deepEqual(await healthz(box), [200, "standing by: 7 members for 6 partitions\n"]);
  await last[Symbol.asyncDispose]();
  await consumer.waitForLine(/^No longer standing by: reading 1 partition$/);
  await says(box, "that it is well", ({ health }) => health.why === "ok");
});

Deno.test("a consumer whose share is given to nobody says so, and is not well for long", async () => {
  await using box = await sandbox("lacking");
  await using admin = await connectAdmin(box.kafka, box.settings);
  const other = `${box.settings.topicPrefix}other`;
  await admin.createTopics({ topics: [{ topic: other, numPartitions: 1 }] });
  // It leads, and hands its own topics to all members.
  await using _leader = await stockMember(box, [other]);
  await using consumer = consume(box, ARGS);
  await consumer.waitForLine(/18 of the 18 partitions of our topics are unassigned/);
  await says(
    box,
    "that it lacks its share",
    ({ health }) => /^18 of the 18 partitions of our topics are unassigned/.test(health.why),
  );
  await until("it is not well", async () => (await healthz(box))[0] === 503, 90_000);
});

Deno.test("a prefix whose offsets stand with the group of earlier versions is not landed again by mistake", async () => {
  await using box = await sandbox("earlier", { env: { CONSUMER_GROUP: "" } });
  const { topicPrefix, group } = box.settings;
  assert.equal(group, `${topicPrefix}automotive-consumer-group`);
  await publish(box, "sales", sales(20));
  const earlier = { CONSUMER_GROUP: "automotive-consumer-group" };
  {
    await using before = consume(box, ARGS, earlier);
    await landsAll(box, 20);
    before.signal("SIGINT");
    await before.ended();
  }
  await using refused = consume(box, ARGS);
  const { code, stderr } = await refused.ended();
  assert.equal(code, 1);
  assert.match(stderr, /were consumed by the group automotive-consumer-group until now/);
  assert.match(stderr, /set CONSUMER_GROUP=automotive-consumer-group to go on from there/);
  await publish(box, "sales", sales(20, 20));
  await using _after = consume(box, ARGS, earlier);
  await landsAll(box, 40);
});
