import { resolve } from "node:path";
import { runCommand } from "../../infra/command.ts";
import { fetchJars } from "../../infra/downloads.ts";
import { prepareJava } from "../../infra/java.ts";
import { brokerProperties, kafkaBroker } from "../../infra/kafka_broker.ts";
import { startService } from "../../infra/start_service.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import type { Certificates } from "./certificates.ts";
import { freePorts } from "./settings.ts";

/** Who may sign in to the secure broker, by every mechanism. */
export const kafkaUser = { name: "automotive", password: "pw-5f0c9a-kafka" };

const listeners = ["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] as const;

/** `localhost:port` of the secure broker, by what the port demands. */
export type Listeners = Readonly<Record<(typeof listeners)[number], string>>;

/**
 * Starts a real broker whose ports are protected in different ways, as a service of a runtime folder
 * that has a ZooKeeper (native runtime only).
 *
 * @param more properties besides
 */
export async function startSecureBroker(
  settings: Settings,
  certificates: Certificates,
  more: Record<string, string> = {},
): Promise<Listeners> {
  const folders = { runtimeDir: resolve(settings.runtimeDir), downloads: resolve(".runtime") };
  const log = () => {};
  await addScramUser(await fetchJars({ folder: folders.downloads, log }), settings.ports.zookeeper);
  const ports = [settings.ports.kafka, ...freePorts(listeners.length - 1)];
  const broker = kafkaBroker(settings, folders);
  // For the data folder; the properties are written again.
  await broker.prepare({ log });
  const properties = {
    ...brokerProperties(settings, `${folders.runtimeDir}/data/kafka`),
    ...secureProperties(ports, certificates),
    ...more,
  };
  const main = { class: "kafka.Kafka", heap: 512, properties };
  await startService(broker, await prepareJava("kafka", main, folders, { log }), {
    folders,
    ports,
  });
  return Object.fromEntries(
    listeners.map((name, i) => [name, `localhost:${ports[i]}`]),
  ) as Listeners;
}

function secureProperties(ports: readonly number[], { keyStore }: Certificates) {
  const addresses = (host: string) =>
    listeners.map((name, i) => `${name.toUpperCase()}://${host}:${ports[i]}`).join(",");
  const modules = "org.apache.kafka.common.security";
  const jaas = ["sasl_plaintext", "sasl_ssl"].flatMap((listener) => [
    [
      `listener.name.${listener}.plain.sasl.jaas.config`,
      `${modules}.plain.PlainLoginModule required user_${kafkaUser.name}="${kafkaUser.password}";`,
    ],
    [
      `listener.name.${listener}.scram-sha-256.sasl.jaas.config`,
      `${modules}.scram.ScramLoginModule required;`,
    ],
    [
      `listener.name.${listener}.scram-sha-512.sasl.jaas.config`,
      `${modules}.scram.ScramLoginModule required;`,
    ],
  ]);
  return {
    "listeners": addresses("127.0.0.1"),
    "advertised.listeners": addresses("localhost"),
    "inter.broker.listener.name": "PLAINTEXT",
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    // Lacks one, to be asked for in vain.
    "listener.name.sasl_plaintext.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": keyStore,
    ...Object.fromEntries(jaas),
  };
}

/** SCRAM users of a cluster with ZooKeeper are made there, before the broker runs. */
async function addScramUser(jars: string, zookeeper: number): Promise<void> {
  const { name, password } = kafkaUser;
  const credentials = ["256", "512"].map((bits) => `SCRAM-SHA-${bits}=[password=${password}]`);
  const made = await runCommand("java", [
    ...["-cp", `${jars}/*`, "kafka.admin.ConfigCommand"],
    ...["--zookeeper", `127.0.0.1:${zookeeper}`],
    ...["--alter", "--entity-type", "users", "--entity-name", name],
    ...["--add-config", credentials.join(",")],
  ]);
  if (made?.code !== 0) throw new Error(`the user was not made: ${made?.stdout}${made?.stderr}`);
}
