import type { Admin } from "kafkajs";
import { deadLetterTopic, topicOf, types } from "../shared/events.ts";
import type { Settings } from "../shared/settings.ts";
import { askGroup } from "./group.ts";

/** Events that a topic holds, and how many of them the group has not landed. */
export interface TopicStatus {
  readonly topic: string;
  readonly events: number;
  /** Undefined for the dead letter topic, which the consumer does not read. */
  readonly lag?: number;
}

/** Event counts and lag of all topics. */
export async function topicStatus(admin: Admin, settings: Settings): Promise<TopicStatus[]> {
  const topics = types.map((type) => topicOf(type, settings.topicPrefix));
  const deadLetters = deadLetterTopic(settings.topicPrefix);
  const present = new Set(await admin.listTopics());
  const wanted = [...topics, deadLetters].filter((topic) => present.has(topic));
  const read = wanted.filter((topic) => topic !== deadLetters);
  const committed = read.length === 0 ? [] : await askGroup(
    admin,
    (admin) => admin.fetchOffsets({ groupId: settings.group, topics: read }),
  );
  return await Promise.all(wanted.map(async (topic) => {
    const group = committed.find((entry) => entry.topic === topic)?.partitions;
    let events = 0;
    let lag = 0;
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      const offset = Number(group?.find((entry) => entry.partition === partition)?.offset ?? -1);
      events += Number(high) - Number(low);
      lag += Number(high) - Math.max(offset, Number(low));
    }
    return topic === deadLetters ? { topic, events } : { topic, events, lag };
  }));
}
