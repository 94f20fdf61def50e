import { columnsOf, type Event, topicOf, types } from "../shared/catalogue/events.ts";
import { createRandom } from "../producers/simulation/random.ts";
import type { OwnServices } from "../tests/integration/services.ts";
import { fillTopic } from "./fill_topic.ts";

/**
 * How events are written: with all their fields, as our producers do, so that the consumer need not
 * decode them; or with few, so that it must. Either way one text makes them as large as they are.
 */
export type Form = "all fields" | "few fields";

/** Kafka takes 1 MiB a request and partition; texts are packed to a fraction of this, in bytes. */
const REQUEST_BYTES = 900_000;
const TEXT_BYTES = 1_000_000;
/** From an event's text to the next one's. */
const STEP = 7_919;

/**
 * Returns the function that writes the n-th event of interactions as JSON of exactly so many bytes.
 *
 * @throws {RangeError} when its fields take more
 */
export function sizedEvent(form: Form, bytes: number): (n: number) => string {
  const room = bytes - write(form, 0, "").length;
  if (room < 0) throw new RangeError(`${form} take more than ${bytes} bytes`);
  const text = makeText(room);
  const at = (n: number) => n * STEP % TEXT_BYTES;
  return (n) => write(form, n, text.slice(at(n), at(n) + room));
}

/** Publishes so many of them. */
export async function publishSized(
  { own, form, bytes }: { own: OwnServices; form: Form; bytes: number },
  events: number,
): Promise<void> {
  const topic = topicOf("interactions", own.settings.topicPrefix);
  const batch = Math.max(1, Math.floor(REQUEST_BYTES / bytes));
  await fillTopic(own, topic, events, { messageOf: sizedEvent(form, bytes), batch });
}

function write(form: Form, n: number, customer_name: string): string {
  const id = `INT-${n.toString(16).toUpperCase().padStart(8, "0")}`;
  const timestamp = "2026-02-26T10:30:45.123456";
  const few = { event_type: "interactions" as const, event_id: id, timestamp };
  if (form === "few fields") return JSON.stringify({ ...few, customer_name });
  const event: Event<"interactions"> = {
    ...few,
    interaction_id: id,
    customer_id: "CUST-0000001",
    customer_name,
    dealer_id: "DEALER-01",
    interaction_date: timestamp,
    interaction_type: "Phone",
    interaction_channel: "Sales",
    outcome: "Won",
    duration_minutes: 12,
    notes: "",
  };
  return JSON.stringify(event);
}

/** Words in a random order, so that gzip makes of them what it makes of other texts. */
function makeText(room: number): string {
  const words = types.flatMap((type) => columnsOf(type));
  const random = createRandom(1);
  let text = "";
  while (text.length < TEXT_BYTES + room) text += `${random.pick(words)} `;
  return text;
}
