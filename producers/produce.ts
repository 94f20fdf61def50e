import type { Kafka } from "kafkajs";
import { loadSettings } from "../shared/environment.ts";
import { rootMessage, UserError } from "../shared/errors.ts";
import { type Event, topicOf, type Type, types } from "../shared/events.ts";
import { exitCodeOf } from "../shared/interruption.ts";
import { connectAdmin, ensureTopics, kafkaClient } from "../shared/kafka.ts";
import { READER_GONE } from "../shared/printing.ts";
import { registerRunning } from "../shared/running.ts";
import type { Settings } from "../shared/settings.ts";
import { ensureIdTopic } from "./id_topic.ts";
import { later } from "./later.ts";
import { parseProducerOptions, type ProducerOptions } from "./options.ts";
import { createOutput } from "./output.ts";
import { pace } from "./pace.ts";
import type { Partitions } from "./partitions.ts";
import { connectPublisher } from "./publisher.ts";
import { reserveIds } from "./reserve_ids.ts";
import { createSimulation } from "./simulation.ts";

/** Events of a system that are published in one go at most. */
const BATCH = 1_000;
/** Ids with one prefix that a round of events takes at most. */
const IDS_PER_ROUND = 4;
const IDS_BY_LOT =
  "Ids begin by lot: Kafka does not let this client use a topic producer_ids_…, which would keep those of two runs apart";
/** How long events in flight may still take when the program has been told to stop, in ms. */
const GRACE_MS = 10_000;

/**
 * What every producer does: publishes the events of some simulated systems at their pace, each
 * printed when it is acknowledged, until the count is reached or the signal aborts.
 *
 * @param options.name how the script is called, for the help
 * @param options.type the one system of the script; without it, `--type` chooses
 * @returns the exit code: without a count, being stopped is its end, and 0
 * @throws {UserError} when Kafka cannot be reached at the start, or refuses an event
 */
export async function produce(
  args: readonly string[],
  options: { name: string; type?: Type; signal: AbortSignal },
): Promise<number> {
  const parsed = parseProducerOptions(args, options);
  const settings = loadSettings();
  const kafka = kafkaClient(settings, "producer");
  await using _registered = await registerRunning(settings.runtimeDir, { role: "producer" });

  const closed = new AbortController();
  const print = createOutput(() => closed.abort());
  const signal = AbortSignal.any([options.signal, closed.signal]);
  const published = await publishAll(parsed, { settings, kafka, print, signal });
  const wanted = parsed.count === undefined ? undefined : parsed.count * parsed.types.length;
  const isDone = published === wanted;
  const of = wanted === undefined || isDone ? "" : ` of ${wanted}`;
  await print(`${isDone ? "Done" : "Stopped"}: ${published}${of} events published\n`);
  if (closed.signal.aborted) return READER_GONE;
  return wanted === undefined || isDone ? 0 : exitCodeOf(signal);
}

/** Publishes until the count is reached or `signal` aborts; gives how many were acknowledged. */
async function publishAll(
  { interval, count, seed, types }: ProducerOptions,
  { settings, kafka, print, signal }: {
    settings: Settings;
    kafka: Kafka;
    print: (text: string) => Promise<void>;
    signal: AbortSignal;
  },
): Promise<number> {
  const waiting = `Waiting for Kafka at ${settings.brokers.join(", ")}`;
  const onWait = (why: string) => console.error(`${waiting}: ${why}`);
  const warn = (message: string) => console.error(message);
  const topics = await prepareTopics(kafka, { settings, seed, signal, onWait }).catch((error) => {
    // Stopped before it had begun.
    if (error !== signal.reason) throw error;
  });
  if (!topics) return 0;
  const { partitions, idTopic } = topics;
  await using publisher = await connectPublisher(kafka, {
    settings,
    partitions,
    giveUp: later(signal, GRACE_MS),
    onWait,
    onBack: () => console.error("Kafka is back"),
    warn,
  });

  let published = 0;
  const onAck = (events: readonly Event[]) =>
    print(
      events.map((event) => `✓ Published ${event.event_type}_#${++published}: ${event.event_id}\n`)
        .join(""),
    );
  let inFlight: Promise<void> | undefined;
  try {
    const append = async (count: number) => {
      await inFlight;
      return await publisher.append(idTopic!, count);
    };
    const blocks = idTopic ? await reserveIds(idTopic, append) : undefined;
    if (seed === undefined && !blocks) warn(IDS_BY_LOT);
    const simulation = createSimulation(types, { seed, interval, ids: blocks?.id });
    for await (const due of pace({ interval, count, limit: BATCH, signal })) {
      await blocks?.ensure(due * IDS_PER_ROUND);
      const events = Array.from({ length: due }, () => simulation.round()).flat();
      await inFlight;
      inFlight = publisher.publish(events, onAck);
      // Without a pause in between, the next events are made while these are on their way.
      if (interval > 0) await inFlight;
    }
    await inFlight;
  } catch (error) {
    if (!signal.aborted || error instanceof UserError) throw error;
    throw new UserError(
      `Stopped after ${published} events: Kafka did not acknowledge the next in time (${
        rootMessage(error)
      })`,
      "these may or may not be in their topics; all that were printed are",
    );
  }
  return published;
}

/** Makes sure that the topics are there, and counts the partitions of those of events. */
async function prepareTopics(
  kafka: Kafka,
  options: {
    settings: Settings;
    seed?: number;
    signal: AbortSignal;
    onWait: (why: string) => void;
  },
): Promise<{ partitions: Partitions; idTopic: string | undefined }> {
  const { settings, seed, signal, onWait } = options;
  await using admin = await connectAdmin(kafka, settings, {
    signal,
    onRetry: (why) => onWait(rootMessage(why)),
  });
  await ensureTopics(admin, settings, signal);
  const wanted = types.map((type) => topicOf(type, settings.topicPrefix));
  const { topics } = await admin.fetchTopicMetadata({ topics: wanted });
  return {
    partitions: new Map(topics.map(({ name, partitions }) => [name, partitions.length])),
    // The same seed repeats the same ids, on purpose.
    idTopic: seed === undefined
      ? await ensureIdTopic(admin, settings.topicPrefix, signal)
      : undefined,
  };
}
