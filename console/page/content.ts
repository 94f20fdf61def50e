/// <reference lib="dom" />
import type { Message } from "../topics/message.ts";

/** Bytes of a message: as text where they are UTF-8, else in base64. */
export type Content = NonNullable<Message["value"]>;

/** What breaks a line, turns text around, or is not seen at all. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu;
/** How much of a text a cell shows; the style cuts it further. */
const SHOWN = 300;

/** Content as one line of text; what cannot be seen as `\u001b`, what is no UTF-8 in hex. */
export function lineOf(content: Content, most = SHOWN): string {
  const { text, bytes } = content;
  if (text === undefined) return hexOf(content, most / 3);
  // Half a character at the end is none.
  const shown = text.length > most ? text.slice(0, most).replace(/[\ud800-\udbff]$/, "") : text;
  const isCut = shown.length < text.length || new TextEncoder().encode(text).length < bytes;
  const line = shown.replace(
    UNSEEN,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return isCut ? `${line}…` : line;
}

/** The bytes of content that is told, in hex: `00 ff fe`, 16 in a line. */
export function hexOf(content: Content, most = Infinity): string {
  const lines: string[] = [];
  const bytes = bytesOf(content).subarray(0, most);
  for (let at = 0; at < bytes.length; at += 16) {
    const line = [...bytes.subarray(at, at + 16)];
    lines.push(line.map((byte) => byte.toString(16).padStart(2, "0")).join(" "));
  }
  return lines.join("\n");
}

/** The bytes of content that is told, in base64. */
export function base64Of(content: Content): string {
  if (content.base64 !== undefined) return content.base64;
  let binary = "";
  for (const byte of bytesOf(content)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Text as JSON with a field a line; undefined if it is none. */
export function prettyJson(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return undefined;
  }
}

function bytesOf({ text, base64 }: Content): Uint8Array {
  if (text !== undefined) return new TextEncoder().encode(text);
  return Uint8Array.from(atob(base64!), (char) => char.charCodeAt(0));
}
