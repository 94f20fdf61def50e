import assert from "node:assert/strict";
import { runCommand } from "../../infra/command.ts";
import { fetchJars } from "../../infra/downloads.ts";
import { requireJava } from "../../infra/tools.ts";
import { topicOf, type Type } from "../../shared/catalogue/events.ts";
import { connectAdmin } from "../../shared/kafka/client.ts";
import { consume, crash, type CrashPoint, landAll, says, taken } from "./consume.ts";
import { eventIds, events, publish } from "./events.ts";
import { caughtUp, commitAs, committedOf, watchCommits } from "./group.ts";
import { landedFiles, landedIds } from "./landed.ts";
import { s3Proxy } from "./s3_proxy.ts";
import { type OwnServices, ownServices } from "./services.ts";
import { nativeTest } from "./native.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";

const ARGS = ["--batch-size", "5", "--timeout", "1"];
const SHORT_SESSION = { env: { SESSION_TIMEOUT: "6" } };

/** Publishes events to a type's first partition. */
async function append(box: Sandbox, type: Type, count: number, start: number): Promise<void> {
  await publish(box, type, events(type, count, start), { partition: 0 });
}

/** Deletes the records before an offset of a type's first partition, as retention does. */
async function deleteBefore(box: Sandbox, type: Type, offset: number): Promise<void> {
  const topic = topicOf(type, box.settings.topicPrefix);
  await using admin = await connectAdmin(box.kafka, box.settings);
  // kafkajs deletes only in topics that it has looked at.
  await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
}

/** The lines that say what was deleted, is read again or skipped; `type/partition` for the topic. */
function said(box: Sandbox, text: string): string[] {
  return text.split("\n").filter((line) => /retention|truncated|committed offset/.test(line))
    .map((line) =>
      line.replaceAll(new RegExp(`${box.settings.topicPrefix}(\\w+)_topic`, "g"), "$1")
    ).toSorted();
}

for (
  const point of [
    "after the plan",
    "in the middle of completion",
    "after completion",
  ] as CrashPoint[]
) {
  Deno.test(`records deleted before, inside and beyond a plan that a crash ${point} has left: what was planned lands once, what is lost is said`, async () => {
    await using box = await sandbox("retention", SHORT_SESSION);
    const types: Type[] = ["sales", "payments", "inventory", "telemetry"];
    for (const type of types) await append(box, type, 10, 0);
    await landAll(box, ARGS, types);
    await using watch = watchCommits(box, types);
    for (const type of types) await append(box, type, 10, 10);
    // Where no answer comes back, a second file of a type may or may not be in the first one's plan.
    const files = point === "in the middle of completion" ? 2 : 1;
    const args = ["--batch-size", String(10 / files), "--timeout", "1"];
    await crash(box, args, { point, files: files * types.length });
    for (const type of types) if (type !== "telemetry") await append(box, type, 5, 20);
    await deleteBefore(box, "sales", 5);
    await deleteBefore(box, "payments", 15);
    await deleteBefore(box, "inventory", 22);
    // Nothing is left of this one's log, and nothing new arrives.
    await deleteBefore(box, "telemetry", 20);

    const { stderr } = await landAll(box, ARGS, types);
    assert.deepEqual(said(box, stderr), [
      "2 events of inventory/0 were deleted by Kafka's retention before they were read (offsets 20 to 21)",
    ]);
    assert.deepEqual(
      await landedIds(box),
      [
        ...eventIds("sales", 25),
        ...eventIds("payments", 25),
        ...eventIds("inventory", 20),
        ...eventIds("inventory", 3, 22),
        ...eventIds("telemetry", 20),
      ].toSorted(),
    );
    assert.deepEqual(watch.foreign, []);
  });
}

