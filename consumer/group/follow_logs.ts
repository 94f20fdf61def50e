import { type Admin, ConfigResourceTypes, type Kafka } from "kafkajs";
import { topicOf, types } from "../../shared/catalogue/events.ts";
import { pause } from "../../shared/cli/backoff.ts";
import { connectAdmin } from "../../shared/kafka/client.ts";
import { connectCluster } from "../../shared/kafka/cluster.ts";
import { logEnds } from "../../shared/kafka/log_ends.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import type { Lag } from "./lag.ts";

/** How often Kafka is asked where the logs end, in ms. */
const EVERY_MS = 10_000;
/** It is asked for the topics' retention once in so many times: that changes seldom. */
const RETENTION_EVERY = 30;

/**
 * Keeps the lag told where the logs end and how long topics keep their messages, from the first
 * generation until the signal aborts. Over connections of its own, so that no fetch waits for it; what
 * it cannot find out it tries again later: it is for those who look on.
 */
export async function followLogs(
  { kafka, settings, lag }: { kafka: Kafka; settings: Settings; lag: Lag },
  signal: AbortSignal,
): Promise<void> {
  const topics = types.map((type) => topicOf(type, settings.topicPrefix));
  await lag.begun;
  while (!signal.aborted) {
    try {
      await using cluster = await connectCluster(kafka);
      await using admin = await connectAdmin(kafka, settings, { timeout: 0, signal });
      for (let asked = 0; !signal.aborted; asked++) {
        if (asked % RETENTION_EVERY === 0) {
          for (const [topic, ms] of await retentions(admin, topics)) lag.retention(topic, ms);
        }
        lag.ends(await logEnds(cluster, topics));
        await pause(EVERY_MS, signal);
      }
    } catch {
      await pause(EVERY_MS, signal).catch(() => {/* It is to stop. */});
    }
  }
}

/** For how long topics keep messages, in ms; undefined: for ever. Empty if we may not know. */
async function retentions(
  admin: Admin,
  topics: readonly string[],
): Promise<(readonly [string, number | undefined])[]> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({
        type: ConfigResourceTypes.TOPIC,
        name,
        configNames: ["retention.ms", "cleanup.policy"],
      })),
    });
    return resources.map(({ resourceName, configEntries }) => {
      const value = (name: string) =>
        configEntries.find(({ configName }) => configName === name)?.configValue;
      const ms = Number(value("retention.ms") ?? -1);
      const deletes = value("cleanup.policy")?.includes("delete") ?? true;
      return [resourceName, deletes && ms >= 0 ? ms : undefined] as const;
    });
  } catch {
    return [];
  }
}
