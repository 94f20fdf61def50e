import { kafkaClient } from "../shared/kafka/client.ts";
import { unprotected } from "../shared/cli/kafka_security.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { prepareJava } from "./java.ts";
import type { DefineService } from "./native_service.ts";
import { ensureWritable } from "./writable.ts";

/** How long a responding broker may take to learn about its topics from the controller, in ms. */
const LOADING_MS = 10_000;

/** Kafka, a single broker that keeps its cluster metadata in ZooKeeper. */
export const kafkaBroker: DefineService = (settings, folders) => {
  const dataDir = `${folders.runtimeDir}/data/kafka`;
  let answersSince: number | undefined;
  return {
    name: "kafka",
    async prepare(options) {
      answersSince = undefined;
      await ensureWritable(dataDir, "Kafka");
      const properties = brokerProperties(settings, dataDir);
      const main = { class: "kafka.Kafka", heap: 512, properties };
      return await prepareJava("kafka", main, folders, options);
    },
    async ask() {
      // The settings may be for brokers elsewhere.
      const local = {
        ...settings,
        brokers: [`localhost:${settings.ports.kafka}`],
        kafkaSecurity: unprotected,
      };
      const admin = kafkaClient(local, "infra").admin();
      try {
        await admin.connect();
        const { brokers } = await admin.describeCluster();
        if (brokers.length === 0) throw new Error("no broker is registered yet");
        answersSince ??= performance.now();
        // For a moment after its start a broker knows of no topic, and clients would be told so.
        const known = new Set(await admin.listTopics());
        const loading = (await topicsOnDisk(dataDir)).some((topic) => !known.has(topic));
        if (loading && performance.now() - answersSince < LOADING_MS) {
          throw new Error("it is still loading its topics");
        }
      } finally {
        await admin.disconnect().catch(() => {});
      }
    },
    // A broker that was killed stays registered until its ZooKeeper session expires. Until then the
    // next one is rejected; and if it expires just while the next one checks, Kafka 3.9 fails.
    isTransient: (log) =>
      log.includes("NodeExistsException") || log.includes("Stat.getEphemeralOwner()"),
  };
};

/**
 * The topics that have a partition's folder, `<topic>-<partition>`; listings hide internal ones.
 */
async function topicsOnDisk(dataDir: string): Promise<string[]> {
  const topics = new Set<string>();
  for await (const { name } of Deno.readDir(dataDir)) {
    const topic = /^(?!__)(.+)-\d+$/.exec(name)?.[1];
    if (topic) topics.add(topic);
  }
  return [...topics];
}

/** The broker's properties; docker-compose.yml says the same in its own way. */
export function brokerProperties(
  { ports, partitions, kafkaAdvertisedPort = ports.kafka }: Settings,
  dataDir: string,
): Record<string, string | number> {
  return {
    "broker.id": 1,
    "zookeeper.connect": `127.0.0.1:${ports.zookeeper}`,
    "zookeeper.session.timeout.ms": 9_000,
    "listeners": `PLAINTEXT://127.0.0.1:${ports.kafka}`,
    "advertised.listeners": `PLAINTEXT://localhost:${kafkaAdvertisedPort}`,
    "log.dirs": dataDir,
    "num.partitions": partitions,
    "auto.create.topics.enable": "true",
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
    // By default events and committed offsets vanish after seven days, landed or not; offsets carry
    // the landing plans. Only `--purge` deletes here.
    "log.retention.hours": -1,
    "offsets.retention.minutes": 5_256_000,
  };
}
