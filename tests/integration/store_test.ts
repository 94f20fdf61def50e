import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { s3Store } from "../../consumer/landing/s3_store.ts";
import type { Completion, Store, Upload } from "../../consumer/landing/store.ts";
import type { Provenance } from "../../shared/formats/provenance.ts";
import { nameOf } from "../../shared/s3/explain.ts";
import { objectExists } from "./landed.ts";
import { native } from "./native.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { services } from "./services.ts";

const KEY = "sales/sales_20260226_102345.csv";
const BODY = new TextEncoder().encode("a,b\n1,2\n");
const PROVENANCE: Provenance = {
  group: "ours",
  topic: "sales_topic",
  ranges: [],
  rows: 1,
  sha256: createHash("sha256").update(BODY).digest("hex"),
};
const isOurs = ({ group }: Provenance) => group === "ours";
const { signal } = new AbortController();

/** A test with a raw bucket of its own, and no archive. */
function storeTest(name: string, fn: (store: Store, box: Sandbox) => Promise<void>) {
  Deno.test({
    name: `s3Store() ${name}`,
    async fn() {
      await using box = await sandbox("store");
      await fn(storeOf(box), box);
    },
  });
}

storeTest("completes an upload, which is visible from then on only", async (store, box) => {
  const upload = await store.upload(KEY, BODY, PROVENANCE, signal);
  assert.equal(await objectExists(box, KEY), false);
  assert.equal(await store.complete(upload, signal), "completed");
  assert.equal(await store.find(KEY, isOurs, signal), "raw");
});

storeTest("completes an upload of which only the plan is known", async (store) => {
  const { uploadId } = await store.upload(KEY, BODY, PROVENANCE, signal);
  assert.equal(await store.complete({ key: KEY, uploadId }, signal), "completed");
});

for (const knows of ["the part", "the plan"]) {
  const asked = (upload: Upload) => knows === "the part" ? upload : { ...upload, etag: undefined };

  storeTest(`says gone of an upload that was completed before (${knows})`, async (store, box) => {
    const upload = asked(await store.upload(KEY, BODY, PROVENANCE, signal));
    assert.equal(await store.complete(upload, signal), "completed");
    assert.equal(await store.complete(upload, signal), "gone");
    await remove(box, KEY);
    assert.equal(await store.complete(upload, signal), "gone");
    assert.equal(await objectExists(box, KEY), false);
  });

  storeTest(`says gone of an upload that was aborted (${knows})`, async (store, box) => {
    const upload = asked(await store.upload(KEY, BODY, PROVENANCE, signal));
    assert.equal(await store.abort(upload), "aborted");
    assert.equal(await store.complete(upload, signal), "gone");
    // VersityGW answers 200 then.
    await put(box, KEY, "foreign");
    assert.equal(await store.complete(upload, signal), "gone");
  });

  storeTest(`says taken of a foreign writer's key (${knows})`, async (store, box) => {
    await put(box, KEY, "foreign");
    const upload = asked(await store.upload(KEY, BODY, PROVENANCE, signal));
    assert.equal(await store.complete(upload, signal), "taken");
    assert.equal(await store.find(KEY, isOurs, signal), undefined);
    await remove(box, KEY);
    assert.equal(await store.complete(upload, signal), "completed");
  });

  storeTest(`says refused of an upload without its part (${knows})`, async (store, box) => {
    const upload = { ...await createOnly(box), etag: etagOf(BODY) };
    assert.equal(await store.complete(asked(upload), signal), "refused");
    await put(box, KEY, "foreign");
    assert.equal(await store.complete(asked(upload), signal), "refused");
    assert.equal(await store.abort(upload), "aborted");
  });

  storeTest(`says refused when the bucket is not there (${knows})`, async (store, box) => {
    const upload = asked(await store.upload(KEY, BODY, PROVENANCE, signal));
    await abort(box, upload);
    await box.s3.send(new DeleteBucketCommand({ Bucket: box.settings.bucket }));
    assert.equal(await store.complete(upload, signal), "refused");
    assert.equal(await store.find(KEY, isOurs, signal), undefined);
    assert.equal(await store.abort(upload), "gone");
  });

  Deno.test({
    name: `s3Store() says gone while a completion is under way, and whatever follows (${knows})`,
    ignore: !native,
    async fn() {
      await using box = await sandbox("store");
      const store = storeOf(box);
      const upload = await store.upload(KEY, BODY, PROVENANCE, signal);
      // What VersityGW does to the upload at the beginning of a completion, and when it fails.
      const folder = await folderOf(box, upload);
      const claimed = `${folder}.${multipartEtagOf(BODY)}.inprogress`;
      await Deno.rename(folder, claimed);
      assert.equal(await store.complete(asked(upload), signal), "gone");
      assert.equal(await store.abort(upload), "gone");
      assert.deepEqual(await Array.fromAsync(store.pending("sales/", signal)), []);
      assert.equal(await store.find(KEY, isOurs, signal), undefined);
      await Deno.rename(claimed, folder);
      assert.equal(await store.complete(asked(upload), signal), "completed");
    },
  });
}

