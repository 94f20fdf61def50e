import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { clearOldProbes } from "../../consumer/landing/conditional_probe.ts";
import { probeConditionalWrites } from "../../consumer/landing/conditional_writes.ts";
import { s3Store } from "../../consumer/landing/s3_store.ts";
import { s3Client } from "../../shared/s3/client.ts";
import { nameOf, statusOf } from "../../shared/s3/explain.ts";
import { consume } from "./consume.ts";
import { publish, sale, saleIds } from "./events.ts";
import { landedIds } from "./landed.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { type S3Proxy, s3Proxy, type S3Request } from "./s3_proxy.ts";
import { until } from "./wait.ts";

const { signal } = new AbortController();
const ARGS = ["--batch-size", "10", "--timeout", "1"];

/** What S3 does to the completion of any upload, a probe's too. */
type OnCompletion = (request: S3Request, box: Sandbox) => Promise<void> | void;

const isCompletion = ({ method, url }: S3Request) =>
  method === "POST" && url.searchParams.has("uploadId");

/** A server that takes If-None-Match for nothing. */
const ignoring: OnCompletion = async (request, { s3, settings: { bucket } }) => {
  const [, , ...key] = request.url.pathname.split("/");
  const UploadId = request.url.searchParams.get("uploadId")!;
  const of = { Bucket: bucket, Key: key.join("/"), UploadId };
  const { Parts = [{ PartNumber: 1, ETag: '"none"' }] } = await s3.send(new ListPartsCommand(of));
  const complete = new CompleteMultipartUploadCommand({ ...of, MultipartUpload: { Parts } });
  try {
    const { ETag, ChecksumType } = await s3.send(complete);
    const result = `<ETag>${ETag}</ETag><ChecksumType>${ChecksumType}</ChecksumType>`;
    request.answer(200, `<CompleteMultipartUploadResult>${result}</CompleteMultipartUploadResult>`);
  } catch (error) {
    request.refuse(statusOf(error)!, nameOf(error)!);
  }
};

/** A server that knows no conditional completion. */
const refusing: OnCompletion = async (request, box) => {
  if (request.headers["if-none-match"]) request.refuse(501, "NotImplemented");
  else await ignoring(request, box);
};

/** A server that nobody knows, which honours the header. */
const UNKNOWN = { server: "unknown" };

function proxyOf(box: Sandbox, onCompletion: OnCompletion): Promise<S3Proxy> {
  return s3Proxy(
    box.settings.ports.s3,
    (request) => isCompletion(request) ? onCompletion(request, box) : request.forward(UNKNOWN),
  );
}

/** Whether it is the completion of an upload that has a part. */
async function isReal({ url }: S3Request, { s3, settings: { bucket } }: Sandbox) {
  const Key = url.pathname.split("/").slice(2).join("/");
  const UploadId = url.searchParams.get("uploadId")!;
  return (await s3.send(new ListPartsCommand({ Bucket: bucket, Key, UploadId }))).Parts !==
    undefined;
}

/** Probes through a proxy, in this process. */
async function probe(box: Sandbox, proxy?: S3Proxy, allowUnsafe = false) {
  const warnings: string[] = [];
  const s3 = proxy ? clientOf(box, proxy) : box.s3;
  const warn = (line: string) => warnings.push(line);
  const options = { allowUnsafe, warn, now: Date.now, signal };
  return { abilities: await probeConditionalWrites(s3, box.settings, options), warnings };
}

for (const name of ["the real S3", "an S3 that nobody knows"]) {
  Deno.test(`probeConditionalWrites() finds that ${name} can be relied on, and leaves nothing`, async () => {
    await using box = await sandbox("probe");
    let made = 0;
    await using proxy = await proxyOf(box, async (request) => {
      if (await isReal(request, box)) made++;
      await request.forward(name === "the real S3" ? {} : UNKNOWN);
    });
    const probes = await Promise.all(Array.from({ length: 8 }, () => probe(box, proxy)));
    for (const { abilities, warnings } of probes) {
      assert.deepEqual(abilities, { conditional: true, returnsChecksum: true });
      assert.deepEqual(warnings, []);
    }
    assert.equal(made, name === "the real S3" ? 0 : 16, "an object appears only where it must");
    assert.deepEqual(await restOf(box), []);
  });
}

for (
  const [name, onCompletion, says] of [
    ["ignores If-None-Match", ignoring, "ignores If-None-Match on CompleteMultipartUpload"],
    [
      "answers 501 to If-None-Match",
      refusing,
      "refuses If-None-Match on CompleteMultipartUpload \\(NotImplemented, HTTP 501\\)",
    ],
  ] as const
) {
  Deno.test(`a consumer does not start with an S3 that ${name}`, async () => {
    await using box = await sandbox("probe");
    await using proxy = await proxyOf(box, onCompletion);
    await using consumer = consume(box, ARGS, proxy.env);
    const { code, stderr } = await consumer.ended();
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(`^✗ S3 at \\S+ ${says}: a file could replace .*\\n  → .*--allow-unsafe-s3`),
    );
    assert.deepEqual(await restOf(box), []);
  });

  Deno.test(`a consumer lands with --allow-unsafe-s3 in an S3 that ${name}, under names that are free`, async () => {
    await using box = await sandbox("probe");
    const { bucket: Bucket } = box.settings;
    await using proxy = await proxyOf(box, onCompletion);
    await publish(box, "sales", Array.from({ length: 50 }, (_, i) => sale(i)));
    await using consumer = consume(box, [...ARGS, "--allow-unsafe-s3"], proxy.env);
    await consumer.waitForLine(new RegExp(`S3 at \\S+ ${says}: .* \\(--allow-unsafe-s3\\)$`));
    // Its probes are done.
    await consumer.waitForLine(/^Consuming as /);
    await until("all have landed", async () => (await landedIds(box)).length >= 50);
    consumer.signal("SIGINT");
    assert.equal((await consumer.ended()).code, 0);
    assert.deepEqual(await landedIds(box), saleIds(50));

    const { abilities } = await probe(box, proxy, true);
    assert.equal(abilities.conditional, false);
    const store = s3Store(clientOf(box, proxy), { raw: Bucket, archive: "none" }, abilities);
    const Key = "sales/sales_20260226_102345.csv";
    await box.s3.send(new PutObjectCommand({ Bucket, Key, Body: "foreign" }));
    const body = new Uint8Array(1);
    const sha256 = createHash("sha256").update(body).digest("hex");
    const of = { group: "ours", topic: "sales_topic", ranges: [], rows: 1, sha256 };
    const upload = await store.upload(Key, body, of, signal);
    assert.equal(await store.complete(upload, signal), "taken");
    const { Body } = await box.s3.send(new GetObjectCommand({ Bucket, Key }));
    assert.equal(await Body!.transformToString(), "foreign");
  });
}

