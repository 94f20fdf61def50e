import type { Kafka } from "kafkajs";
import { connectPublisher } from "../../producers/publisher.ts";
import { createSimulation } from "../../producers/simulation.ts";
import { pause } from "../../shared/backoff.ts";
import { type Event, topicOf, types } from "../../shared/events.ts";
import type { Settings } from "../../shared/settings.ts";

/** Events of which it is known whether they can be landed. */
export interface Traffic {
  readonly good: Set<string>;
  readonly bad: Set<string>;
}

/** Every so manieth event has a time that does not exist, and has to become a dead letter. */
const BAD_EVERY = 211;

/**
 * Publishes so many events over so many seconds, all six types, each exactly once whatever happens to
 * the broker meanwhile.
 */
export async function publishTraffic(
  kafka: Kafka,
  settings: Settings,
  options: { events: number; seconds: number; seed: number; signal: AbortSignal },
): Promise<Traffic> {
  const { events, seconds, seed, signal } = options;
  const partitions = new Map(
    types.map((type) => [topicOf(type, settings.topicPrefix), settings.partitions]),
  );
  await using publisher = await connectPublisher(kafka, {
    settings,
    partitions,
    giveUp: signal,
    onWait() {},
    onBack() {},
    warn: (message) => console.error(message),
  });
  const traffic: Traffic = { good: new Set(), bad: new Set() };
  const simulation = createSimulation(types, { seed, interval: 1 });
  const begun = performance.now();
  for (let made = 0; made < events;) {
    const due = Math.min(
      events,
      Math.ceil(events * (performance.now() - begun) / (seconds * 1000)),
    );
    const batch: Event[] = [];
    for (; made < due; made += types.length) batch.push(...simulation.round());
    await publisher.publish(batch.map(spoilSome), () => Promise.resolve());
    await pause(50, signal);
  }
  return traffic;

  function spoilSome(event: Event): Event {
    const count = traffic.good.size + traffic.bad.size;
    const isBad = count % BAD_EVERY === BAD_EVERY - 1;
    (isBad ? traffic.bad : traffic.good).add(event.event_id);
    return isBad ? { ...event, timestamp: "2026-02-30T25:00:00" } : event;
  }
}