storeTest("says refused of a part with another ETag than it was told", async (store) => {
  const upload = await store.upload(KEY, BODY, PROVENANCE, signal);
  const other = { ...upload, etag: etagOf(new Uint8Array()) };
  assert.equal(await store.complete(other, signal), "refused");
  assert.equal(await store.complete(upload, signal), "completed");
});

storeTest("lets one of many completions at once make the file", async (store) => {
  for (let n = 0; n < 20; n++) {
    const upload = await store.upload(`sales/sales_${n}.csv`, BODY, PROVENANCE, signal);
    const outcomes = await Promise.all(
      Array.from(
        { length: 4 },
        (_, i) => completeAgain(store, i % 2 === 0 ? upload : { ...upload, etag: undefined }),
      ),
    );
    assert.deepEqual(outcomes.toSorted(), ["completed", "gone", "gone", "gone"]);
  }
});

storeTest("tells an upload that it aborted from one that is not there", async (store) => {
  const upload = await store.upload(KEY, BODY, PROVENANCE, signal);
  assert.equal(await store.abort(upload), "aborted");
  assert.equal(await store.abort(upload), "gone");
  const made = await store.upload(KEY, BODY, PROVENANCE, signal);
  await store.complete(made, signal);
  assert.equal(await store.abort(made), "gone");
  assert.equal(await store.find(KEY, isOurs, signal), "raw");
});

storeTest("finds a file where the loader moves it", async (store, box) => {
  const { bucket, archiveBucket } = box.settings;
  assert.equal(await store.find(KEY, isOurs, signal), undefined, "there is no archive");
  await store.complete(await store.upload(KEY, BODY, PROVENANCE, signal), signal);
  await box.s3.send(new CreateBucketCommand({ Bucket: archiveBucket }));
  const copy = { Bucket: archiveBucket, Key: KEY, CopySource: `${bucket}/${KEY}` };
  await box.s3.send(new CopyObjectCommand(copy));
  await remove(box, KEY);
  assert.equal(await store.find(KEY, isOurs, signal), "archive");
  assert.equal(await store.find(KEY, () => false, signal), undefined);
  assert.equal(await store.find("sales/sales_other.csv", isOurs, signal), undefined);
});

storeTest("knows whether an earlier file of ours still lies there", async (store, box) => {
  const earlier = "sales/sales_20260226_102344.csv";
  const has = () => store.hasEarlier(KEY, Infinity, isOurs, signal);
  await put(box, earlier, "foreign");
  await put(box, "inventory/inventory_20260101_000000.csv", "another type");
  for (const key of [KEY, "sales/sales_20260226_102345_001.csv"]) {
    await store.complete(await store.upload(key, BODY, PROVENANCE, signal), signal);
  }
  assert.equal(await has(), false);
  await remove(box, earlier);
  await store.complete(await store.upload(earlier, BODY, PROVENANCE, signal), signal);
  assert.equal(await has(), true);
});

storeTest("lists the uploads that wait under a prefix", async (store) => {
  const { key, uploadId } = await store.upload(KEY, BODY, PROVENANCE, signal);
  await store.upload("inventory/inventory_1.csv", BODY, PROVENANCE, signal);
  const waiting = await Array.fromAsync(store.pending("sales/", signal));
  assert.deepEqual(waiting.map(({ key, uploadId }) => ({ key, uploadId })), [{ key, uploadId }]);
});

/**
 * Completes as a consumer does: asks again after an error of the server, which VersityGW has in a race.
 */
async function completeAgain(store: Store, upload: Upload): Promise<Completion> {
  for (;;) {
    try {
      return await store.complete(upload, signal);
    } catch (error) {
      if (nameOf(error) !== "InternalError") throw error;
    }
  }
}

function storeOf({ s3, settings: { bucket, archiveBucket } }: Sandbox): Store {
  return s3Store(s3, { raw: bucket, archive: archiveBucket });
}

async function createOnly({ s3, settings: { bucket } }: Sandbox): Promise<Upload> {
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({ Bucket: bucket, Key: KEY }),
  );
  return { key: KEY, uploadId: UploadId! };
}

async function abort({ s3, settings }: Sandbox, { key, uploadId }: Upload): Promise<void> {
  const of = { Bucket: settings.bucket, Key: key, UploadId: uploadId };
  await s3.send(new AbortMultipartUploadCommand(of));
}

async function put({ s3, settings: { bucket } }: Sandbox, Key: string, Body: string) {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
}

async function remove({ s3, settings: { bucket } }: Sandbox, Key: string): Promise<void> {
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
}

/** Where VersityGW keeps an upload. */
async function folderOf({ settings: { bucket } }: Sandbox, { key, uploadId }: Upload) {
  const { settings: { runtimeDir } } = await services();
  const object = createHash("sha256").update(key).digest("hex");
  return `${runtimeDir}/data/s3/${bucket}/.sgwtmp/multipart/${object}/${uploadId}`;
}

function etagOf(part: Uint8Array): string {
  return `"${createHash("md5").update(part).digest("hex")}"`;
}

function multipartEtagOf(part: Uint8Array): string {
  const digest = createHash("md5").update(part).digest();
  return `${createHash("md5").update(digest).digest("hex")}-1`;
}
