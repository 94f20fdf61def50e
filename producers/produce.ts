import type { Kafka } from "kafkajs";
import { loadSettings } from "../shared/environment.ts";
import { rootMessage, UserError } from "../shared/errors.ts";
import { type Event, topicOf, type Type, types } from "../shared/events.ts";
import { connectAdmin, ensureTopics, kafkaClient } from "../shared/kafka.ts";
import { registerRunning } from "../shared/running.ts";
import type { Settings } from "../shared/settings.ts";
import { parseProducerOptions } from "./options.ts";
import { createOutput } from "./output.ts";
import { pace } from "./pace.ts";
import type { Partitions } from "./partitions.ts";
import { connectPublisher } from "./publisher.ts";
import { createSimulation } from "./simulation.ts";

/** Events of a system that are published in one go at most. */
const BATCH = 1_000;
/** How long events in flight may still take when the program has been told to stop, in ms. */
const GRACE_MS = 10_000;

/**
 * What every producer does: publishes the events of some simulated systems at their pace, each
 * printed when it is acknowledged, until the count is reached or the signal aborts.
 *
 * @param options.name how the script is called, for the help
 * @param options.type the one system of the script; without it, `--type` chooses
 * @throws {UserError} when Kafka cannot be reached at the start, or refuses an event
 */
export async function produce(
  args: readonly string[],
  options: { name: string; type?: Type; signal: AbortSignal },
): Promise<void> {
  const { interval, count, seed, types } = parseProducerOptions(args, options);
  const settings = loadSettings();
  const kafka = kafkaClient(settings, "producer");
  await using _registered = await registerRunning(settings.runtimeDir, { role: "producer" });

  const closed = new AbortController();
  const print = createOutput(() => closed.abort());
  const signal = AbortSignal.any([options.signal, closed.signal]);
  const waiting = `Waiting for Kafka at ${settings.brokers.join(", ")}`;
  const onWait = (why: string) => console.error(`${waiting}: ${why}`);
  const partitions = await prepareTopics(kafka, { settings, signal, onWait });
  await using publisher = await connectPublisher(kafka, {
    settings,
    partitions,
    giveUp: later(signal, GRACE_MS),
    onWait,
    onBack: () => console.error("Kafka is back"),
    warn: (message) => console.error(message),
  });

  let published = 0;
  const onAck = (events: readonly Event[]) =>
    print(
      events.map((event) => `✓ Published ${event.event_type}_#${++published}: ${event.event_id}\n`)
        .join(""),
    );
  const simulation = createSimulation(types, { seed, interval });
  let inFlight: Promise<void> | undefined;
  try {
    for await (const due of pace({ interval, count, limit: BATCH, signal })) {
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
  await print(`${signal.aborted ? "Stopped" : "Done"}: ${published} events published\n`);
}

/** Makes sure that the topics are there, and counts their partitions. */
async function prepareTopics(
  kafka: Kafka,
  options: { settings: Settings; signal: AbortSignal; onWait: (why: string) => void },
): Promise<Partitions> {
  const { settings, signal, onWait } = options;
  await using admin = await connectAdmin(kafka, settings, { signal, onRetry: onWait });
  await ensureTopics(admin, settings, signal);
  const wanted = types.map((type) => topicOf(type, settings.topicPrefix));
  const { topics } = await admin.fetchTopicMetadata({ topics: wanted });
  return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
}

/** A signal that aborts some time after another one. */
function later(signal: AbortSignal, ms: number): AbortSignal {
  const controller = new AbortController();
  signal.addEventListener("abort", () => {
    const timer = setTimeout(
      () => controller.abort(new Error(`no answer for ${ms / 1_000} s`)),
      ms,
    );
    Deno.unrefTimer(timer);
  }, { once: true });
  return controller.signal;
}