Deno.test("probeConditionalWrites() is not misled by a program that takes every object away", async () => {
  await using box = await sandbox("probe");
  let taken = 0;
  await using proxy = await proxyOf(box, async (request, { s3, settings: { bucket } }) => {
    const isTaken = await isReal(request, box) && ++taken <= 3;
    await request.forward(UNKNOWN);
    const Key = request.url.pathname.split("/").slice(2).join("/");
    if (isTaken) await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  });
  assert.equal((await probe(box, proxy)).abilities.conditional, true);
  assert.ok(taken > 3);
  assert.deepEqual(await restOf(box), []);
});

Deno.test("probeConditionalWrites() tries again while S3 is busy, and when an answer is lost", async () => {
  await using box = await sandbox("probe");
  const faults = [true, false].flatMap((isReal) =>
    ["busy", "lost"].map((what) => ({ isReal, what }))
  );
  await using proxy = await proxyOf(box, async (request) => {
    const real = await isReal(request, box);
    const fault = faults.findIndex(({ isReal }) => isReal === real);
    const [{ what } = { what: "none" }] = fault === -1 ? [] : faults.splice(fault, 1);
    if (what === "busy") return request.refuse(503, "SlowDown");
    await request.forward(UNKNOWN);
    if (what === "lost") request.cut();
  });
  assert.equal((await probe(box, proxy)).abilities.conditional, true);
  assert.deepEqual(faults, []);
  assert.deepEqual(await restOf(box), []);
});

Deno.test("probeConditionalWrites() makes nothing that it could not delete, and says so", async () => {
  await using box = await sandbox("probe");
  let made = 0;
  await using proxy = await s3Proxy(box.settings.ports.s3, async (request) => {
    const { method, url } = request;
    if (method === "DELETE" && !url.searchParams.has("uploadId")) {
      return request.refuse(403, "AccessDenied");
    }
    if (isCompletion(request) && await isReal(request, box)) made++;
    await request.forward(UNKNOWN);
  });
  const { warnings } = await probe(box, proxy);
  assert.match(warnings.join("\n"), /^Cannot check that S3 .* s3:DeleteObject is not allowed on /);
  assert.equal(made, 0);
  assert.deepEqual(await restOf(box), []);
});

Deno.test("a consumer that is stopped in the middle of its probe leaves nothing", async () => {
  await using box = await sandbox("probe");
  const inTheMiddle = Promise.withResolvers<void>();
  let made = 0;
  await using proxy = await proxyOf(box, async (request) => {
    const isSecond = await isReal(request, box) && ++made === 2;
    await request.forward(UNKNOWN);
    if (!isSecond) return;
    inTheMiddle.resolve();
    await new Promise(() => {});
  });
  await using consumer = consume(box, ARGS, proxy.env);
  await inTheMiddle.promise;
  consumer.signal("SIGINT");
  assert.equal((await consumer.ended()).code, 0);
  assert.deepEqual(await restOf(box), []);
});

Deno.test("clearOldProbes() clears away what a killed probe has left, after an hour", async () => {
  await using box = await sandbox("probe");
  const { s3, settings: { bucket: Bucket } } = box;
  const names = ["_probe/one", "_probe/two"];
  await s3.send(new PutObjectCommand({ Bucket, Key: names[0], Body: "x" }));
  await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: names[1] }));
  const others = ["sales/one.csv", "sales/two.csv"];
  await s3.send(new PutObjectCommand({ Bucket, Key: others[0], Body: "x" }));
  await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: others[1] }));
  await clearOldProbes(s3, Bucket, Date.now(), signal);
  assert.deepEqual(await restOf(box), [...names, ...others]);
  await clearOldProbes(s3, Bucket, Date.now() + 2 * 3_600_000, signal);
  assert.deepEqual(await restOf(box), others);
});

/** A client of this process that uses the proxy. */
function clientOf({ settings }: Sandbox, { env }: S3Proxy) {
  const s3 = Number(new URL(env.AWS_ENDPOINT_URL_S3!).port);
  return s3Client({ ...settings, ports: { ...settings.ports, s3 } });
}

/** The keys of all objects and uploads, sorted. */
async function restOf({ s3, settings: { bucket: Bucket } }: Sandbox): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  return [...Contents, ...Uploads].map(({ Key }) => Key!).toSorted();
}
