import type { KafkaMessage } from "kafkajs";
import { Buffer } from "node:buffer";

/** What is looked for, each as it stands there, upper and lower case told apart; all must be met. */
export interface Filter {
  /** Part of the key. */
  readonly key?: string;
  /** The whole `event_id` of a JSON object. */
  readonly id?: string;
  /** Part of the key, the value or a header. */
  readonly text?: string;
}

/** Whether anything is looked for: else every message is found. */
export function isFiltering({ key, id, text }: Filter): boolean {
  return [key, id, text].some(isGiven);
}

/** What tells whether a message is one that is looked for. */
export function matcher({ key, id, text }: Filter): (message: KafkaMessage) => boolean {
  const tests: ((message: KafkaMessage) => boolean)[] = [];
  if (isGiven(key)) {
    const wanted = Buffer.from(key!);
    tests.push((message) => message.key?.includes(wanted) ?? false);
  }
  if (isGiven(id)) {
    // As it stands between the quotes: most messages need not be parsed.
    const written = Buffer.from(JSON.stringify(id).slice(1, -1));
    tests.push(({ value }) => value !== null && value.includes(written) && eventId(value) === id);
  }
  if (isGiven(text)) {
    const wanted = Buffer.from(text!);
    tests.push(({ key, value, headers = {} }) =>
      Boolean(key?.includes(wanted)) || Boolean(value?.includes(wanted)) ||
      Object.entries(headers).some(([name, values]) =>
        name.includes(text!) || [values].flat().some((one) => one?.includes(text!))
      )
    );
  }
  return (message) => tests.every((test) => test(message));
}

function isGiven(wanted: string | undefined): boolean {
  return wanted !== undefined && wanted !== "";
}

function eventId(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString())?.event_id;
  } catch {
    return undefined;
  }
}
