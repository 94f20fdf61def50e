import assert from "node:assert/strict";
import { HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type pg from "pg";
import { columnsOf, type Type } from "../../shared/catalogue/events.ts";
import { connectWarehouse } from "../../shared/postgres/client.ts";
import { warehouseUrl } from "../../shared/postgres/address.ts";
import { provenanceOf, toMetadata } from "../../shared/formats/provenance.ts";
import { type Ended, type Program, program } from "./program.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { fileName } from "./rows.ts";
import { services } from "./services.ts";
import type { Env } from "./settings.ts";

/** A sandbox with a warehouse of its own: an empty database. */
export interface WarehouseBox extends Sandbox {
  /** A connection to it. */
  readonly client: pg.Client;
}

/** Makes a sandbox with a database on the server that all tests share. */
export async function warehouseBox(name: string, env: Env = {}): Promise<WarehouseBox> {
  const { settings } = await services();
  await using stack = new AsyncDisposableStack();
  const admin = stack.use(await connectWarehouse(settings, "test"));
  const database = `${name}-${crypto.randomUUID().slice(0, 8)}`;
  await admin.query(`CREATE DATABASE "${database}"`);
  stack.defer(() => admin.query(`DROP DATABASE "${database}" WITH (FORCE)`));
  const url = new URL(warehouseUrl(settings));
  url.pathname = `/${database}`;
  const box = stack.use(await sandbox(name, { env: { WAREHOUSE_URL: url.href, ...env } }));
  const client = stack.use(await connectWarehouse({ ...settings, warehouseUrl: url.href }, "test"));
  const all = stack.move();
  return { ...box, client, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Starts the loader. */
export function startEtl({ env }: Pick<Sandbox, "env">, ...args: string[]): Program {
  return program("warehouse/main.ts", args, { permissions: "loader", env });
}

/** Runs the loader to its end. */
export async function etl(box: Pick<Sandbox, "env">, ...args: string[]): Promise<Ended> {
  await using run = startEtl(box, ...args);
  const ended = await run.ended();
  if (/^\s+at .+:\d+:\d+/m.test(ended.stderr)) throw new Error(`a stack trace: ${ended.stderr}`);
  return ended;
}

/** Runs the proof. */
export async function verify(
  { env }: Pick<Sandbox, "env">,
  ...args: string[]
): Promise<Ended> {
  await using run = program("verify/main.ts", args, {
    permissions: "verify",
    env,
  });
  return await run.ended();
}

/** Puts a file into the raw bucket as another program would. */
export async function put(
  { s3, settings: { bucket } }: Sandbox,
  Key: string,
  Body: string | Uint8Array,
  Metadata?: Record<string, string>,
): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, Metadata }));
}

/** Puts a file into the raw bucket as our consumer would: its columns, and its provenance. */
export async function putOurs(
  box: Sandbox,
  type: Type,
  Key: string,
  rows: readonly Readonly<Record<string, string | number>>[],
): Promise<void> {
  const columns = columnsOf(type);
  const lines = rows.map((row) => columns.map((name) => row[name] ?? "").join(","));
  const body = new TextEncoder().encode(`${[columns.join(","), ...lines].join("\n")}\n`);
  const range = { partition: 0, from: 0, to: rows.length, rows: rows.length };
  const ranges = [{ ...range, repeats: 0, deadLetters: 0, tombstones: 0 }];
  const of = provenanceOf(
    { ranges, rows: rows.length, body },
    { group: "test", topic: `${type}_topic` },
  );
  await put(box, Key, new TextDecoder().decode(body), toMetadata(of));
}

/** Puts rows into the raw bucket as another program would, and loads them. */
export async function loadRows(
  box: WarehouseBox,
  type: string,
  n: number,
  rows: readonly Readonly<Record<string, string | number>>[],
): Promise<void> {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => columns.map((name) => `"${row[name] ?? ""}"`).join(","));
  await put(box, fileName(type, n), `${[columns.join(","), ...lines].join("\n")}\n`);
  const { code, stderr } = await etl(box);
  assert.deepEqual([code, stderr], [0, ""]);
}

/** The rows of a query. */
export async function query<Row = Record<string, unknown>>(
  { client }: WarehouseBox,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  return (await client.query(sql, values)).rows;
}

/** What the ledger says of each file, by key. */
export async function ledger(box: WarehouseBox): Promise<Record<string, string>> {
  const rows = await query<{ key: string; text: string }>(
    box,
    `SELECT key, CASE status WHEN 'failed' THEN 'failed: ' || reason
       ELSE format('%s rows, %s facts, %s rejected, %s repeats', rows, facts, rejected, repeats)
     END AS text FROM warehouse.load_ledger ORDER BY load_id`,
  );
  return Object.fromEntries(rows.map(({ key, text }) => [key, text]));
}

/** The rejected rows as "line of key: reason". */
export async function rejected(box: WarehouseBox): Promise<string[]> {
  const rows = await query<{ text: string }>(
    box,
    `SELECT format('%s of %s: %s', r.line, l.key, r.reason) AS text FROM warehouse.rejected_rows r
     JOIN warehouse.load_ledger l USING (load_id) ORDER BY load_id, line`,
  );
  return rows.map(({ text }) => text);
}

/** In which of the two buckets a file is. */
export async function placeOf(box: Sandbox, Key: string): Promise<"raw" | "archive" | "none"> {
  const { bucket, archiveBucket } = box.settings;
  for (const [place, Bucket] of [["raw", bucket], ["archive", archiveBucket]] as const) {
    const there = await box.s3.send(new HeadObjectCommand({ Bucket, Key })).catch(() => undefined);
    if (there) return place;
  }
  return "none";
}
