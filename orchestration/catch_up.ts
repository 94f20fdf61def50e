import type { Admin } from "kafkajs";
import { until } from "../shared/cli/until.ts";
import { topicOf, types } from "../shared/catalogue/events.ts";
import { connectAdmin, kafkaClient } from "../shared/kafka/client.ts";
import { listRunning } from "../shared/cli/running.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { consumerStatus } from "../consumer/status/ask_status.ts";

/** How often consumers are asked for their positions, in ms. */
const POLL_MS = 100;
/** How long programs that are being stopped may read on, in ms. */
export const STOP_TIMEOUT_MS = 10_000;
/** After how long it is reported that a consumer is still reading, in ms. */
export const ANNOUNCE_AFTER_MS = 1_000;

/** The offset after the last event of each partition, by topic. */
type Ends = ReadonlyMap<string, ReadonlyMap<number, number>>;

/**
 * Waits until the consumers of this machine have read all that the topics hold at this moment, each
 * of its own partitions. Where none runs, nothing is waited for.
 *
 * @param options.consumers how many are known to run: so many are waited for, which may be about to
 *   make themselves known
 * @param options.timeout how long, in ms
 * @returns false if they have not in that time
 * @throws `signal.reason` when aborted; kafkajs' errors
 */
export async function catchUp(
  admin: Admin,
  settings: Settings,
  options: { consumers?: number; timeout?: number; signal?: AbortSignal } = {},
): Promise<boolean> {
  const { consumers = 0, timeout = Infinity, signal } = options;
  const ends = await fetchEnds(admin, settings);
  const haveAll = () => haveRead(settings, ends, consumers);
  return await until(haveAll, { timeout, interval: POLL_MS, signal });
}

/**
 * Gives consumers the time to read what producers have published, before they are stopped too: some
 * seconds, and none while Kafka does not answer. What they have not read then is not lost; it is
 * said.
 */
export async function catchUpToStop(
  settings: Settings,
  { log, consumers, signal }: {
    log: (line: string) => void;
    consumers?: number;
    signal?: AbortSignal;
  },
): Promise<void> {
  try {
    const kafka = kafkaClient(settings, "orchestrator");
    await using admin = await connectAdmin(kafka, settings, { timeout: 0, signal });
    if (await catchUp(admin, settings, { consumers, timeout: ANNOUNCE_AFTER_MS, signal })) return;
    log("The consumer catches up, to land what was published…");
    if (await catchUp(admin, settings, { consumers, timeout: STOP_TIMEOUT_MS, signal })) return;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    // Without Kafka there is nothing to read.
    log(`Stopped catching up: ${error instanceof Error ? error.message : error}`);
    return;
  }
  log("The consumer could not catch up in time: the next consumer lands the rest");
}

async function fetchEnds(admin: Admin, settings: Settings): Promise<Ends> {
  const present = new Set(await admin.listTopics());
  const topics = types.map((type) => topicOf(type, settings.topicPrefix));
  return new Map(
    await Promise.all(
      topics.filter((topic) => present.has(topic)).map(async (topic) => {
        const offsets = await admin.fetchTopicOffsets(topic);
        return [topic, new Map(offsets.map((one) => [one.partition, Number(one.high)]))] as const;
      }),
    ),
  );
}

async function haveRead(settings: Settings, ends: Ends, least: number): Promise<boolean> {
  const consumers = (await listRunning(settings.runtimeDir)).filter(({ role }) =>
    role === "consumer"
  );
  const read = await Promise.all(consumers.map(async ({ statusPort }) => {
    const status = statusPort ? await consumerStatus(statusPort) : undefined;
    const topics = Object.entries(status?.assignment ?? {});
    // Without any it is about to get its partitions.
    return topics.length > 0 &&
      topics.every(([topic, positions]) =>
        Object.entries(positions).every(([partition, next]) =>
          next >= (ends.get(topic)?.get(Number(partition)) ?? 0)
        )
      );
  }));
  return read.length >= least && read.every(Boolean);
}
