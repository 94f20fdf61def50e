import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import pLimit from "p-limit";
import { Batch } from "../consumer/batching/batch.ts";
import { decoder } from "../consumer/batching/decode.ts";
import { plainRows } from "../consumer/batching/plain_rows.ts";
import { createSimulation } from "../producers/simulation/simulation.ts";
import { types } from "../shared/catalogue/events.ts";
import { kafkaClient } from "../shared/kafka/client.ts";
import { s3Client } from "../shared/s3/client.ts";
import { unique } from "../tests/integration/settings.ts";
import type { Bed } from "./bed.ts";
import { fetchJavaConsumer } from "./java_consumer.ts";
import { orWithout } from "./or_without.ts";
import { topicsOf } from "./peer.ts";
import { cpuOf } from "./usage.ts";

/** What a part of the work takes by itself. */
export interface Limit {
  readonly name: string;
  /** Events, or files. */
  readonly unit: "events" | "files";
  readonly count: number;
  readonly seconds: number;
  /** CPU time of the process, in s. */
  readonly cpu: number;
  /** CPU time of the S3 server, in s. */
  readonly s3Cpu: number;
}

/** Events in a file: as many files are put as the consumer makes of all that waits. */
const SIZE = 100;
const FILE_BYTES = 30_000;
/** Requests under way at once. */
const IN_FLIGHT = 24;

/** Work that is ready to begin. Disposing ends what it has started. */
export interface Work extends Partial<AsyncDisposable> {
  /** Which process does it. @default this one */
  readonly pid?: number;
  /** Does it all. */
  run(): Promise<void>;
}

/**
 * Measures them one after the other. What this machine lacks something for is left out, with a line
 * that says why.
 */
export async function measureLimits(bed: Bed, log: (line: string) => void): Promise<Limit[]> {
  const { events } = bed;
  const files = Math.ceil(events / SIZE);
  const java = await orWithout("Java's consumer", () => fetchJavaConsumer(bed), log);
  return [
    await timed("kafkajs reads, nothing else", "events", events, bed, () => readAll(bed)),
    ...java
      ? [await timed("Java's consumer reads, nothing else", "events", events, bed, java)]
      : [],
    await timed("CSV of events in memory", "events", events, bed, () => writeCsv(events)),
    await timed(
      "three requests a file (AWS SDK)",
      "files",
      files,
      bed,
      () => putFiles(bed, files, 3),
    ),
    await timed("one PUT a file (AWS SDK)", "files", files, bed, () => putFiles(bed, files, 1)),
  ];
}

/** @param begin resolves when it is ready to begin */
async function timed(
  name: string,
  unit: Limit["unit"],
  count: number,
  { s3 }: Bed,
  begin: () => Promise<Work>,
): Promise<Limit> {
  await using work = { [Symbol.asyncDispose]: async () => {}, ...await begin() };
  const { pid = "self", run } = work;
  const before = { at: performance.now(), cpu: cpuOf(pid)!, s3: cpuOf(s3)! };
  await run();
  return {
    name,
    unit,
    count,
    seconds: (performance.now() - before.at) / 1_000,
    cpu: cpuOf(pid)! - before.cpu,
    s3Cpu: cpuOf(s3)! - before.s3,
  };
}

async function readAll({ own: { settings }, events }: Bed): Promise<Work> {
  const consumer = kafkaClient(settings, "bench").consumer({ groupId: `bench-${unique()}` });
  await consumer.connect();
  await consumer.subscribe({ topics: topicsOf(settings), fromBeginning: true });
  const run = async () => {
    const done = Promise.withResolvers<void>();
    let read = 0;
    await consumer.run({
      autoCommit: false,
      // deno-lint-ignore require-await -- kafkajs wants a promise
      eachBatch: async ({ batch }) => {
        read += batch.messages.length;
        if (read >= events) done.resolve();
      },
    });
    await done.promise;
    await consumer.disconnect();
  };
  return { run };
}

/** Makes a part of the events, and files of 10,000 of them, again and again. */
function writeCsv(events: number): Promise<Work> {
  const simulation = createSimulation(types, { seed: 1, interval: 5 });
  const rounds = 5_000;
  const all = types.map((type) => ({
    type,
    values: [] as Uint8Array[],
    plain: plainRows(type),
    decode: decoder(type),
  }));
  for (let round = 0; round < rounds; round++) {
    for (const event of simulation.round()) {
      const { values } = all.find(({ type }) => type === event.event_type)!;
      values.push(new TextEncoder().encode(JSON.stringify(event)));
    }
  }
  const policy = { rows: 10_000, age: Infinity };
  const run = () => {
    for (let made = 0; made < events; made += rounds * types.length) {
      for (const { type, values, plain, decode } of all) {
        const batch = new Batch(type, 0, policy);
        for (const value of values) batch.add(0, 0, batch.rows, plain(value) ?? decode(value));
        batch.cut("rows", 0);
      }
    }
    return Promise.resolve();
  };
  return Promise.resolve({ run });
}

async function putFiles(bed: Bed, files: number, requests: 1 | 3): Promise<Work> {
  const { name: Bucket } = await bed.bucket();
  const s3 = s3Client(bed.own.settings);
  const Body = new Uint8Array(FILE_BYTES).fill(65);
  const put = async (n: number) => {
    const of = { Bucket, Key: `bench/${n}.csv` };
    if (requests === 1) return await s3.send(new PutObjectCommand({ ...of, Body }));
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(of));
    const part = { ...of, UploadId, PartNumber: 1 };
    const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body }));
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    return await s3.send(
      new CompleteMultipartUploadCommand({ ...of, UploadId, MultipartUpload, IfNoneMatch: "*" }),
    );
  };
  const run = async () => {
    await pLimit(IN_FLIGHT).map(Array.from({ length: files }, (_, n) => n), put);
    s3.destroy();
  };
  return { run };
}
