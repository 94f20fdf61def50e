import type { Admin } from "kafkajs";
import { pause } from "../shared/cli/backoff.ts";
import { topicOf, types } from "../shared/catalogue/events.ts";
import { listRunning } from "../shared/cli/running.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { consumerStatus } from "../consumer/status/ask_status.ts";
import { type DemoProgress, progressText } from "./demo_progress.ts";

/** What the demo itself knows of its run. */
export type KnownProgress = Omit<DemoProgress, "consumer" | "lag">;

/**
 * Shows the demo's progress at intervals until `signal` aborts. What does not respond is left out.
 *
 * @param options.every how often, in ms
 * @param options.known what the demo itself knows at this moment
 */
export async function reportProgress(
  admin: Admin,
  settings: Settings,
  { every, known, show, signal }: {
    every: number;
    known: () => KnownProgress;
    show: (text: string) => void;
    signal: AbortSignal;
  },
): Promise<void> {
  try {
    for (;;) {
      await pause(every, signal);
      const [consumer, lag] = await Promise.all([
        askConsumer(settings).catch(() => undefined),
        askLag(admin, settings).catch(() => undefined),
      ]);
      signal.throwIfAborted();
      show(progressText({ ...known(), consumer, lag }));
    }
  } catch (error) {
    if (error !== signal.reason) throw error;
  }
}

async function askConsumer({ runtimeDir }: Settings) {
  const running = await listRunning(runtimeDir);
  const port = running.find(({ role }) => role === "consumer")?.statusPort;
  return port === undefined ? undefined : await consumerStatus(port);
}

/** Offsets between what the group has committed and the ends of the topics. */
async function askLag(admin: Admin, { topicPrefix, group: groupId }: Settings): Promise<number> {
  const topics = types.map((type) => topicOf(type, topicPrefix));
  const committed = await admin.fetchOffsets({ groupId, topics });
  const lags = await Promise.all(committed.map(async ({ topic, partitions }) => {
    const next = new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    return (await admin.fetchTopicOffsets(topic))
      .map(({ partition, low, high }) =>
        Number(high) - Math.max(Number(low), next.get(partition) ?? 0)
      );
  }));
  return lags.flat().reduce((sum, lag) => sum + lag, 0);
}
