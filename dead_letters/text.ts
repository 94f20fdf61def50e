import { Buffer } from "node:buffer";
import { instantText } from "../shared/cli/instant.ts";
import { table } from "../shared/cli/table.ts";
import { type Letter, reasonOf, typeOf } from "./letters.ts";
import { formatPlace } from "../shared/formats/place.ts";

/** How much of a value, and of a reason, a line of the table shows, in characters. */
const EXCERPT = 48;
const REASON = 90;
/** What an excerpt, and the one character by which it is seen to be cut, take in UTF-8 at most. */
const MAX_BYTES = 4 * (EXCERPT + 1);

/** Letters as a table, and how many there are for each reason. */
export function lettersText(letters: readonly Letter[]): string[] {
  const replayed = letters.some(({ replay }) => replay);
  const again = letters.some(({ attempts }) => attempts > 0);
  const counts = Map.groupBy(letters, ({ reason }) => kindOf(reason));
  return [
    ...table([
      [
        ...["time", "origin", "reason", "value"],
        ...(again ? ["earlier replays"] : []),
        ...(replayed ? ["replayed to"] : []),
      ],
      ...letters.map((letter) => [
        instantText(letter.at),
        formatPlace(letter.origin),
        shorten(printable(reasonOf(letter)), REASON),
        excerpt(letter.value),
        ...(again ? [letter.attempts] : []),
        ...(replayed ? [letter.replay && formatPlace(letter.replay.to)] : []),
      ]),
    ]),
    "",
    ...table([
      ["reason", "letters"],
      ...[...counts].sort(([, a], [, b]) => b.length - a.length)
        .map(([kind, { length }]) => [kind, length]),
    ]),
  ];
}

/** A letter as one line of JSON; a value that is not UTF-8 is base64. */
export function letterJson(letter: Letter, topicPrefix: string): string {
  const { at, origin, key, value, timestamp, headers, attempts, replay } = letter;
  const json = JSON.stringify({
    time: instantText(at),
    type: typeOf(letter, topicPrefix),
    ...origin,
    reason: reasonOf(letter),
    published: timestamp === undefined ? undefined : instantText(timestamp),
    ...encoded("key", key),
    ...encoded("value", value),
    headers: Object.entries(headers).flatMap(([name, values]) =>
      [values].flat().map((value) => ({ name, ...encoded("value", bytesOf(value)) }))
    ),
    replays_before: attempts,
    replayed: replay && { time: instantText(replay.at), ...replay.to },
  });
  // JSON does not escape all control characters.
  return json.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeUnits);
}

/** What a letter's value looks like, on a terminal: one short line without control characters. */
export function excerpt(value: Uint8Array): string {
  const text = decodeUtf8(value.subarray(0, MAX_BYTES), value.length > MAX_BYTES);
  if (text === undefined) {
    const hex = value.subarray(0, 12).toHex();
    return `${value.length.toLocaleString("en-US")} bytes 0x${hex}${value.length > 12 ? "…" : ""}`;
  }
  return shorten(printable(text), EXCERPT);
}

/** A reason without what differs from event to event, to count by. */
export function kindOf(reason: string): string {
  const general = printable(reason)
    .replace(/^(the message is not JSON): .*/, "$1")
    .replace(/^(\S+) is .*, expected (.*)$/, "$1 is not $2");
  return shorten(general, REASON);
}

/** Text without control characters: anyone may write to the topic. */
function printable(text: string): string {
  return text.replace(/\s+/g, " ").replace(/\p{C}/gu, "·");
}

function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length > length ? `${characters.slice(0, length - 1).join("")}…` : text;
}

function bytesOf(value: Buffer | string | undefined | null): Uint8Array | null {
  return value == null ? null : Buffer.from(value as Buffer);
}

function encoded(name: string, bytes: Uint8Array | null): Record<string, string | null> {
  if (bytes === null) return { [name]: null };
  const text = decodeUtf8(bytes);
  return text === undefined ? { [`${name}_base64`]: bytes.toBase64() } : { [name]: text };
}

/** @param cut whether more follows: a character that is not complete is then left out */
function decodeUtf8(bytes: Uint8Array, cut = false): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, {
      stream: cut,
    });
  } catch {
    return undefined;
  }
}

function escapeUnits(text: string): string {
  return text.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}

/** How far the reading of the dead letter topic is. */
export function readingText(records: number): string {
  return `Reading the dead letters: ${records.toLocaleString("en-US")}`;
}
