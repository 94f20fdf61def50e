import { type Admin, ConfigResourceTypes } from "kafkajs";

/** Decides whether a topic keeps a record with a timestamp, in ms since the epoch. */
export type KeepsTime = (topic: string, time: number | undefined) => boolean;

/**
 * Asks topics how old a record may be. Kafka's retention goes by the time of records: a message
 * that gets an old one back could be deleted before anybody has read it. So it gets it only while
 * half of the retention time is left to it, and while the topic takes such times at all.
 *
 * A client that may not ask (ACLs) gets "no": then a header holds the time.
 *
 * @param now ms since the epoch
 */
export async function recordTimes(
  admin: Admin,
  topics: readonly string[],
  now: number,
): Promise<KeepsTime> {
  const ranges = new Map<string, { oldest: number; newest: number }>();
  for (const { name, limits } of await readLimits(admin, topics)) {
    const limit = (key: string) => {
      const value = Number(limits.get(key) ?? NaN);
      // -1 means for ever, as do values near 2^63; settings that an older broker lacks limit
      // nothing.
      return value >= 0 ? value : Infinity;
    };
    if (limits.get("message.timestamp.type") === "LogAppendTime") continue;
    const around = limit("message.timestamp.difference.max.ms");
    ranges.set(name, {
      oldest: now -
        Math.min(limit("retention.ms") / 2, around, limit("message.timestamp.before.max.ms")),
      newest: now + Math.min(around, limit("message.timestamp.after.max.ms")),
    });
  }
  return (topic, time) => {
    const range = ranges.get(topic);
    return range !== undefined && time !== undefined && time >= 0 && time >= range.oldest &&
      time <= range.newest;
  };
}

async function readLimits(admin: Admin, topics: readonly string[]) {
  if (topics.length === 0) return [];
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
    });
    return resources.map(({ resourceName: name, configEntries }) => ({
      name,
      limits: new Map(
        configEntries.map(({ configName, configValue }) => [configName, configValue]),
      ),
    }));
  } catch {
    return [];
  }
}
