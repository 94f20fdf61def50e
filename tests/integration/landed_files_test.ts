import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import pLimit from "p-limit";
import { filesStatus } from "../../orchestration/files_status.ts";
import { countRows, listFiles, readFiles } from "../../shared/s3/landed_files.ts";
import { PassedOver } from "../../shared/s3/passed_over.ts";
import { fileName } from "./rows.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";

async function put({ s3, settings }: Sandbox, Key: string, rows?: number): Promise<void> {
  const Metadata = rows === undefined ? undefined : { rows: String(rows) };
  await s3.send(new PutObjectCommand({ Bucket: settings.bucket, Key, Body: Key, Metadata }));
}

Deno.test("listFiles() lists the files of all types, beyond one page, and names all else", async () => {
  await using box = await sandbox("files");
  const keys = Array.from({ length: 1_001 }, (_, i) => fileName("sales", i));
  const other = "iot/telemetry/telemetry_2026 +%41\n.json";
  // AWS lists it by its name; VersityGW, which does not encode names, cannot.
  const unlisted = "sales/sales_2026\u001b[2J.csv";
  await pLimit(16).map(
    [...keys, unlisted, "boats/boats_1.csv", "notes.txt", other],
    (key) => put(box, key),
  );
  const passedOver = new PassedOver();
  const { bucket } = box.settings;
  const files = await listFiles(box.s3, bucket, passedOver);
  assert.deepEqual(files.map(({ key }) => key).toSorted(), [other, ...keys]);
  const others = `3 objects in s3://${bucket} passed over: ${
    [
      "1 whose name does not start with a known type (boats/boats_1.csv)",
      "1 with none of the endings csv, tsv, json, jsonl, ndjson, xlsx (notes.txt)",
      "1 with a name that this S3 server cannot list (sales/sales_2026\ufffd[2J.csv)",
    ].join("; ")
  }`;
  assert.equal(passedOver.text(bucket), others);
  const { etag, landedAt, ...last } = files.find(({ key }) => key === other)!;
  assert.deepEqual(last, { key: other, type: "telemetry", bytes: other.length });
  const head = new HeadObjectCommand({ Bucket: box.settings.bucket, Key: other });
  assert.equal(etag, (await box.s3.send(head)).ETag);
  assert.ok(Math.abs(landedAt.getTime() - Date.now()) < 60_000, String(landedAt));
  const status = await filesStatus(box.s3, box.settings);
  assert.equal(status.passedOver, others);
  assert.deepEqual(status.types.find(({ type }) => type === "sales"), {
    type: "sales",
    files: 1_001,
    bytes: keys[0]!.length * 1_001,
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
  const [sales] = part.types;
  // Four objects that are none of sales come before them on the first page.
  assert.deepEqual([sales!.files, sales!.rows, sales!.partial], [996, undefined, true]);
});

Deno.test("countRows() and readFiles() pass over files that were moved away meanwhile", async () => {
  await using box = await sandbox("files-gone");
  const { s3, settings: { bucket } } = box;
  await put(box, "sales/sales_1.csv", 3);
  await put(box, "sales/sales_2.csv", 5);
  await put(box, "sales/sales_3.csv");
  const files = await listFiles(s3, bucket);
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "sales/sales_2.csv" }));
  const counted = await countRows(s3, bucket, files);
  assert.deepEqual(counted.map(({ key, rows }) => [key, rows]), [
    ["sales/sales_1.csv", 3],
    ["sales/sales_3.csv", undefined],
  ]);
  const read = await readFiles(s3, bucket, files);
  assert.deepEqual(read.map(({ text }) => text), ["sales/sales_1.csv", "sales/sales_3.csv"]);
});

Deno.test("filesStatus() sums files, rows and bytes of each type; rows only if all are known", async () => {
  await using box = await sandbox("files-status");
  await put(box, "sales/sales_1.csv", 3);
  await put(box, "sales/sales_2.csv", 5);
  await put(box, "payments/payments_1.csv", 3);
  await put(box, "payments/payments_2.csv");
  const status = await filesStatus(box.s3, box.settings);
  assert.deepEqual(status.types.slice(0, 3), [
    { type: "sales", files: 2, bytes: 34, rows: 8, waiting: 2 },
    { type: "payments", files: 2, bytes: 46, rows: undefined, waiting: 2 },
    { type: "interactions", files: 0, bytes: 0, rows: 0, waiting: 0 },
  ]);
});
