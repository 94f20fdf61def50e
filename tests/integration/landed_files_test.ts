import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import pLimit from "p-limit";
import { filesStatus } from "../../orchestration/files_status.ts";
import { countRows, listFiles, readFiles } from "../../shared/landed_files.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";

async function put({ s3, settings }: Sandbox, Key: string, rows?: number): Promise<void> {
  const Metadata = rows === undefined ? undefined : { rows: String(rows) };
  await s3.send(new PutObjectCommand({ Bucket: settings.bucket, Key, Body: Key, Metadata }));
}

Deno.test("listFiles() lists the files of all types, beyond one page, and nothing else", async () => {
  await using box = await sandbox("files");
  const keys = Array.from({ length: 1_001 }, (_, i) => `sales/${String(i).padStart(4, "0")}.csv`);
  await pLimit(16).map([...keys, "boats/1.csv", "telemetry/1.csv"], (key) => put(box, key));
  const files = await listFiles(box.s3, box.settings.bucket);
  assert.deepEqual(files.map(({ key }) => key), [...keys, "telemetry/1.csv"]);
  const { etag, landedAt, ...last } = files.at(-1)!;
  assert.deepEqual(last, { key: "telemetry/1.csv", type: "telemetry", bytes: 15 });
  const head = new HeadObjectCommand({ Bucket: box.settings.bucket, Key: "telemetry/1.csv" });
  assert.equal(etag, (await box.s3.send(head)).ETag);
  assert.ok(Math.abs(landedAt.getTime() - Date.now()) < 60_000, String(landedAt));
  const status = await filesStatus(box.s3, box.settings);
  assert.deepEqual(status.find(({ type }) => type === "sales"), {
    type: "sales",
    files: 1_001,
    bytes: 14 * 1_001,
    waiting: 1_001,
    rows: undefined,
  });
  // When the time is over it gives what it has listed.
  const over = new AbortController();
  let pages = 0;
  box.s3.middlewareStack.add((next, { commandName }) => (args) => {
    if (commandName === "ListObjectsV2Command" && ++pages === 2) over.abort();
    return next(args);
  }, { step: "initialize" });
  const part = await filesStatus(box.s3, box.settings, over.signal);
  const [sales] = part;
  assert.deepEqual([sales!.files, sales!.rows, sales!.partial], [999, undefined, true]);
});

Deno.test("countRows() and readFiles() pass over files that were moved away meanwhile", async () => {
  await using box = await sandbox("files-gone");
  const { s3, settings: { bucket } } = box;
  await put(box, "sales/1.csv", 3);
  await put(box, "sales/2.csv", 5);
  await put(box, "sales/3.csv");
  const files = await listFiles(s3, bucket);
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "sales/2.csv" }));
  const counted = await countRows(s3, bucket, files);
  assert.deepEqual(counted.map(({ key, rows }) => [key, rows]), [
    ["sales/1.csv", 3],
    ["sales/3.csv", undefined],
  ]);
  const read = await readFiles(s3, bucket, files);
  assert.deepEqual(read.map(({ text }) => text), ["sales/1.csv", "sales/3.csv"]);
});

Deno.test("filesStatus() sums files, rows and bytes of each type; rows only if all are known", async () => {
  await using box = await sandbox("files-status");
  await put(box, "sales/1.csv", 3);
  await put(box, "sales/2.csv", 5);
  await put(box, "payments/1.csv", 3);
  await put(box, "payments/2.csv");
  const status = await filesStatus(box.s3, box.settings);
  assert.deepEqual(status.slice(0, 3), [
    { type: "sales", files: 2, bytes: 22, rows: 8, waiting: 2 },
    { type: "payments", files: 2, bytes: 28, rows: undefined, waiting: 2 },
    { type: "interactions", files: 0, bytes: 0, rows: 0, waiting: 0 },
  ]);
});
