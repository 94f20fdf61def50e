import type { Admin } from "kafkajs";
import { until } from "../shared/cli/until.ts";
import type { Place } from "../shared/formats/place.ts";

/** How often the broker is asked, in ms. */
const INTERVAL_MS = 50;
/** How long the messages may take to become visible, in ms. */
const TIMEOUT_MS = 10_000;

/**
 * Waits until a committed transaction can be seen by those who read only what is committed: the
 * broker answers a commit before it writes the transaction's markers, which move the last stable
 * offset. Given up after 10 s, without an error: an open transaction of another program can hold a
 * partition back for as long as the broker lets it. Source: KIP-98, "The Transaction Workflow", 5.1
 * to 5.3.
 *
 * @param places where the transaction's messages lie
 * @throws kafkajs' errors
 */
export async function untilVisible(admin: Admin, places: readonly Place[]): Promise<void> {
  const byTopic = [...Map.groupBy(places, ({ topic }) => topic)];
  const areVisible = async () => {
    const found = await Promise.all(
      byTopic.map(([topic, group]) => isVisible(admin, topic, group)),
    );
    return found.every(Boolean);
  };
  await until(areVisible, { timeout: TIMEOUT_MS, interval: INTERVAL_MS });
}

async function isVisible(admin: Admin, topic: string, places: readonly Place[]): Promise<boolean> {
  // kafkajs' admin reads what is committed: its high is the last stable offset.
  const logs = await admin.fetchTopicOffsets(topic);
  return places.every(({ partition, offset }) =>
    logs.some((log) => log.partition === partition && Number(log.high) > offset)
  );
}
