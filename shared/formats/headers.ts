import type { IHeaders } from "kafkajs";
import { Buffer } from "node:buffer";

/**
 * The headers of a message as kafkajs can send them. It throws on a header without a value, which
 * Kafka allows: that becomes an empty one. Of a header that is called as something that every
 * object has (`constructor`, `toString`), kafkajs reads that, too, as its first value: this is left
 * out.
 */
export function sendable(headers: IHeaders | undefined): IHeaders {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => {
      if (!Array.isArray(value)) return [name, filled(value)];
      const values = value.filter(isValue).map(filled);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}

type Value = Buffer | string | null | undefined;

function filled(value: Value): Buffer | string {
  return value ?? Buffer.alloc(0);
}

function isValue(value: unknown): value is Value {
  return value == null || typeof value === "string" || value instanceof Uint8Array;
}

/** A header's value; the last one if it occurs several times; undefined if it is absent. */
export function headerOf(headers: IHeaders | undefined, name: string): Buffer | undefined {
  const value = headers && Object.hasOwn(headers, name) ? headers[name] : undefined;
  const last = Array.isArray(value) ? value.at(-1) : value;
  return last == null ? undefined : Buffer.from(last as Buffer);
}

/** Approximate size of headers in a record and in memory, in bytes. */
export function headerBytes(headers: IHeaders | undefined): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers ?? {})) {
    for (const one of [value].flat()) bytes += 16 + name.length + (one?.length ?? 0);
  }
  return bytes;
}