Deno.test("offsets that no longer fit the log, or were set by hand: each is said once, and nothing else is lost or repeated", async () => {
  await using box = await sandbox("by-hand");
  const types: Type[] = ["sales", "payments", "inventory", "telemetry"];
  const { topicPrefix, group: groupId } = box.settings;
  for (const type of types) await append(box, type, 10, 0);
  await landAll(box, ARGS, types);
  await append(box, "sales", 10, 10);
  await deleteBefore(box, "sales", 15);
  await append(box, "telemetry", 10, 10);
  const set = new Map(
    Object.entries({ payments: 12, inventory: 4, telemetry: 13 })
      .map(([type, offset]) => [topicOf(type as Type, topicPrefix), offset]),
  );
  await commitAs(box, types, ({ topic, partition }) => {
    const offset = partition === 0 ? set.get(topic) : undefined;
    return offset === undefined ? undefined : { offset, metadata: "" };
  });
  const { stderr } = await landAll(box, ARGS, types);
  const byHand = (place: string, offset: number) =>
    `The committed offset ${offset} of ${place} was set by hand: reading from there. What is before it and has not landed is skipped, what is after it and has landed is landed again; files that were planned are given up`;
  assert.deepEqual(
    said(box, stderr),
    [
      "5 events of sales/0 were deleted by Kafka's retention before they were read (offsets 10 to 14)",
      byHand("payments/0", 12),
      "payments/0 was truncated by its brokers: it ends at offset 10, and the position was 12; rereading it from its start (offset 0), so events that had landed will land again",
      byHand("inventory/0", 4),
      byHand("telemetry/0", 13),
    ].toSorted(),
  );
  assert.deepEqual(
    await landedIds(box),
    [
      ...eventIds("sales", 10),
      ...eventIds("sales", 5, 15),
      ...eventIds("payments", 10),
      ...eventIds("payments", 10),
      ...eventIds("inventory", 10),
      ...eventIds("inventory", 6, 4),
      ...eventIds("telemetry", 10),
      ...eventIds("telemetry", 7, 13),
    ].toSorted(),
  );
  for (const type of types) {
    const [first] = await committedOf(box, type);
    assert.equal(first!.offset, first!.high);
  }

  // Kafka forgets what a group that is away has committed; its files are still there.
  {
    await using admin = await connectAdmin(box.kafka, box.settings);
    await admin.deleteGroups([groupId]);
  }
  const again = await landAll(box, ARGS, types);
  assert.deepEqual(
    said(box, again.stderr),
    [
      ...types.map((type) =>
        `Kafka has no committed offsets of the group ${groupId} for ${type} (expired, or deleted), but its files lie in s3://${box.settings.bucket}/${type}/: events that had landed will land again`
      ),
      "sales/0 begins at offset 15: Kafka's retention has deleted the 15 events before it, and this group has not committed any of them",
    ].toSorted(),
  );
});

Deno.test("records deleted while a consumer is stopped with an open batch: what it had read lands, the rest is said", async () => {
  await using box = await sandbox("stopped", { env: { SESSION_TIMEOUT: "30" } });
  const args = ["--batch-size", "100000", "--timeout", "300"];
  await append(box, "sales", 10, 0);
  await append(box, "payments", 10, 0);
  await using consumer = consume(box, args);
  await taken(box, 20);
  await using watch = watchCommits(box, ["sales", "payments"]);
  consumer.signal("SIGSTOP");
  // More than one fetch brings, should one be under way.
  const big = (type: Type) =>
    events(type, 3_000, 10).map((event) => ({ ...event, note: "x".repeat(200) }));
  for (const type of ["sales", "payments"] as const) {
    await publish(box, type, big(type), { partition: 0 });
  }
  await deleteBefore(box, "sales", 3_005);
  consumer.signal("SIGCONT");
  const [, from, to] = await consumer.waitForLine(
    /sales_topic\/0 were deleted by Kafka's retention before they were read \(offsets (\d+) to (\d+)\)/,
  );
  assert.equal(to, "3004");
  await says(
    box,
    "the rest is taken",
    ({ totals }) => totals.events === 2 * 3_010 - (Number(to) + 1 - Number(from)),
  );
  consumer.signal("SIGINT");
  const { stderr } = await consumer.ended();
  assert.equal(said(box, stderr).length, 1);
  assert.deepEqual(
    await landedIds(box),
    [
      ...eventIds("sales", Number(from)),
      ...eventIds("sales", 5, 3_005),
      ...eventIds("payments", 3_010),
    ].toSorted(),
  );
  // No file covers the gap.
  for (const { provenance: { topic, ranges } } of await landedFiles(box)) {
    if (!topic.includes("sales")) continue;
    assert.ok(ranges.every((range) => range.to <= Number(from) || range.from > Number(to)));
  }
  assert.deepEqual(watch.foreign, []);
});

