/// <reference lib="dom" />
import type { Message } from "../topics/message.ts";
import { ask } from "./api.ts";
import type { Content } from "./content.ts";

/** The forms in which messages are saved. */
export type ExportForm = "ndjson" | "csv";

/**
 * Saves messages as a file, each whole: those of which a part is shown are asked for first.
 *
 * @throws {ApiError} when one of them is gone
 */
export async function saveMessages(
  topic: string,
  messages: readonly Message[],
  form: ExportForm,
): Promise<void> {
  const whole: Message[] = [];
  for (const message of messages) whole.push(await wholeOf(topic, message));
  const text = form === "csv" ? toCsv(topic, whole) : toNdjson(topic, whole);
  const type = form === "csv" ? "text/csv" : "application/x-ndjson";
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${topic}.${form}`;
  link.click();
  URL.revokeObjectURL(url);
}

/** All of a message of which the list may show a part. @throws {ApiError} when it is gone */
export async function wholeOf(topic: string, message: Message): Promise<Message> {
  if (!message.isCut) return message;
  const place = `${topic}/${message.partition}/${message.offset}`;
  return await ask<Message>(`message?at=${encodeURIComponent(place)}`);
}

/** A JSON object a line, as `deno task tail --json` prints; bytes that are no text as `{"base64": …}`. */
export function toNdjson(topic: string, messages: readonly Message[]): string {
  return messages.map((message) => `${JSON.stringify(recordOf(topic, message))}\n`).join("");
}

/**
 * Comma-separated values (RFC 4180) with a line of titles. A cell that a spreadsheet would take for a
 * formula begins with an apostrophe.
 */
export function toCsv(topic: string, messages: readonly Message[]): string {
  const rows = messages.map((message) => {
    const { partition, offset, timestamp } = recordOf(topic, message);
    const headers = JSON.stringify(headersOf(message));
    const texts = [message.key, message.value].map(textOf);
    return [topic, String(partition), String(offset), timestamp, texts[0]!, headers, texts[1]!];
  });
  const titles = ["topic", "partition", "offset", "timestamp", "key", "headers", "value"];
  return [titles, ...rows].map((row) => `${row.map(cellOf).join(",")}\r\n`).join("");
}

function cellOf(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function recordOf(topic: string, message: Message) {
  const { partition, offset, at, key, value } = message;
  return {
    topic,
    partition,
    offset,
    timestamp: Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : `${at} ms`,
    key: jsonOf(key),
    headers: headersOf(message),
    value: value?.text === undefined ? jsonOf(value) : parsed(value.text),
  };
}

function headersOf({ headers }: Message): Record<string, unknown[]> {
  const groups = Map.groupBy(headers, ([name]) => name);
  return Object.fromEntries(
    [...groups].map(([name, pairs]) => [name, pairs.map(([, value]) => jsonOf(value))]),
  );
}

function jsonOf(content: Content | null): unknown {
  return content === null ? null : content.text ?? { base64: content.base64 };
}

function textOf(content: Content | null): string {
  return content?.text ?? (content?.base64 === undefined ? "" : `base64:${content.base64}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
