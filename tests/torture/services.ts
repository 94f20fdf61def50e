import { resolve } from "node:path";
import { prepareJava } from "../../infra/java.ts";
import { brokerProperties, kafkaBroker } from "../../infra/kafka_broker.ts";
import { nativeRuntime } from "../../infra/native.ts";
import type { DefineService } from "../../infra/native_service.ts";
import { postgres } from "../../infra/postgres.ts";
import { versitygw } from "../../infra/versitygw.ts";
import { zookeeper } from "../../infra/zookeeper.ts";
import { type OwnServices, ownServices } from "../integration/services.ts";
import { uniqueFolder } from "../integration/settings.ts";
import { type SmallDisk, smallDisk } from "./small_disk.ts";

/** The services of a torture run, and the disk that S3 has for itself where there can be one. */
export interface TortureServices extends OwnServices {
  readonly disk: SmallDisk | undefined;
}

/**
 * Starts them (native runtime only).
 *
 * @param options.kafkaPort where the broker listens; it tells its clients `advertisedPort`
 * @param options.diskMib the size of S3's disk
 */
export async function tortureServices(
  options: { kafkaPort: number; advertisedPort: number; diskMib: number },
): Promise<TortureServices> {
  await using starting = new AsyncDisposableStack();
  const disk = await smallDisk(options.diskMib);
  if (disk) starting.use(disk);
  const RUNTIME_DIR = uniqueFolder("torture");
  if (disk) {
    await Deno.mkdir(`${RUNTIME_DIR}/data`, { recursive: true });
    await Deno.symlink(disk.folder, resolve(RUNTIME_DIR, "data/s3"));
  }
  const services = starting.use(
    await ownServices("torture", undefined, {
      env: { KAFKA_PORT: String(options.kafkaPort), RUNTIME_DIR },
      kafkaAdvertisedPort: options.advertisedPort,
      runtime: (settings) =>
        nativeRuntime(settings, { services: [zookeeper, eagerBroker, versitygw, postgres] }),
    }),
  );
  const all = starting.move();
  return { ...services, disk, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** The services' broker, but it looks every half second whether retention has something to delete. */
const eagerBroker: DefineService = (settings, folders) => {
  const broker = kafkaBroker(settings, folders);
  return {
    ...broker,
    async prepare(options) {
      // For the data folder; the properties are written again.
      await broker.prepare(options);
      const properties = {
        ...brokerProperties(settings, `${folders.runtimeDir}/data/kafka`),
        "log.retention.check.interval.ms": 500,
        "log.segment.delete.delay.ms": 500,
      };
      const main = { class: "kafka.Kafka", heap: 512, properties };
      return await prepareJava("kafka", main, folders, options);
    },
  };
};
