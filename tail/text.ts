import { instantText } from "../shared/cli/instant.ts";
import { printable } from "../shared/cli/printable.ts";
import type { Tailed } from "./follow.ts";

/** A message as one line: when, where, key and value. */
export function tailedText({ partition, message }: Tailed): string {
  const { timestamp, offset, key, value } = message;
  const at = instantText(Number(timestamp));
  const text = value === null ? "(tombstone)" : printable(value.toString());
  return `${at} ${partition}/${offset} ${key === null ? "–" : printable(String(key))} ${text}`;
}

/** A message as JSON: its value as an object where it is one, else as text. */
export function tailedJson(topic: string, { partition, message }: Tailed): string {
  const { timestamp, offset, key, value, headers = {} } = message;
  return JSON.stringify({
    topic,
    partition,
    offset: Number(offset),
    timestamp: instantText(Number(timestamp)),
    key: key === null ? null : String(key),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, [value].flat().map(String)]),
    ),
    value: value === null ? null : valueOf(value.toString()),
  });
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
