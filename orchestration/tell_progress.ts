import type { Admin } from "kafkajs";
import { pause } from "../shared/backoff.ts";
import { listRunning } from "../shared/running.ts";
import type { Settings } from "../shared/settings.ts";
import { consumerStatus } from "./consumer_status.ts";
import { type DemoProgress, progressText } from "./demo_progress.ts";
import { topicStatus } from "./topic_status.ts";

/** What the demo itself knows of its run. */
export type KnownProgress = Omit<DemoProgress, "consumer" | "lag">;

/**
 * Shows again and again what the demo is at, until `signal` aborts. What does not answer is left out.
 *
 * @param options.every how often, in ms
 * @param options.known what the demo itself knows at this moment
 */
export async function tellProgress(
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

async function askLag(admin: Admin, settings: Settings): Promise<number> {
  const topics = await topicStatus(admin, settings);
  return topics.reduce((sum, { lag = 0 }) => sum + lag, 0);
}
