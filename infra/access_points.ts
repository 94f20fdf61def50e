import { warehouseAddress, warehouseUrl } from "../shared/postgres/address.ts";
import { LOCAL_S3 } from "../shared/s3/client.ts";
import { s3Address } from "../shared/s3/address.ts";
import { usesLocalS3 } from "../shared/cli/which_s3.ts";
import { type Settings, variables } from "../shared/cli/settings.ts";
import { taskCommand } from "../shared/cli/task_command.ts";
import { hasAllInContainers } from "./local_services.ts";
import type { Runtime } from "./runtime.ts";
import { addressOf } from "./services.ts";

/** The end of `--kafka-start`: one line for everything that can be reached now. */
export function accessPoints(
  settings: Settings,
  runtime: Runtime["name"],
  localS3 = usesLocalS3(),
): string[] {
  const { ports } = settings;
  const points: [title: string, where: string][] = [
    ["Kafka Broker", addressOf("kafka", ports)],
    ["Zookeeper", addressOf("zookeeper", ports)],
    ...pages(settings, runtime),
    ["S3", localS3 ? addressOf("s3", ports) : s3Address(settings)],
  ];
  if (localS3) {
    points.push([
      "S3 browser",
      `http://localhost:${ports.s3Web} (access key ${LOCAL_S3.accessKeyId}, secret ${LOCAL_S3.secretAccessKey})`,
    ]);
  }
  points.push([
    "Warehouse",
    settings.warehouseUrl === undefined
      ? warehouseUrl(settings)
      : `${warehouseAddress(settings)}, from WAREHOUSE_URL`,
  ]);
  return [
    "✅ Kafka Infrastructure Started!",
    ...points.map(([title, where]) => `   - ${title}: ${where}`),
  ];
}

/** Where Docker has the Kafka UI, the native runtime has the console once more. */
function pages(
  settings: Settings,
  runtime: Runtime["name"],
): [title: string, where: string][] {
  const { ports } = settings;
  const console = addressOf("console", ports);
  if (runtime === "native") {
    return [["Console", `${console}, and http://localhost:${ports.kafkaUi}`]];
  }
  return [
    ["Kafka UI", addressOf("kafka-ui", ports)],
    ["Console", hasAllInContainers(settings) ? console : taskCommand("console")],
  ];
}

/** The end of `--airflow-start`. */
export function airflowAccessPoints({ ports, airflow }: Settings): string[] {
  const url = addressOf("airflow", ports);
  return [
    "✅ Airflow started!",
    `   Page: ${url} (user ${airflow.username}, password ${
      airflow.password === variables.AIRFLOW_PASSWORD.default
        ? airflow.password
        : "AIRFLOW_PASSWORD"
    })`,
    `   It checks for landed files every minute; immediately if the consumer is started with AIRFLOW_API_URL=${url}`,
  ];
}
