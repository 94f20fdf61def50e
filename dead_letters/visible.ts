import type { Admin } from "kafkajs";
import { pause } from "../shared/backoff.ts";
import type { Place } from "./record.ts";

/** How often the broker is asked, in ms. */
const INTERVAL_MS = 50;

/**
 * Waits until a committed transaction can be seen by those who read only what is committed: the broker
 * answers a commit before it writes the transaction's markers, which move the last stable offset.
 * Source: KIP-98, "The Transaction Workflow", 5.1 to 5.3.
 *
 * @param places where the transaction's messages lie
 * @param patience after so many ms it is given up, without an error: an open transaction of another
 * program can hold a partition back for as long as the broker lets it
 * @throws kafkajs' errors
 */
export async function untilVisible(
  admin: Pick<Admin, "fetchTopicOffsets">,
  places: readonly Place[],
  patience: number,
): Promise<void> {
  const deadline = performance.now() + patience;
  for (const [topic, group] of Map.groupBy(places, ({ topic }) => topic)) {
    for (;;) {
      // kafkajs' admin reads what is committed: its high is the last stable offset.
      const ends = new Map(
        (await admin.fetchTopicOffsets(topic)).map((
          { partition, high },
        ) => [partition, Number(high)]),
      );
      if (group.every(({ partition, offset }) => (ends.get(partition) ?? 0) > offset)) break;
      if (performance.now() > deadline) return;
      await pause(INTERVAL_MS);
    }
  }
}
