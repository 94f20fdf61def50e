import { DeadLetters } from "../../consumer/landing/dead_letters.ts";
import { topicOf } from "../../shared/catalogue/events.ts";
import { publish, sales } from "./events.ts";
import type { Sandbox } from "./sandbox.ts";
import { quiet } from "../model/quiet.ts";

/**
 * Sets good events aside, as an older consumer would have done that could not read them: so many
 * sales, as if they had come from the start of partition 1.
 */
export async function setAside(box: Sandbox, count: number): Promise<void> {
  await publish(box, "sales", Array(count).fill("older than the log"), { partition: 1 });
  const never = new AbortController().signal;
  await using letters = new DeadLetters(box.kafka, box.settings, quiet, never);
  await Promise.all(
    sales(count).map((event, offset) =>
      letters.send({
        topic: topicOf("sales", box.settings.topicPrefix),
        partition: 1,
        offset,
        key: new TextEncoder().encode(`key ${offset}`),
        value: new TextEncoder().encode(JSON.stringify(event)),
        reason: "an older consumer could not read it",
      })
    ),
  );
}
