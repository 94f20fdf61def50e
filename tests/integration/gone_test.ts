import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
} from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import type { Type } from "../../shared/catalogue/events.ts";
import { consume, crash, says } from "./consume.ts";
import { eventIds, events, publish } from "./events.ts";
import { caughtUp, committedOf } from "./group.ts";
import { assertProvenance, landedFiles, landedIds } from "./landed.ts";
import { nativeTest } from "./native.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { s3Proxy, type S3Request } from "./s3_proxy.ts";
import { services } from "./services.ts";
import { until } from "./wait.ts";

const ARGS = ["--batch-size", "5", "--timeout", "1"];
const SHORT_SESSION = { SESSION_TIMEOUT: "6" };

async function append(box: Sandbox, types: readonly Type[]): Promise<void> {
  for (const type of types) await publish(box, type, events(type, 5), { partition: 0 });
}

/** What is uploaded and no file. */
async function pending({ s3, settings: { bucket: Bucket } }: Sandbox): Promise<string[]> {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  return Uploads.map(({ UploadId }) => UploadId!);
}

/** The type and key of a request for an object, and the upload that it names. */
function target({ url }: S3Request): { type: string; Key: string; UploadId: string | null } {
  const [, , ...path] = decodeURIComponent(url.pathname).split("/");
  return { type: path[0]!, Key: path.join("/"), UploadId: url.searchParams.get("uploadId") };
}

/** Whether a request asks S3 to complete an upload, or what it holds. */
function asksForUpload(request: S3Request): boolean {
  return request.isCompletion || (request.method === "GET" && target(request).UploadId !== null);
}

Deno.test("a completion that is under way while others ask for the upload, and then fails or succeeds: no row is lost, none repeated", async () => {
  await using box = await sandbox("under-way", { env: SHORT_SESSION });
  const { s3, settings: { bucket: Bucket } } = box;
  const types: Type[] = ["sales", "payments", "inventory"];
  await append(box, ["sales", "payments"]);
  await crash(box, ARGS, { point: "after the plan", files: 2 });
  await append(box, ["inventory"]);
  // The dead consumer's completions are still under way in S3, which knows their uploads under no name
  // meanwhile; so is the first one of inventory, whose answer is lost.
  const asked = new Map<string, number>();
  await using proxy = await s3Proxy(box.settings.ports.s3, async (request) => {
    if (!asksForUpload(request)) return await request.forward();
    const { type, Key, UploadId } = target(request);
    const count = (asked.get(type) ?? 0) + 1;
    asked.set(type, count);
    if (count > 3) return await request.forward();
    if (type === "payments" && count === 3) {
      const upload = { Bucket, Key, UploadId: UploadId! };
      const { Parts } = await s3.send(new ListPartsCommand(upload));
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: Parts![0]!.ETag }] };
      await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }));
    }
    request.refuse(404, "NoSuchUpload");
  });
  await using consumer = consume(box, ARGS, proxy.env);
  await caughtUp(box, types);
  consumer.signal("SIGINT");
  const { stderr } = await consumer.ended();
  assert.deepEqual(await landedIds(box), types.flatMap((type) => eventIds(type, 5)).toSorted());
  assertProvenance(await landedFiles(box));
  assert.doesNotMatch(stderr, /cannot be completed/);
});

