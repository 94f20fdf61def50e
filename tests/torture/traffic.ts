import type { Kafka } from "kafkajs";
import { connectPublisher, type Publisher } from "../../producers/publishing/publisher.ts";
import { createSimulation } from "../../producers/simulation/simulation.ts";
import { pause } from "../../shared/cli/backoff.ts";
import { type Event, topicOf, type Type, types } from "../../shared/catalogue/events.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import type { PublishedEvent } from "./evidence.ts";
import type { Topics } from "./topics.ts";

/** Every so manieth event has a time that does not exist, and has to become a dead letter. */
const BAD_EVERY = 211;
/** Events that are published at once at the most. */
const PORTION = 1_000;

/**
 * Publishes events of all six types, each exactly once whatever happens to the broker meanwhile, and
 * knows each of them.
 */
export class Traffic {
  /** By event id. */
  readonly published = new Map<string, PublishedEvent>();
  /** Resolves when all is published. */
  readonly done: Promise<void>;
  readonly #simulation;
  #publisher: Promise<Publisher>;
  /** What is done to the topics and what is published to them take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly kafka: Kafka,
    private readonly settings: Settings,
    private readonly topics: Topics,
    private readonly options: {
      events: number;
      seconds: number;
      seed: number;
      signal: AbortSignal;
    },
  ) {
    this.#simulation = createSimulation(types, { seed: options.seed, interval: 1 });
    this.#publisher = this.#connect();
    this.done = this.#run();
    this.done.catch(() => {/* Whoever awaits it gets it. */});
  }

  /** Changes a topic while nothing of ours is on its way to it. */
  change(change: () => Promise<void>): Promise<void> {
    return this.#exclusive(async () => {
      await (await this.#publisher)[Symbol.asyncDispose]();
      try {
        await change();
      } finally {
        this.#publisher = this.#connect();
      }
    });
  }

  /** Publishes so many events of a type at once, beyond the others. */
  burst(type: Type, count: number): Promise<void> {
    return this.#publish(
      Array.from({ length: count }, () => this.#simulation.round()).flat()
        .filter(({ event_type }) => event_type === type),
    );
  }

  async #run(): Promise<void> {
    const { events, seconds, signal } = this.options;
    const begun = performance.now();
    for (let made = 0; made < events;) {
      const share = (performance.now() - begun) / (seconds * 1000);
      const due = Math.min(events, Math.ceil(events * share));
      const batch: Event[] = [];
      for (; made < due; made += types.length) batch.push(...this.#simulation.round());
      await this.#publish(batch);
      await pause(50, signal);
    }
  }

  async #publish(events: readonly Event[]): Promise<void> {
    for (let i = 0; i < events.length; i += PORTION) {
      await this.#exclusive(async () => {
        const batch = events.slice(i, i + PORTION).map((event) => this.#note(event));
        await (await this.#publisher).publish(batch, () => Promise.resolve());
      });
    }
  }

  /** Spoils some, and notes into which life of its topic an event goes. */
  #note(event: Event): Event {
    const bad = this.published.size % BAD_EVERY === BAD_EVERY - 1;
    const topic = topicOf(event.event_type as Type, this.settings.topicPrefix);
    this.published.set(event.event_id, { topic, life: this.topics.lifeOf(topic), bad });
    return bad ? { ...event, timestamp: "2026-02-30T25:00:00" } : event;
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  #connect(): Promise<Publisher> {
    const publisher = connectPublisher(this.kafka, {
      settings: this.settings,
      partitions: this.topics.partitions,
      giveUp: this.options.signal,
      onWait() {},
      onBack() {},
      warn: (message) => console.error(message),
    });
    publisher.catch(() => {/* Whoever publishes next gets it. */});
    return publisher;
  }
}