Deno.test("records deleted while S3 is away and the buffer is full: what was read lands, the rest is said", async () => {
  await using box = await sandbox("full");
  let away = true;
  await using proxy = await s3Proxy(box.settings.ports.s3, (request) => {
    const { pathname, searchParams } = request.url;
    // Not what the consumer tries at its start.
    const isFile = pathname.includes("/sales/sales_");
    if (away && isFile && searchParams.has("uploads")) request.refuse(503, "SlowDown");
    else return request.forward();
  });
  const big = events("sales", 4_000).map((event) => ({ ...event, note: "x".repeat(1_000) }));
  await publish(box, "sales", big, { partition: 0, perRequest: 500 });
  await using consumer = consume(box, ["--max-buffer", "1", "--timeout", "1"], proxy.env);
  await says(
    box,
    "the buffer is full",
    ({ buffer: { usedBytes, maxBytes } }) => usedBytes > maxBytes * 0.75,
  );
  await deleteBefore(box, "sales", 3_995);
  away = false;
  const [, from, to] = await consumer.waitForLine(
    /sales_topic\/0 were deleted by Kafka's retention before they were read \(offsets (\d+) to (\d+)\)/,
  );
  await caughtUp(box, ["sales"]);
  consumer.signal("SIGINT");
  const { stderr } = await consumer.ended();
  assert.equal(said(box, stderr).length, 1);
  assert.equal(to, "3994");
  assert.deepEqual(await landedIds(box), [
    ...eventIds("sales", Number(from)),
    ...eventIds("sales", 5, 3_995),
  ]);
});

nativeTest(
  "records that a broker has lost from the end of its log: reading goes on where the log differs, and it is said",
  async () => {
    await using own = await ownServices("truncated", ["zookeeper", "kafka", "s3"]);
    await using box = await sandbox("truncated", { on: own });
    const types: Type[] = ["sales", "payments", "inventory"];
    for (const type of types) {
      await append(box, type, 10, 0);
      await append(box, type, 2, 10);
    }
    await landAll(box, ARGS, types);
    await own.stop("kafka");
    for (const type of types) {
      const topic = topicOf(type, box.settings.topicPrefix);
      await cutLog(`${own.settings.runtimeDir}/data/kafka/${topic}-0/00000000000000000000.log`, 10);
    }
    await countLeaderUp(own, topicOf("payments", box.settings.topicPrefix));
    await own.start("kafka");
    // Grown again beyond what was committed: no offset tells, only the epoch of the new leader.
    await append(box, "payments", 5, 100);
    await using watch = watchCommits(box, types);
    const { stderr } = await landAll(box, ARGS, types);
    assert.deepEqual(
      said(box, stderr),
      [["inventory", 10], ["payments", 15], ["sales", 10]].map(([type, end]) =>
        `${type}/0 was truncated by its brokers: it ends at offset ${end}, and the position was 12; reading on from offset 10, where its records diverge from those that were read`
      ),
    );
    for (const type of types) if (type !== "payments") await append(box, type, 5, 100);
    await landAll(box, ARGS, types);
    assert.deepEqual(
      await landedIds(box),
      types.flatMap((type) => [...eventIds(type, 12), ...eventIds(type, 5, 100)]).toSorted(),
    );
    assert.deepEqual(watch.foreign, []);
  },
);

/** Takes the record batches from an offset on out of a log's file. Its broker must not run. */
async function cutLog(path: string, offset: number): Promise<void> {
  const bytes = await Deno.readFile(path);
  const view = new DataView(bytes.buffer);
  let at = 0;
  // A batch begins with its first offset (INT64) and the length of what follows (INT32).
  while (at < bytes.length && Number(view.getBigInt64(at)) < offset) {
    at += 12 + view.getInt32(at + 8);
  }
  assert.ok(at < bytes.length, `${path} holds nothing from ${offset} on`);
  await Deno.truncate(path, at);
}

/**
 * Gives a topic's first partition the next leader epoch in ZooKeeper, as the controller does when
 * another replica becomes the leader. Kafka must not run.
 */
async function countLeaderUp({ settings: { ports } }: OwnServices, topic: string): Promise<void> {
  const jars = await fetchJars({ folder: ".runtime", log: () => {} });
  const java = await requireJava();
  const zookeeper = async (...args: string[]) => {
    const shell = ["-cp", `${jars}/*`, "org.apache.zookeeper.ZooKeeperMain", "-server"];
    const result = await runCommand(java, [...shell, `127.0.0.1:${ports.zookeeper}`, ...args]);
    assert.equal(result!.code, 0, result!.stderr);
    return result!.stdout;
  };
  const path = `/brokers/topics/${topic}/partitions/0/state`;
  const state = JSON.parse(/^\{.*\}$/m.exec(await zookeeper("get", path))![0]);
  state.leader_epoch++;
  await zookeeper("set", path, JSON.stringify(state));
}