Deno.test("an upload that S3 refuses to complete for ever: its rows land once by another, and it is aborted when no plan names it", async () => {
  await using box = await sandbox("refused", { env: SHORT_SESSION });
  const types: Type[] = ["sales", "payments", "inventory"];
  await append(box, ["sales", "payments"]);
  await crash(box, ARGS, { point: "after the plan", files: 2 });
  await append(box, ["inventory"]);
  const codes: Record<string, string> = {
    sales: "InvalidPart",
    payments: "MalformedXML",
    inventory: "EntityTooSmall",
  };
  const refused = new Map<string, string>();
  const aborted: string[] = [];
  const planned: string[] = [];
  await using proxy = await s3Proxy(box.settings.ports.s3, async (request) => {
    const { type, UploadId } = target(request);
    // The consumer tries at its start what the server can do.
    if (!types.includes(type as Type)) return await request.forward();
    if (request.isCompletion) {
      if (!refused.has(type)) refused.set(type, UploadId!);
      if (refused.get(type) === UploadId) return request.refuse(400, codes[type]!);
    }
    if (request.method === "DELETE" && UploadId) {
      aborted.push(UploadId);
      const partitions = await committedOf(box, type as Type);
      if (partitions.some(({ metadata }) => metadata.includes(UploadId))) planned.push(UploadId);
    }
    // The next upload takes longer than a look at the plan: an abort that comes before it finds the old one.
    for (let looks = 0; request.url.searchParams.has("uploads") && looks < 3; looks++) {
      await committedOf(box, type as Type);
    }
    await request.forward();
  });
  await using consumer = consume(box, ARGS, proxy.env);
  await caughtUp(box, types);
  await until("all that was refused is aborted", async () => (await pending(box)).length === 0);
  consumer.signal("SIGINT");
  const { stderr } = await consumer.ended();
  assert.deepEqual(await landedIds(box), types.flatMap((type) => eventIds(type, 5)).toSorted());
  assertProvenance(await landedFiles(box));
  assert.deepEqual(aborted.toSorted(), [...refused.values()].toSorted());
  assert.deepEqual(planned, []);
  for (const type of types) {
    assert.match(
      stderr,
      new RegExp(
        `^${type}/\\S+ cannot be completed, as S3 rejects the completion of its upload permanently: `,
        "m",
      ),
    );
  }
});

nativeTest(
  "an upload whose part is gone from the disk is given up for another",
  async () => {
    const { settings: { runtimeDir } } = await services();
    await using box = await sandbox("part-gone", { env: SHORT_SESSION });
    await append(box, ["sales"]);
    await crash(box, ARGS, { point: "after the plan", files: 1 });
    const folder = `${runtimeDir}/data/s3/${box.settings.bucket}/.sgwtmp/multipart`;
    for await (const { name } of Deno.readDir(folder)) {
      for await (const upload of Deno.readDir(`${folder}/${name}`)) {
        if (upload.isDirectory) await Deno.remove(`${folder}/${name}/${upload.name}/1`);
      }
    }
    await using consumer = consume(box, ARGS);
    await caughtUp(box, ["sales"]);
    await until("the upload is aborted", async () => (await pending(box)).length === 0);
    consumer.signal("SIGINT");
    await consumer.ended();
    assert.deepEqual(await landedIds(box), eventIds("sales", 5));
  },
);

Deno.test("the bucket deleted between plan and completion, and made again: every row lands", async () => {
  await using box = await sandbox("no-bucket");
  const { s3, settings: { bucket: Bucket } } = box;
  const planned = Promise.withResolvers<void>();
  const deleted = Promise.withResolvers<void>();
  await using proxy = await s3Proxy(box.settings.ports.s3, async (request) => {
    if (request.isCompletion) {
      planned.resolve();
      await deleted.promise;
    }
    await request.forward();
  });
  await append(box, ["sales"]);
  await using consumer = consume(box, ARGS, proxy.env);
  await planned.promise;
  await s3.send(new DeleteBucketCommand({ Bucket }));
  deleted.resolve();
  await consumer.waitForLine(/^Waiting: .*bucket no-bucket-\w+ .* does not exist/);
  await says(box, "it waits", ({ waiting }) => waiting !== null);
  await s3.send(new CreateBucketCommand({ Bucket }));
  await caughtUp(box, ["sales"]);
  consumer.signal("SIGINT");
  await consumer.ended();
  assert.deepEqual(await landedIds(box), eventIds("sales", 5));
});
