import { CreateBucketCommand } from "@aws-sdk/client-s3";
import type { ServiceName } from "../../infra/runtime.ts";
import { pause } from "../../shared/cli/backoff.ts";
import { rootMessage } from "../../shared/cli/errors.ts";
import { retry } from "../../shared/cli/retry.ts";
import { s3Proxy } from "../integration/s3_proxy.ts";
import { type Sandbox, sandbox } from "../integration/sandbox.ts";
import { freePorts } from "../integration/settings.ts";
import { Downstream } from "./downstream.ts";
import type { Victims } from "./fault.ts";
import { LOADER_KILLED, PRODUCER_KILLED } from "./faults.ts";
import { Fleet } from "./fleet.ts";
import { OTHERS_TYPES } from "./kafka_faults.ts";
import type { TortureOptions } from "./options.ts";
import { Other } from "./others.ts";
import { S3Faults } from "./s3_faults.ts";
import { tortureServices } from "./services.ts";
import { tcpProxy } from "./tcp_proxy.ts";
import { Topics } from "./topics.ts";
import { Traffic } from "./traffic.ts";

const START_TRIES = 3;
/** Of 4 files, how many are left to the loader if there is one. */
const LOADERS_SHARE = 1;

/** All that runs in a torture run. Disposing ends it. */
export interface World extends Victims, AsyncDisposable {
  readonly box: Sandbox;
  readonly downstream: Downstream;
  /** Takes back what lasts. */
  readonly calmDown: () => Promise<void>;
}

/** Starts all but the consumers. */
export async function createWorld(
  { events, seconds, seed, faults }: TortureOptions,
  random: Victims["random"],
  signal: AbortSignal,
): Promise<World> {
  await using starting = new AsyncDisposableStack();
  // The broker tells its clients the proxy's port: all connections go through it.
  const [kafkaPort, proxyPort] = freePorts(2);
  const kafkaProxy = starting.use(await tcpProxy(proxyPort!, kafkaPort!));
  const services = starting.use(
    await tortureServices({
      kafkaPort: kafkaPort!,
      advertisedPort: proxyPort!,
      diskMib: 256 + Math.ceil(events / 1_000),
    }),
  );
  const s3Faults = new S3Faults();
  const proxiedS3 = starting.use(await s3Proxy(services.settings.ports.s3, s3Faults.decide));
  const s3Line = starting.use(
    await tcpProxy(0, Number(new URL(proxiedS3.env.AWS_ENDPOINT_URL_S3!).port)),
  );
  const box = starting.use(await sandbox("torture", { on: services }));
  const { settings, kafka, s3 } = box;
  const env = {
    ...box.env,
    ...proxiedS3.env,
    AWS_ENDPOINT_URL_S3: `http://localhost:${s3Line.port}`,
    KAFKA_BROKERS: `localhost:${proxyPort}`,
    SESSION_TIMEOUT: "6",
    STATUS_PORT: "",
  };
  await s3.send(new CreateBucketCommand({ Bucket: settings.archiveBucket }));
  const topics = new Topics(kafka, settings);
  await topics.make();
  const traffic = new Traffic(kafka, settings, topics, { events, seconds, seed, signal });
  const isChosen = (name: string) => faults.some((fault) => fault.name === name);
  const other = (script: string, args: string[], permissions: string) =>
    starting.use(new Other(script, args, { permissions, env }));
  const loader = isChosen(LOADER_KILLED)
    ? other("warehouse/main.ts", ["--watch"], "loader")
    : undefined;
  const producer = isChosen(PRODUCER_KILLED)
    ? other("producers/all.ts", ["--interval", "0.1", "--type", OTHERS_TYPES.join(",")], "producer")
    : undefined;
  const downstream = new Downstream(s3, settings, {
    lifeOf: (id) => traffic.published.get(id)?.life,
    share: loader ? LOADERS_SHARE : 0,
  });
  const fleet = starting.use(new Fleet(env, random));
  const lasting = new Set<() => Promise<void>>();
  const all = starting.move();

  return {
    box,
    fleet,
    topics,
    traffic,
    downstream,
    loader,
    producer,
    s3Faults,
    s3Line,
    kafkaProxy,
    disk: services.disk,
    random,
    async restart(name: ServiceName, how) {
      await services[how](name);
      await pause(random(3_000), signal);
      // A broker may fail to start at the moment when ZooKeeper forgets its predecessor.
      await retry(() => services.start(name), {
        maxAttempts: START_TRIES,
        onRetry: (error) =>
          console.log(`${name} did not start, trying again: ${rootMessage(error)}`),
      });
    },
    later(ms, takeBack) {
      let done: Promise<void> | undefined;
      const once = () => done ??= Promise.resolve(takeBack()).then(() => void lasting.delete(once));
      lasting.add(once);
      setTimeout(() => once().catch(() => {/* calmDown() throws it. */}), ms);
    },
    async calmDown() {
      s3Faults.stop();
      await Promise.all([...lasting].map((takeBack) => takeBack()));
      // A full disk keeps S3 from starting.
      await services.runtime.start({ log: console.log });
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
