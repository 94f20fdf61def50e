import assert from "node:assert/strict";
import { runCommand } from "../../infra/command.ts";
import { fetchJars } from "../../infra/downloads.ts";
import { requireJava } from "../../infra/tools.ts";
import { connectAdmin, kafkaClient } from "../../shared/kafka/client.ts";
import { type Cluster, connectCluster } from "../../shared/kafka/cluster.ts";
import type { FetchedPartition } from "../../shared/kafka/fetch_by_id.ts";
import { hookFetch } from "../../shared/kafka/fetch_hook.ts";
import { endOffsetForEpoch } from "../../shared/kafka/leader_epochs.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { topicIds } from "../../shared/kafka/topic_ids.ts";
import { createTopic, sendNumbered } from "./hooked_consumer.ts";
import { native } from "./native.ts";
import { ownServices } from "./services.ts";

const TOPIC = "truncated";

/** Fetches what the only partition holds from an offset on. */
async function fetchFrom(cluster: Cluster, offset: number): Promise<FetchedPartition["messages"]> {
  const [nodeId] = cluster.getNodeIds();
  const broker = await cluster.findBroker({ nodeId: nodeId! });
  const partitions = [{ partition: 0, fetchOffset: String(offset), maxBytes: 1e6 }];
  const { responses } = await broker.fetch({
    maxWaitTime: 100,
    minBytes: 1,
    maxBytes: 1e6,
    isolationLevel: 1,
    topics: [{ topic: TOPIC, partitions }],
  });
  const answers = responses.flatMap(({ partitions }) => partitions) as FetchedPartition[];
  return answers.flatMap(({ messages }) => messages);
}

/** Where the record batch of an offset begins in a segment: int64 first offset, int32 length, … */
function placeOf(offset: number, segment: Uint8Array): number {
  const view = new DataView(segment.buffer);
  let place = 0;
  while (Number(view.getBigInt64(place)) < offset) place += 12 + view.getInt32(place + 8);
  return place;
}

/** Raises the partition's leader epoch, as an election does, while its only broker is down. */
async function raiseEpoch({ ports }: Settings, topic: string): Promise<void> {
  const node = `/brokers/topics/${topic}/partitions/0/state`;
  const state = { controller_epoch: 1, leader: 1, version: 1, leader_epoch: 1, isr: [1] };
  const jars = await fetchJars({ folder: ".runtime", log: () => {} });
  const result = await runCommand(await requireJava(), [
    ...["-cp", `${jars}/*`, "org.apache.zookeeper.ZooKeeperMain"],
    ...["-server", `127.0.0.1:${ports.zookeeper}`, "set", node, JSON.stringify(state)],
  ]);
  assert.equal(result?.code, 0, result?.stderr);
}

Deno.test({
  name: "a log that was truncated and has grown again is told by its leader epochs",
  // A container's files are not ours to cut.
  ignore: !native,
  async fn() {
    await using own = await ownServices("epochs", ["zookeeper", "kafka"]);
    const kafka = kafkaClient(own.settings, "test");
    {
      await using admin = await connectAdmin(kafka, own.settings);
      await createTopic(admin, TOPIC, 1);
    }
    await sendNumbered(kafka, { topic: TOPIC, partition: 0 }, "old", 10);
    await using cluster = await connectCluster(kafka);
    const reports: unknown[][] = [];
    hookFetch(cluster, {
      pins: await topicIds(cluster, [TOPIC]),
      onOutOfRange: (...report) => reports.push(report),
      onTopicGone: (topic) => reports.push([topic]),
    });
    const old = await fetchFrom(cluster, 0);
    assert.equal(old.length, 10);
    const { partitionLeaderEpoch: before } = old[0]!.batchContext!;
    assert.equal(await endOffsetForEpoch(cluster, TOPIC, 0, before), 10);
    assert.equal(await endOffsetForEpoch(cluster, TOPIC, 0, before + 1), undefined);
    assert.equal(await endOffsetForEpoch(cluster, TOPIC, 7, before), undefined);
    assert.deepEqual(await fetchFrom(cluster, 10), []);
    assert.deepEqual(reports, []);

    await own.stop("kafka");
    const data = `${own.settings.runtimeDir}/data/kafka`;
    const segment = `${data}/${TOPIC}-0/${"0".repeat(20)}.log`;
    await Deno.truncate(segment, placeOf(6, await Deno.readFile(segment)));
    await Deno.remove(`${data}/.kafka_cleanshutdown`);
    await raiseEpoch(own.settings, TOPIC);
    await own.start("kafka");
    await sendNumbered(kafka, { topic: TOPIC, partition: 0 }, "new", 8);

    // The hook knows the epoch of the record that it has handed out last, before this offset.
    assert.deepEqual(await fetchFrom(cluster, 10), []);
    assert.deepEqual(reports, [[TOPIC, 0, 10, 6]]);
    assert.equal(await endOffsetForEpoch(cluster, TOPIC, 0, before), 6);
    const present = await fetchFrom(cluster, 6);
    assert.deepEqual(present.map(({ offset }) => Number(offset)), [6, 7, 8, 9, 10, 11, 12, 13]);
    const { partitionLeaderEpoch: after } = present[0]!.batchContext!;
    assert.ok(after > before);
    assert.equal(await endOffsetForEpoch(cluster, TOPIC, 0, after), 14);
    assert.equal(reports.length, 1);
  },
});
