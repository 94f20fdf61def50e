import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { ServiceError } from "../../shared/cli/errors.ts";
import { explainWarehouse } from "../../shared/postgres/sql_state.ts";
import { connectWarehouse } from "../../shared/postgres/client.ts";
import { LOCAL_S3 } from "../../shared/s3/client.ts";
import { explainS3 } from "../../shared/s3/explain.ts";
import { sandbox } from "./sandbox.ts";
import { ownServices } from "./services.ts";
import { warehouseBox } from "./warehouse.ts";

/** What a person reads of a request that fails. */
async function said(request: Promise<unknown>, explain: (error: unknown) => ServiceError) {
  try {
    await request;
  } catch (error) {
    const { message, hint, canRetry } = explain(error);
    return `${canRetry ? "~" : ""}${message}\n${hint}`;
  }
  throw new Error("it has succeeded");
}

Deno.test("explainS3() explains the error responses of a real S3", async (t) => {
  await using box = await sandbox("s3-answers");
  const { settings, s3 } = box;
  const Bucket = settings.bucket;
  const explain = (error: unknown) => explainS3(error, settings);
  const client = (config: Partial<S3ClientConfig>) =>
    new S3Client({
      endpoint: `http://127.0.0.1:${settings.ports.s3}`,
      region: LOCAL_S3.region,
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: LOCAL_S3,
      ...config,
    });
  const put = (config: Partial<S3ClientConfig>) =>
    client(config).send(new PutObjectCommand({ Bucket, Key: "x", Body: "x" }));
  const Key = "sales/sales_20260226_102345.csv";
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const complete = (ETag: string, PartNumber = 1) =>
    s3.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber, ETag }] },
      }),
    );
  const cases: [name: string, request: () => Promise<unknown>, text: RegExp][] = [
    [
      "a wrong secret",
      () => put({ credentials: { ...LOCAL_S3, secretAccessKey: "wrong" } }),
      /^Cannot use the bucket .* secret key does not match .*SignatureDoesNotMatch.*\ncheck AWS_SECRET/s,
    ],
    [
      "a wrong access key",
      () => put({ credentials: { ...LOCAL_S3, accessKeyId: "nobody" } }),
      /^Cannot use the bucket .* unknown access key .*.*\ncheck AWS_ACC/s,
    ],
    [
      "a clock that is wrong",
      () => put({ systemClockOffset: -3_600_000 }),
      /^Cannot use the bucket .* clock is too far from that of S3 .*RequestTimeTooSkewed.*\nset this machine's clock/s,
    ],
    [
      "another region",
      () => put({ region: "eu-west-1" }),
      /^Cannot use the bucket .* signed for another region.*\nset AWS_REGION/s,
    ],
    [
      "a bucket that is missing",
      () => s3.send(new PutObjectCommand({ Bucket: "no-such-bucket-here", Key, Body: "x" })),
      /does not exist .*NoSuchBucket.*\ncreate it/s,
    ],
    [
      "a bucket that is missing, by HEAD",
      () => s3.send(new HeadBucketCommand({ Bucket: "no-such-bucket-here" })),
      /does not exist \(.*404\)\ncreate it/s,
    ],
    [
      "an object that is missing",
      () => s3.send(new GetObjectCommand({ Bucket, Key })),
      /^S3 at .* object no longer exists .*NoSuchKey/s,
    ],
    [
      "a source that is missing",
      () => s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${Key}` })),
      /^S3 at .* object no longer exists .*NoSuchKey/s,
    ],
    [
      "a part that is damaged",
      () => complete(`"${"0".repeat(32)}"`),
      /^S3 at .* the upload is incomplete or corrupt .*InvalidPart/s,
    ],
    [
      "an upload that is gone",
      () =>
        s3.send(
          new UploadPartCommand({
            Bucket,
            Key,
            UploadId: crypto.randomUUID(),
            PartNumber: 1,
            Body: "x",
          }),
        ),
      /^S3 at .* the upload no longer exists .*NoSuchUpload/s,
    ],
  ];
  for (const [name, request, text] of cases) {
    await t.step(name, async () => assert.match(await said(request(), explain), text));
  }
});

Deno.test("explainWarehouse() explains the error responses of a real PostgreSQL", async (t) => {
  await using box = await warehouseBox("pg-answers");
  const { settings, client } = box;
  const target = { ...settings, warehouseUrl: box.env.WAREHOUSE_URL! };
  const explain = (error: unknown) => explainWarehouse(error, target);
  const other = () => connectWarehouse(target, "test");
  const cases: [name: string, run: () => Promise<unknown>, text: RegExp][] = [
    [
      "read-only",
      () => client.query("SET LOCAL transaction_read_only = on; CREATE TABLE t (a int)"),
      /^~.* is read-only, or a standby.* \(25006\)\nname the primary/s,
    ],
    [
      "a statement that takes too long",
      () => client.query("SET LOCAL statement_timeout = 50; SELECT pg_sleep(30)"),
      /^~.* canceling statement due to statement timeout \(57014\)\n.*statement_timeout/s,
    ],
    ["a table that is missing", () => client.query("SELECT * FROM nowhere"), /42P01\)\nbring/],
    [
      "an administrator who ends the connection",
      async () => {
        await using ended = await other();
        const { rows: [{ pid }] } = await ended.query("SELECT pg_backend_pid() AS pid");
        const sleep = ended.query("SELECT pg_sleep(30)");
        sleep.catch(() => {});
        await client.query("SELECT pg_terminate_backend($1, 10000)", [pid]);
        await sleep;
      },
      /^~.* an administrator terminated the connection \(57P01\)/s,
    ],
    [
      "a lock that another one holds",
      async () => {
        await using holder = await other();
        await holder.query("BEGIN; CREATE TABLE held (a int); COMMIT; BEGIN; LOCK TABLE held");
        await client.query("SET LOCAL lock_timeout = 50; SELECT * FROM held");
      },
      /^~.* \(55P03\)\nfind out who holds the lock/s,
    ],
  ];
  for (const [name, run, text] of cases) {
    await t.step(name, async () => assert.match(await said(run(), explain), text));
  }
});

Deno.test("a PostgreSQL that is starting, stopping or gone is waited for", async () => {
  await using own = await ownServices("pg-away", ["warehouse"]);
  const explain = (error: unknown) => explainWarehouse(error, own.settings);
  const client = await connectWarehouse(own.settings, "test");
  const sleep = said(client.query("SELECT pg_sleep(60)"), explain);
  await own.stop("warehouse");
  assert.match(await sleep, /^~Cannot use the warehouse at /);
  await client.end();
  const again = connectWarehouse(own.settings, "test");
  assert.match(
    await said(again, explain),
    /^~Cannot use the warehouse at .*ECONNREFUSED.*\nstart it/s,
  );
});
