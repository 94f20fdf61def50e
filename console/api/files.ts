import { GetObjectCommand, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { Hono } from "hono";
import { parse } from "csv-parse";
import { Readable } from "node:stream";
import { type FileType, fileTypes, isFileType } from "../../shared/catalogue/events.ts";
import { UserError } from "../../shared/cli/errors.ts";
import { typeOfKey } from "../../shared/formats/object_key.ts";
import { unlessGone } from "../../shared/s3/landed_files.ts";
import { nameOf } from "../../shared/s3/explain.ts";
import { fileAt } from "../../trace/find_files.ts";
import { type LoadedFile, loadsOf } from "../../trace/find_rows.ts";
import type { TracedFile } from "../../trace/way.ts";
import { loadedOf } from "../../verify/warehouse_counts.ts";
import type { Parts } from "../server.ts";

/** How many files a page of the list has. */
const PAGE = 100;
/** More files of a type are not listed: names sort by time, so these are the oldest. */
const MOST = 200_000;
/** How many rows of a file are shown. */
const ROWS = 100;

/** Where files lie. */
export type Place = "raw" | "archive";

/** A file in a bucket. */
export interface ListedFile {
  readonly key: string;
  readonly bytes: number;
  /** In ms since the epoch. */
  readonly at: number;
  /** When it was loaded, in ms since the epoch; absent: it is not, or nobody knows. */
  readonly loadedAt?: number;
}

/** A page of the files of a type, the newest first. */
export interface FilePage {
  readonly bucket: string;
  readonly types: readonly FileType[];
  readonly files: readonly ListedFile[];
  /** How many there are of the type. */
  readonly total: number;
  /** There are more than were listed. */
  readonly partial: boolean;
}

/** The content of a file, and what is known of it. */
export interface FileContent {
  readonly key: string;
  readonly file: TracedFile | undefined;
  readonly loads: readonly LoadedFile[];
  /** Its first rows, the header first; absent where it is no CSV file. */
  readonly rows?: readonly (readonly string[])[];
  /** It has more rows than these. */
  readonly hasMore: boolean;
}

/**
 * `GET /files?type=&in=&page=`: the files of a type, newest first. `GET /files/content?key=`: a file's
 * first rows, and where they come from. `GET /files/download?key=&in=`: the file.
 */
export function filesApi({ connections }: Parts): Hono {
  const { s3, settings } = connections;
  const api = new Hono();
  const bucketOf = (place: Place) => place === "raw" ? settings.bucket : settings.archiveBucket;

  api.get("/files", async (context) => {
    const { type = "sales", in: place = "raw", page = "0" } = context.req.query();
    if (!isFileType(type)) throw new UserError(`There are no files of ${type}`);
    const bucket = bucketOf(place as Place);
    const { files, total, partial } = await newest(bucket, type, Number(page) || 0);
    const loaded = await connections.withWarehouseIfThere(async (client) =>
      client && await loadedOf(client, settings.bucket, files.map(({ key }) => key))
    );
    return context.json<FilePage>({
      bucket,
      types: fileTypes,
      files: files.map((file) => {
        const since = loaded?.get(file.key);
        return since ? { ...file, loadedAt: since.getTime() } : file;
      }),
      total,
      partial,
    });
  });

  api.get("/files/content", async (context) => {
    const key = context.req.query("key") ?? "";
    const type = typeOfKey(key);
    if (!type) throw new UserError(`${key} is not the name of a file to load`);
    const world = { s3, settings, signal: context.req.raw.signal };
    const file = await fileAt(world, key, type);
    const loads = await connections.withWarehouseIfThere(async (client) =>
      client ? await loadsOf(client, key) : []
    );
    const isCsv = key.endsWith(".csv");
    const rows = file && file.in !== "neither bucket" && isCsv
      ? await firstRows(bucketOf(file.in === "archive" ? "archive" : "raw"), key)
      : undefined;
    return context.json({
      key,
      file,
      loads,
      ...rows ? { rows: rows.slice(0, ROWS + 1) } : {},
      hasMore: (rows?.length ?? 0) > ROWS + 1,
    });
  });

  api.get("/files/download", async (context) => {
    const { key = "", in: place = "raw" } = context.req.query();
    const object = await unlessGone(
      s3.send(new GetObjectCommand({ Bucket: bucketOf(place as Place), Key: key })),
    );
    if (!object) return context.notFound();
    const name = key.split("/").at(-1)!.replace(/[^\w.-]/g, "_");
    return context.body(object.Body!.transformToWebStream(), 200, {
      "content-type": "application/octet-stream",
      "content-length": String(object.ContentLength),
      "content-disposition": `attachment; filename="${name}"`,
    });
  });

  /** Names sort by time: of all pages of the listing only the last files are held. */
  async function newest(bucket: string, type: FileType, page: number) {
    const pages = paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: `${type}/` });
    const wanted = (page + 1) * PAGE;
    let last: ListedFile[] = [];
    let total = 0;
    let partial = false;
    try {
      for await (const { Contents = [] } of pages) {
        total += Contents.length;
        last.push(...Contents.map(({ Key, Size, LastModified }) => (
          { key: Key!, bytes: Size!, at: LastModified!.getTime() }
        )));
        last = last.slice(-wanted);
        partial = total >= MOST;
        if (partial) break;
      }
    } catch (error) {
      // The consumer makes the one, the loader the other.
      if (nameOf(error) !== "NoSuchBucket") throw error;
    }
    return { files: last.toReversed().slice(page * PAGE, wanted), total, partial };
  }

  async function firstRows(bucket: string, key: string): Promise<string[][]> {
    const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const body = Readable.fromWeb(object.Body!.transformToWebStream() as never);
    const rows: string[][] = [];
    const parser = body.pipe(parse({ bom: true, to: ROWS + 2, relaxColumnCount: true }));
    for await (const row of parser) rows.push(row);
    body.destroy();
    return rows;
  }

  return api;
}
