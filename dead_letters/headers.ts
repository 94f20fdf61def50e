import type { IHeaders } from "kafkajs";
import { Buffer } from "node:buffer";

/**
 * The headers of a message as kafkajs can send them. It throws on a header without a value, which
 * Kafka allows: that becomes an empty one.
 */
export function sendable(headers: IHeaders | undefined): IHeaders {
  const filled = (value: Buffer | string | null | undefined) => value ?? Buffer.alloc(0);
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(filled) : filled(value),
    ]),
  );
}

/** What a header says; the last word if it stands there several times; undefined if it is absent. */
export function headerOf(headers: IHeaders | undefined, name: string): Buffer | undefined {
  const value = headers && Object.hasOwn(headers, name) ? headers[name] : undefined;
  const last = Array.isArray(value) ? value.at(-1) : value;
  return last == null ? undefined : Buffer.from(last as Buffer);
}

/** About what headers take in a record and in memory, in bytes. */
export function headerBytes(headers: IHeaders | undefined): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers ?? {})) {
    for (const one of [value].flat()) bytes += 16 + name.length + (one?.length ?? 0);
  }
  return bytes;
}
