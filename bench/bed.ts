import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { types } from "../shared/catalogue/events.ts";
import { UserError } from "../shared/cli/errors.ts";
import { s3Client } from "../shared/s3/client.ts";
import { program } from "../tests/integration/program.ts";
import { type OwnServices, ownServices } from "../tests/integration/services.ts";
import { unique } from "../tests/integration/settings.ts";

/** Services of the bench's own, with events of our producers waiting in Kafka. */
export interface Bed extends AsyncDisposable {
  readonly own: OwnServices;
  /** Events that wait. */
  readonly events: number;
  /** Process ids of Kafka and ZooKeeper. */
  readonly brokers: readonly number[];
  /** Process id of the S3 server. */
  readonly s3: number;
  /** Makes an empty bucket: its name, and the folder in which the S3 server keeps it. */
  bucket(): Promise<{ name: string; folder: string }>;
}

/**
 * Starts the services, and publishes so many events, once for all runs.
 *
 * @param options.partitions of each topic
 * @param options.publish by default our producers do: the same number of each type
 */
export async function makeBed(
  events: number,
  { partitions, publish = runProducers }: {
    partitions?: number;
    publish?: (own: OwnServices, events: number) => Promise<void>;
  } = {},
): Promise<Bed> {
  const env = partitions === undefined ? undefined : { KAFKA_PARTITIONS: String(partitions) };
  await using stack = new AsyncDisposableStack();
  const own = stack.use(await ownServices("bench", ["zookeeper", "kafka", "s3"], { env }));
  const states = await own.runtime.status();
  const pidOf = (name: string) => {
    const pid = states.find((service) => service.name === name)?.pid;
    if (pid !== undefined) return pid;
    throw new UserError(
      `Cannot measure ${name}: it is no process of this machine`,
      "use RUNTIME=native: what runs in containers cannot be told apart in /proc",
    );
  };
  const bed: Bed = {
    own,
    events,
    brokers: [pidOf("kafka"), pidOf("zookeeper")],
    s3: pidOf("s3"),
    async bucket() {
      const name = `bench-${unique()}`;
      const s3 = s3Client(own.settings);
      await s3.send(new CreateBucketCommand({ Bucket: name }));
      s3.destroy();
      return { name, folder: `${own.settings.runtimeDir}/data/s3/${name}` };
    },
    [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
  };
  await publish(own, events);
  stack.move();
  return bed;
}

async function runProducers({ env }: OwnServices, events: number): Promise<void> {
  const args = ["--interval", "0", "--count", String(events / types.length)];
  await using run = program("producers/all.ts", args, { permissions: "producer", env });
  const { code, stderr } = await run.ended(3_600_000);
  if (code !== 0) throw new Error(stderr);
}
