import { deadLetterTopic, topicOf, types } from "../../shared/catalogue/events.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { askGroup } from "../../shared/kafka/group.ts";
import { type ReadableLog, readableLogs } from "../../shared/kafka/log_ends.ts";
import { offsetsByPlace } from "../../shared/kafka/offsets_by_place.ts";
import { readLog } from "../../shared/kafka/log_reader.ts";
import type { KafkaConnection } from "../connections.ts";
import type { Flow, TopicFlow } from "./flow.ts";

/** How often the oldest events that have not landed are looked at, in ms: each costs a fetch. */
const AGES_MS = 5_000;

/** Looks at the topics and at what the group has landed of them. */
export class TopicWatch {
  /** The time of the first record that has not landed, by its place; in ms since the epoch. */
  #times = new Map<string, number>();
  #agesAt = -Infinity;

  constructor(private readonly settings: Settings) {}

  /**
   * The state now.
   *
   * @returns by topic; those that are not there are left out
   * @throws kafkajs' errors
   */
  async look(
    connection: KafkaConnection,
  ): Promise<{
    topics: ReadonlyMap<string, TopicFlow>;
    letters: Flow["letters"];
    members: number | undefined;
  }> {
    const { admin, cluster } = connection;
    const { topicPrefix, group } = this.settings;
    const letterTopic = deadLetterTopic(topicPrefix);
    const there = new Set(await admin.listTopics());
    const topics = types.map((type) => topicOf(type, topicPrefix)).filter((one) => there.has(one));
    const hasLetters = there.has(letterTopic);
    const wanted = hasLetters ? [...topics, letterTopic] : topics;
    if (wanted.length === 0) return { topics: new Map(), letters: undefined, members: undefined };
    const [logs, committed, { groups }] = await Promise.all([
      readableLogs(cluster, wanted),
      topics.length === 0
        ? []
        : askGroup(admin, (admin) => admin.fetchOffsets({ groupId: group, topics })),
      askGroup(admin, (admin) => admin.describeGroups([group])),
    ]);
    const offsets = offsetsByPlace(committed);
    const nextOf = ({ topic, partition, low }: ReadableLog) =>
      Math.max(low, offsets.get(`${topic}/${partition}`) ?? -1);
    await this.#lookAtAges(connection, logs.filter((log) => topics.includes(log.topic)), nextOf);
    const recordsOf = (parts: readonly ReadableLog[]) =>
      parts.reduce((sum, { low, high }) => sum + high - low, 0);
    return {
      members: groups[0]?.members.length,
      topics: new Map(topics.map((topic) => {
        const parts = logs.filter((log) => log.topic === topic);
        const oldest = parts.flatMap((log) =>
          nextOf(log) < log.high ? this.#times.get(placeOf(log, nextOf(log))) ?? [] : []
        );
        return [topic, {
          partitions: parts.length,
          records: recordsOf(parts),
          end: parts.reduce((sum, { high }) => sum + high, 0),
          lag: parts.reduce((sum, log) => sum + Math.max(0, log.high - nextOf(log)), 0),
          ...oldest.length > 0
            ? { lagSeconds: Math.max(0, (Date.now() - Math.min(...oldest)) / 1000) }
            : {},
          held: parts.reduce((sum, { stable, high }) => sum + high - stable, 0),
        }];
      })),
      letters: hasLetters
        ? {
          topic: letterTopic,
          records: recordsOf(logs.filter(({ topic }) => topic === letterTopic)),
        }
        : undefined,
    };
  }

  /** Learns when the first records were published that have not landed. */
  async #lookAtAges(
    { cluster }: KafkaConnection,
    logs: readonly ReadableLog[],
    nextOf: (log: ReadableLog) => number,
  ): Promise<void> {
    const behind = logs.filter((log) => nextOf(log) < log.stable);
    const unknown = behind.filter((log) => !this.#times.has(placeOf(log, nextOf(log))));
    if (unknown.length === 0 || performance.now() - this.#agesAt < AGES_MS) return;
    this.#agesAt = performance.now();
    const times = new Map<string, number>();
    for (const log of behind) {
      const place = placeOf(log, nextOf(log));
      const time = this.#times.get(place) ?? await firstTime(cluster, log, nextOf(log));
      if (time !== undefined) times.set(place, time);
    }
    this.#times = times;
  }
}

async function firstTime(
  cluster: KafkaConnection["cluster"],
  log: ReadableLog,
  from: number,
): Promise<number | undefined> {
  const range = { topic: log.topic, partition: log.partition, from, to: log.stable };
  const stretches = readLog(cluster, range, { firstOffset: () => Promise.resolve(log.stable) });
  for await (const { messages: [first] } of stretches) {
    if (first) return Number(first.timestamp);
  }
}

function placeOf({ topic, partition }: ReadableLog, offset: number): string {
  return `${topic}/${partition}/${offset}`;
}
