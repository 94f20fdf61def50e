import { resolve } from "node:path";
import { runCommand } from "../../infra/command.ts";
import type { Jars } from "../../infra/downloads.ts";
import { exists } from "../../infra/files.ts";
import { prepareJava } from "../../infra/java.ts";
import { brokerProperties, kafkaBroker } from "../../infra/kafka_broker.ts";
import type { DefineService, ServiceCommand } from "../../infra/native_service.ts";
import type { Settings } from "../../shared/cli/settings.ts";

const jars: Jars = { folder: "jars-kafka4", pom: resolve(import.meta.dirname!, "pom.xml") };
/** Any 16 bytes, in the URL-safe base64 that Kafka prints. */
const CLUSTER_ID = "YXV0b21vdGl2ZS10ZXN0cw";

/**
 * Kafka 4 as the service `kafka`: one process is broker and controller (KRaft), whose storage is
 * formatted before the first start. There is no ZooKeeper any more.
 */
export const kraftBroker: DefineService = (settings, folders) => {
  const dataDir = `${folders.runtimeDir}/data/kafka`;
  const broker = kafkaBroker(settings, folders);
  return {
    ...broker,
    async prepare(options) {
      // For the data folder; the properties are written again.
      await broker.prepare(options);
      const properties = kraftProperties(settings, dataDir);
      const main = { class: "kafka.Kafka", heap: 512, properties, jars };
      const command = await prepareJava("kafka", main, folders, options);
      if (!await exists(`${dataDir}/meta.properties`)) await format(command);
      return command;
    },
    isTransient: undefined,
  };
};

/** What the services' broker is told, but for what is ZooKeeper's. */
function kraftProperties(settings: Settings, dataDir: string): Record<string, string | number> {
  const own = Object.entries(brokerProperties(settings, dataDir))
    .filter(([name]) => !name.startsWith("zookeeper.") && name !== "broker.id");
  const controller = `127.0.0.1:${settings.ports.zookeeper}`;
  const properties = Object.fromEntries(own);
  return {
    ...properties,
    "node.id": 1,
    "process.roles": "broker,controller",
    "controller.quorum.voters": `1@${controller}`,
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "listeners": `${properties.listeners},CONTROLLER://${controller}`,
  };
}

/** Runs Kafka's own tool with the java command, class path and properties file of the broker. */
async function format({ command, args }: ServiceCommand): Promise<void> {
  const config = args.at(-1)!;
  const made = await runCommand(command, [
    ...args.slice(0, -2),
    "kafka.tools.StorageTool",
    ...["format", "--cluster-id", CLUSTER_ID, "--config", config],
  ]);
  if (made?.code !== 0) throw new Error(`not formatted: ${made?.stdout}${made?.stderr}`);
}
