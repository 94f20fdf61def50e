import { en, Faker } from "@faker-js/faker";
import type { ServiceName } from "../../infra/runtime.ts";
import { deadLetterTopic } from "../../shared/events.ts";
import { pause } from "../../shared/backoff.ts";
import { rootMessage } from "../../shared/errors.ts";
import { runEntry } from "../../shared/entry.ts";
import { connectAdmin, ensureTopics } from "../../shared/kafka.ts";
import { Option, parseOptions, positiveInteger } from "../../shared/options.ts";
import { readTopic } from "../../shared/topic_reader.ts";
import { s3Proxy } from "../integration/s3_proxy.ts";
import { sandbox } from "../integration/sandbox.ts";
import { ownServices } from "../integration/services.ts";
import { freePorts } from "../integration/settings.ts";
import { Downstream } from "./downstream.ts";
import { pickFault } from "./faults.ts";
import { Fleet } from "./fleet.ts";
import { S3Faults } from "./s3_faults.ts";
import { isExact, tallyOf, tallyText } from "./tally.ts";
import { tcpProxy } from "./tcp_proxy.ts";
import { publishTraffic } from "./traffic.ts";

interface Options extends Record<string, unknown> {
  events: number;
  seconds: number;
  seed: number;
}

const options = [
  new Option("--events <n>", "events to publish").default(200_000).argParser(positiveInteger),
  new Option("--seconds <n>", "how long faults strike").default(300).argParser(positiveInteger),
  new Option("--seed <n>", "of events and faults; by lot if not given").argParser(positiveInteger),
];

/** The longest wait for the last events after the faults, in ms. */
const PATIENCE_MS = 180_000;
const START_TRIES = 3;
/** No more consumers than this at once, and never less than one that is awake. */
const MAX_CONSUMERS = 4;

await runEntry(async (signal) => {
  const { events, seconds, seed = Math.ceil(Math.random() * 1e9) } = parseOptions<Options>(
    "torture",
    "Does to consumers, Kafka and S3 what production does, and counts every event.",
    options,
    Deno.args,
  );
  const lots = new Faker({ locale: [en], seed });
  const random = (below: number) => below <= 0 ? 0 : lots.number.int({ max: below - 1 });
  console.log(`Torture: ${events} events over ${seconds} s, seed ${seed}`);

  // The broker tells its clients the proxy's port: all connections go through it.
  const [kafkaPort, proxyPort] = freePorts(2);
  await using kafkaProxy = await tcpProxy(proxyPort!, kafkaPort!);
  await using services = await ownServices("torture", undefined, {
    env: { KAFKA_PORT: String(kafkaPort) },
    kafkaAdvertisedPort: proxyPort,
  });
  const s3Faults = new S3Faults();
  await using proxiedS3 = await s3Proxy(services.settings.ports.s3, s3Faults.decide);
  await using box = await sandbox("torture", { on: services });
  const { settings, kafka } = box;
  {
    await using admin = await connectAdmin(kafka, settings);
    await ensureTopics(admin, settings);
  }
  await using fleet = new Fleet(
    {
      ...box.env,
      ...proxiedS3.env,
      KAFKA_BROKERS: `localhost:${proxyPort}`,
      SESSION_TIMEOUT: "6",
      STATUS_PORT: "",
    },
    random,
  );
  const downstream = new Downstream(box.s3, settings.bucket);
  const traffic = publishTraffic(kafka, settings, { events, seconds, seed, signal });
  const strikes = new Map<string, number>();
  const restart = async (name: ServiceName, how: "kill" | "stop") => {
    await services[how](name);
    await pause(random(3_000), signal);
    for (let attempt = 1;; attempt++) {
      try {
        return await services.start(name);
      } catch (error) {
        // A broker may fail to start in the moment in which ZooKeeper forgets its predecessor.
        if (attempt === START_TRIES) throw error;
        console.log(`${name} did not start, trying again: ${rootMessage(error)}`);
      }
    }
  };

  fleet.add();
  fleet.add();
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    await pause(500 + random(2_500), signal);
    const fault = pickFault(random);
    if (fleet.size >= MAX_CONSUMERS && fault.name.startsWith("a consumer")) continue;
    console.log(`${Math.round((end - performance.now()) / 1000)} s left: ${fault.name}`);
    strikes.set(fault.name, (strikes.get(fault.name) ?? 0) + 1);
    await fault.strike({ fleet, s3Faults, kafkaProxy, restart, random });
    while (fleet.size < 2) fleet.add();
    while (fleet.size > MAX_CONSUMERS) {
      if (!fleet.signal("SIGKILL")) break;
      await pause(100, signal);
    }
  }

  console.log("The faults are over: waiting for the rest to land");
  const { good, bad } = await traffic;
  fleet.add();
  const deadline = performance.now() + PATIENCE_MS;
  while (downstream.rows.size < good.size && performance.now() < deadline) await pause(200, signal);
  await fleet.end();
  await downstream.end();

  await using admin = await connectAdmin(kafka, settings);
  const letters = await readTopic(kafka, admin, deadLetterTopic(settings.topicPrefix));
  const deadLetters = new Set(
    letters.map(({ message }) => JSON.parse(String(message.value)).event_id as string),
  );
  const { rows, reused, files } = downstream;
  const tally = tallyOf({ good, bad, rows, deadLetters, files, reused });
  for (const line of tallyText(tally, strikes)) console.log(line);
  if (isExact(tally)) return console.log("✅ Every event landed exactly once");
  console.error(`✗ lost: ${tally.lost.slice(0, 50).join(" ")}`);
  console.error(`✗ repeated: ${tally.repeated.slice(0, 50).join(" ")}`);
  console.error(`✗ overwritten: ${tally.overwritten.slice(0, 50).join(" ")}`);
  console.error(
    `  → repeat with: deno task torture --events ${events} --seconds ${seconds} --seed ${seed}`,
  );
  return 1;
});
