import {
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import { parse } from "csv-parse";
import type { Readable } from "node:stream";
import pLimit from "p-limit";
import { type FileType, typeOfTopic } from "../shared/catalogue/events.ts";
import type { Settings } from "../shared/cli/settings.ts";
import type { Place } from "../shared/formats/place.ts";
import { fromMetadata } from "../shared/formats/provenance.ts";
import { statusOf } from "../shared/s3/explain.ts";
import { unlessGone } from "../shared/s3/landed_files.ts";
import type { TracedFile } from "./way.ts";

/** Where files are looked for. */
export interface S3World {
  readonly s3: S3Client;
  readonly settings: Pick<Settings, "bucket" | "archiveBucket" | "topicPrefix">;
  readonly signal?: AbortSignal;
}

const CONCURRENCY = 16;

/** A file by its key: in the raw bucket, or in the archive; undefined if it is in neither. */
export async function fileAt(
  { s3, settings, signal: abortSignal }: S3World,
  key: string,
  type: FileType,
): Promise<TracedFile | undefined> {
  const places = [["raw bucket", settings.bucket], ["archive", settings.archiveBucket]] as const;
  for (const [name, Bucket] of places) {
    const head = await unlessGone(
      s3.send(new HeadObjectCommand({ Bucket, Key: key }), { abortSignal }),
    ).catch((error) => {
      // The archive need not exist, nor be readable.
      if (name === "archive" && [403, 404].includes(statusOf(error) ?? 0)) return undefined;
      throw error;
    });
    if (!head) continue;
    const written = fromMetadata(head.Metadata);
    return { key, type, in: name, landedAt: head.LastModified, ...written ? { written } : {} };
  }
}

/**
 * The file in the raw bucket whose provenance covers a place: those are asked first that landed
 * about when the message was published.
 *
 * @param at when that was, in ms since the epoch
 */
export async function landedWith(
  world: S3World,
  place: Place,
  at: number,
): Promise<TracedFile | undefined> {
  const type = typeOfTopic(place.topic, world.settings.topicPrefix);
  if (!type) return undefined;
  const found: { key: string; distance: number }[] = [];
  const pages = paginateListObjectsV2({ client: world.s3 }, {
    Bucket: world.settings.bucket,
    Prefix: `${type}/`,
  }, { abortSignal: world.signal });
  for await (const { Contents = [] } of pages) {
    for (const { Key, LastModified } of Contents) {
      found.push({ key: Key!, distance: Math.abs(LastModified!.getTime() - at) });
    }
  }
  found.sort((a, b) => a.distance - b.distance);
  const limit = pLimit(CONCURRENCY);
  for (let next = 0; next < found.length; next += CONCURRENCY) {
    const files = await limit.map(
      found.slice(next, next + CONCURRENCY),
      ({ key }) => fileAt(world, key, type),
    );
    const file = files.find((file) => file && covers(file, place));
    if (file) return file;
  }
}

/** The line of an event in a file, the header being line 1; undefined if it is not there. */
export async function lineOf(
  { s3, settings, signal: abortSignal }: S3World,
  file: TracedFile,
  eventId: string,
): Promise<number | undefined> {
  if (file.in === "neither bucket") return undefined;
  const Bucket = file.in === "archive" ? settings.archiveBucket : settings.bucket;
  const object = await unlessGone(
    s3.send(new GetObjectCommand({ Bucket, Key: file.key }), { abortSignal }),
  );
  if (!object) return undefined;
  let line = 1;
  const rows = (object.Body as Readable).pipe(parse({ columns: true, bom: true }));
  for await (const row of rows as AsyncIterable<Record<string, string>>) {
    line++;
    if (row.event_id === eventId) return line;
  }
}

/** Whether a file's rows come from a part of the log that contains the place. */
function covers({ written }: TracedFile, { topic, partition, offset }: Place): boolean {
  return written?.topic === topic &&
    written.ranges.some((range) =>
      range.partition === partition && range.from <= offset && offset < range.to
    );
}
