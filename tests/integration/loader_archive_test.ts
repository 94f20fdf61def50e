import { GetObjectCommand, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { s3Store } from "../../consumer/landing/s3_store.ts";
import { fileName, saleRows } from "./rows.ts";
import { s3Proxy, type S3Request } from "./s3_proxy.ts";
import type { Sandbox } from "./sandbox.ts";
import { etl, ledger, put, putOurs, verify, type WarehouseBox, warehouseBox } from "./warehouse.ts";

const KEY = fileName("sales", 1);

/** The texts of a bucket's objects by key. */
async function texts({ s3 }: Sandbox, Bucket: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket })) {
    for (const { Key } of page.Contents ?? []) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      found.set(Key!, await Body!.transformToString());
    }
  }
  return found;
}

/** Where the consumer finds its file of so many rows under the key. */
async function find({ s3, settings }: WarehouseBox, rows: number): Promise<string | undefined> {
  const store = s3Store(s3, { raw: settings.bucket, archive: settings.archiveBucket });
  return await store.find(KEY, (of) => of.rows === rows, AbortSignal.timeout(30_000));
}

const foreign = (id: string) => `event_id,timestamp\n${id},2026-02-26\n`;

Deno.test("the archive keeps every content that a name has had; our consumer's file is found by its name", async () => {
  await using box = await warehouseBox("archive-names");
  const { bucket, archiveBucket } = box.settings;
  const write = [
    () => put(box, KEY, foreign("S1")),
    () => put(box, KEY, foreign("S2")),
    () => putOurs(box, "sales", KEY, saleRows(3, 10)),
    () => put(box, KEY, foreign("S3")),
    () => putOurs(box, "sales", KEY, saleRows(4, 20)),
    // The same again is no other content.
    () => putOurs(box, "sales", KEY, saleRows(4, 20)),
    () => put(box, KEY, foreign("S2")),
  ];
  const written = new Set<string>();
  for (const one of write) {
    await one();
    for (const text of (await texts(box, bucket)).values()) written.add(text);
    const { code, stderr } = await etl(box);
    assert.equal(code, 0, stderr);
    assert.equal((await texts(box, bucket)).size, 0);
    const archived = await texts(box, archiveBucket);
    assert.deepEqual(new Set(archived.values()), written);
    assert.equal(archived.size, written.size);
  }
  assert.equal(written.size, 5);
  assert.equal(await find(box, 4), "archive");
  assert.equal((await texts(box, archiveBucket)).get(KEY)?.split("\n").length, 6);
  assert.deepEqual(await ledger(box), { [KEY]: "4 rows, 4 facts, 0 rejected, 0 repeats" });
  const proof = await verify(box);
  assert.doesNotMatch(proof.stdout, /never loaded|same-name/);
});

Deno.test("a move that was interrupted after its copy is ended, and leaves one copy", async () => {
  await using box = await warehouseBox("archive-again");
  const { settings: { bucket, archiveBucket } } = box;
  // Where the archive is not made by the loader, it has to be there.
  assert.equal((await etl(box)).code, 0);
  const isMove = ({ method, url }: S3Request) => method === "DELETE" && url.pathname.endsWith(KEY);
  await putOurs(box, "sales", KEY, saleRows(2));
  await using proxy = await s3Proxy(box.settings.ports.s3, async (request) => {
    if (isMove(request)) request.refuse(403, "AccessDenied");
    else await request.forward();
  });
  const first = await etl({ ...box, env: { ...box.env, ...proxy.env } });
  assert.equal(first.code, 1, first.stdout);
  assert.equal((await texts(box, bucket)).size, 1);
  assert.equal((await texts(box, archiveBucket)).size, 1);
  assert.equal((await etl(box)).code, 0);
  assert.equal((await texts(box, bucket)).size, 0);
  assert.equal((await texts(box, archiveBucket)).size, 1);
});

Deno.test("a file whose key lies below that of an archived one is archived apart, and holds up none", async () => {
  await using box = await warehouseBox("archive-below");
  const above = "x/sales_2026.csv";
  const below = `${above}/sales_2027.csv`;
  for (const [n, key] of [above, below, "x/sales_2028.csv"].entries()) {
    await put(box, key, foreign(`S${n}`));
    const { code, stderr } = await etl(box);
    assert.equal(code, 0, stderr);
  }
  assert.equal((await texts(box, box.settings.bucket)).size, 0);
  const archived = [...(await texts(box, box.settings.archiveBucket)).keys()];
  assert.deepEqual(archived.filter((key) => key !== above && key !== "x/sales_2028.csv").length, 1);
  assert.match(archived.join(), new RegExp(`/${below}`));
});
