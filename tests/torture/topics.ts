import { type Admin, ConfigResourceTypes, type Kafka } from "kafkajs";
import { retry } from "../../shared/cli/retry.ts";
import { until as poll } from "../../shared/cli/until.ts";
import { deadLetterTopic, topicOf, types } from "../../shared/catalogue/events.ts";
import { decodeRecord } from "../../shared/formats/plan.ts";
import { connectAdmin, ensureTopics } from "../../shared/kafka/client.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { until } from "../integration/wait.ts";
import type { Log } from "./evidence.ts";
import { fetchPartitionOffsets } from "./partition_offsets.ts";

const RETENTION_LOOK_MS = 200;
/** A configuration that was set has to be taken back, whatever happens to the broker meanwhile. */
const CONFIGURE_TRIES = 20;

/** The topics of the events: what is done to them, and the logs that they have, and had. */
export class Topics {
  /** How many partitions each topic has. */
  readonly partitions = new Map<string, number>();
  /** Topics that were recreated after offsets of others had come to tell their ids. */
  readonly remade = new Set<string>();
  readonly deadLetters: string;
  #over: Log[] = [];
  #lives = new Map<string, number>();
  /** Up to where records were deleted by request, by `topic/partition` of the present life. */
  #deletedTo = new Map<string, number>();

  constructor(private readonly kafka: Kafka, private readonly settings: Settings) {
    for (const topic of this.all) this.partitions.set(topic, settings.partitions);
    this.deadLetters = deadLetterTopic(settings.topicPrefix);
  }

  get all(): string[] {
    return types.map((type) => topicOf(type, this.settings.topicPrefix));
  }

  /** The number of a topic's present life, from 0. */
  lifeOf(topic: string): number {
    return this.#lives.get(topic) ?? 0;
  }

  /** Makes those that are missing. */
  async make(): Promise<void> {
    await this.#ask((admin) => ensureTopics(admin, this.settings));
  }

  /** Deletes records of every partition: some that were read, and some of those that were not. */
  async deleteRecords(topic: string, random: (below: number) => number): Promise<number> {
    return await this.#ask(async (admin) => {
      let unread = 0;
      const partitions = (await fetchPartitionOffsets(admin, this.settings.group, topic)).flatMap(
        (place) => {
          const read = Math.max(place.low, Math.min(place.committed, place.high));
          const to = read + random(place.high - read + 1);
          if (to <= place.low) return [];
          unread += to - read;
          return [{ partition: place.partition, offset: String(to) }];
        },
      );
      if (partitions.length > 0) await admin.deleteTopicRecords({ topic, partitions });
      for (const { partition, offset } of partitions) {
        this.#deletedTo.set(`${topic}/${partition}`, Number(offset));
      }
      return unread;
    });
  }

  /**
   * Deletes a topic and makes it again. Nobody may publish to it meanwhile.
   *
   * @returns how many records the old one had
   */
  async remake(topic: string): Promise<number> {
    return await this.#ask(async (admin) => {
      const life = this.lifeOf(topic);
      const logs = (await this.#logs(admin, topic)).map((log) => ({ ...log, over: true }));
      const isKnown = await this.#isKnown(admin, topic);
      await admin.deleteTopics({ topics: [topic] });
      if (isKnown) this.remade.add(topic);
      this.#over.push(...logs);
      this.#lives.set(topic, life + 1);
      this.partitions.set(topic, this.settings.partitions);
      for (const { partition } of logs) this.#deletedTo.delete(`${topic}/${partition}`);
      // A consumer that starts just now may make it before us.
      await ensureTopics(admin, this.settings);
      return logs.reduce((sum, { high }) => sum + high, 0);
    });
  }

  /**
   * Whether the group knows the topic beyond its own offsets, which Kafka deletes with it: else nothing
   * is left that could tell that it was recreated.
   */
  async #isKnown(admin: Admin, topic: string): Promise<boolean> {
    const type = types[this.all.indexOf(topic)]!;
    const others = this.all.filter((other) => other !== topic);
    const offsets = await admin.fetchOffsets({ groupId: this.settings.group, topics: others });
    return offsets.flatMap(({ partitions }) => partitions)
      .some(({ metadata }) => decodeRecord(metadata)?.topicIds?.[type] !== undefined);
  }

  /** Adds a partition to a topic. Nobody may publish to it meanwhile. */
  async addPartition(topic: string): Promise<void> {
    await this.#ask(async (admin) => {
      const count = this.partitions.get(topic)! + 1;
      await admin.createPartitions({ topicPartitions: [{ topic, count }] });
      await until(`${topic} has ${count} partitions`, async () => {
        const offsets = await admin.fetchTopicOffsets(topic).catch(() => []);
        return offsets.length === count;
      });
      this.partitions.set(topic, count);
    });
  }

  /** Sets what differs from the broker's defaults of a topic's configuration. */
  async configure(topic: string, entries: Record<string, string | number>): Promise<void> {
    const configEntries = Object.entries(entries)
      .map(([name, value]) => ({ name, value: String(value) }));
    const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }];
    await retry(
      () => this.#ask((admin) => admin.alterConfigs({ validateOnly: false, resources })),
      { maxAttempts: CONFIGURE_TRIES, max: 2_000 },
    );
  }

  /** Resolves when retention has deleted something of a topic, or after `bound` ms. */
  async shrinks(topic: string, bound: number): Promise<boolean> {
    return await this.#ask(async (admin) => {
      const before = await lows();
      const hasShrunk = async () => await lows() > before;
      return await poll(hasShrunk, { timeout: bound, interval: RETENTION_LOOK_MS });

      async function lows() {
        const offsets = await admin.fetchTopicOffsets(topic);
        return offsets.reduce((sum, { low }) => sum + Number(low), 0);
      }
    });
  }

  /** Where the group has not come to the end, as `topic/partition: offset of end`. */
  async behind(): Promise<string[]> {
    return await this.#ask(async (admin) => {
      const all = await Promise.all(
        this.all.map(async (topic) =>
          (await fetchPartitionOffsets(admin, this.settings.group, topic))
            .filter(({ low, high, committed }) => committed !== high && low < high)
            .map(({ partition, high, committed }) =>
              `${topic}/${partition}: ${committed} of ${high}`
            )
        ),
      );
      return all.flat();
    });
  }

  /** All logs that there were. */
  async logs(): Promise<Log[]> {
    return await this.#ask(async (admin) => [
      ...this.#over,
      ...(await Promise.all(this.all.map((topic) => this.#logs(admin, topic)))).flat(),
    ]);
  }

  async #logs(admin: Admin, topic: string): Promise<Log[]> {
    const life = this.lifeOf(topic);
    return (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => {
      // A broker that is killed may forget for a while how far it had deleted.
      const deletedTo = this.#deletedTo.get(`${topic}/${partition}`) ?? 0;
      const kept = Math.max(Number(low), deletedTo);
      return { topic, life, partition, low: kept, high: Number(high), over: false };
    });
  }

  async #ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    await using admin = await connectAdmin(this.kafka, this.settings);
    return await question(admin);
  }
}
