import { CreateBucketCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { landAll } from "./consume.ts";
import { events, publish } from "./events.ts";
import { s3Proxy } from "./s3_proxy.ts";
import { etl, warehouseBox } from "./warehouse.ts";

const FILES = 5;

Deno.test("a file costs three requests to land and four to load, as the page on speed counts them", async () => {
  await using box = await warehouseBox("requests");
  const counts = new Map<string, number>();
  await using proxy = await s3Proxy(box.settings.ports.s3, async (request) => {
    const { method, url: { pathname, searchParams }, headers } = request;
    // Listings and buckets are not a file's.
    if (/\/sales\/sales_/.test(decodeURIComponent(pathname))) {
      const kind = headers["x-amz-copy-source"]
        ? "copy"
        : searchParams.has("uploads")
        ? "begin"
        : searchParams.has("partNumber")
        ? "part"
        : searchParams.has("uploadId")
        ? "complete"
        : "";
      const name = `${method} ${kind}`.trim();
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    await request.forward();
  });
  const proxied = { ...box, env: { ...box.env, ...proxy.env } };
  await publish(box, "sales", events("sales", FILES * 10), { partition: 0 });
  await landAll(proxied, ["--batch-size", "10", "--timeout", "300"], ["sales"]);
  const landed = ["POST begin", "POST complete", "PUT part"].map((name) => [name, FILES]);
  assert.deepEqual([...counts].toSorted(), landed);

  counts.clear();
  // One elsewhere is not created by the loader, and the proxy is elsewhere.
  await box.s3.send(new CreateBucketCommand({ Bucket: box.settings.archiveBucket }));
  const { code, stderr } = await etl(proxied);
  assert.equal(code, 0, stderr);
  const loaded = ["DELETE", "GET", "HEAD", "PUT copy"].map((name) => [name, FILES]);
  assert.deepEqual([...counts].toSorted(), loaded);
});
