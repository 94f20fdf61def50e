import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { objectExists } from "./landed.ts";
import { nativeTest } from "./native.ts";
import { sandbox } from "./sandbox.ts";
import { ownServices } from "./services.ts";

nativeTest(
  "a completion that VersityGW was killed in can be tried again after its start",
  async () => {
    await using own = await ownServices("inprogress", ["s3"]);
    await using box = await sandbox("inprogress", { on: own });
    const { s3, settings: { bucket: Bucket } } = box;
    const Key = "sales/sales_20260226_102345.csv";
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const part = { Bucket, Key, UploadId, PartNumber: 1 };
    const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body: "a,b\n1,2\n" }));
    await own.kill("s3");
    const multipart = `${own.settings.runtimeDir}/data/s3/${Bucket}/.sgwtmp/multipart`;
    for await (const { name } of Deno.readDir(multipart)) {
      const folder = `${multipart}/${name}/${UploadId}`;
      await Deno.rename(folder, `${folder}.0123456789abcdef0123456789abcdef-1.inprogress`);
    }
    await own.start("s3");
    await s3.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        IfNoneMatch: "*",
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
      }),
    );
    assert.ok(await objectExists(box, Key));
  },
);
