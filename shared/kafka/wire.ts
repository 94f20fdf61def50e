import Decoder from "kafkajs/src/protocol/decoder.js";
import Encoder from "kafkajs/src/protocol/encoder.js";
import type { Broker } from "./cluster.ts";

/** kafkajs' writer of Kafka's protocol. */
export type Writer = InstanceType<typeof Encoder>;
/** kafkajs' reader of Kafka's protocol. */
export type Reader = InstanceType<typeof Decoder>;

/** A request of Kafka's protocol in one version, and how its response is read. */
export interface Exchange<T> {
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  /** Whether the version is a flexible one: its headers end with tagged fields (KIP-482). */
  readonly flexible: boolean;
  /** How long to wait for the response, in ms. @default the client's request timeout */
  readonly requestTimeout?: number;
  /** Writes the request body. */
  write(writer: Writer): void;
  /** Reads the response body. */
  read(reader: Reader): T | Promise<T>;
}

/** Whether the broker supports this version of an API. */
export function speaks({ versions }: Broker, apiKey: number, apiVersion: number): boolean {
  const range = versions[apiKey];
  return range !== undefined && range.minVersion <= apiVersion && apiVersion <= range.maxVersion;
}

/**
 * Sends a request in a version that kafkajs lacks, over the broker's own connections.
 *
 * @throws kafkajs' errors of the connection; what `read` throws
 */
export async function exchange<T>(
  broker: Broker,
  { apiKey, apiName, apiVersion, flexible, requestTimeout, write, read }: Exchange<T>,
): Promise<T> {
  return await broker.connectionPool.send({
    request: {
      apiKey,
      apiName,
      apiVersion,
      // kafkajs writes the headers of the versions that have no tagged fields: they follow here.
      // deno-lint-ignore require-await -- kafkajs wants a promise
      encode: async () => {
        const writer = new Encoder();
        if (flexible) writer.writeInt8(0);
        write(writer);
        return writer;
      },
    },
    response: {
      decode: async (raw: Uint8Array) => {
        const reader = new Decoder(raw);
        if (flexible) skipTags(reader);
        return await read(reader);
      },
      parse: (answer: T) => answer,
    },
    requestTimeout,
  }) as T;
}

/** Skips tagged fields. (kafkajs' readTaggedFields() reads their length as a compact one.) */
export function skipTags(reader: Reader): void {
  readTags(reader, () => {});
}

/** Reads tagged fields: `read` is given those of each tag, and need not read them to the end. */
export function readTags(reader: Reader, read: (tag: number, reader: Reader) => void): void {
  for (let count = reader.readUVarInt(); count > 0; count--) {
    const tag = reader.readUVarInt();
    const size = reader.readUVarInt();
    const end = reader.offset + size;
    read(tag, reader);
    reader.offset = end;
  }
}

/** Writes a COMPACT_ARRAY. */
export function writeCompactArray<T>(
  writer: Writer,
  items: readonly T[],
  write: (item: T) => void,
): void {
  writer.writeUVarInt(items.length + 1);
  for (const item of items) write(item);
}

/** Reads a COMPACT_ARRAY; a null array is an empty one. */
export function readCompactArray<T>(reader: Reader, read: (reader: Reader) => T): T[] {
  return reader.readUVarIntArray(read) ?? [];
}

/** The id of a topic that has none: a broker before 2.8, or a cluster that is being upgraded. */
const NO_ID = "A".repeat(22);

/** Reads a UUID as Kafka prints it: 22 characters of URL-safe base64. The zero id is undefined. */
export function readUuid(reader: Reader): string | undefined {
  const id = reader.readBytes(16).toString("base64url");
  return id === NO_ID ? undefined : id;
}

/** Writes a UUID that {@linkcode readUuid} has read. */
export function writeUuid(writer: Writer, id: string): void {
  writer.writeBuffer(Buffer.from(id, "base64url"));
}
