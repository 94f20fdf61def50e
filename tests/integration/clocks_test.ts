import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { consume, consumeAhead, crash, landAll, owns } from "./consume.ts";
import { eventIds, events, publish } from "./events.ts";
import { assertProvenance, landedFiles, landedIds } from "./landed.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { s3Proxy } from "./s3_proxy.ts";
import { until } from "./wait.ts";

const ARGS = ["--batch-size", "5", "--timeout", "1"];
const DAY_MS = 24 * 3600 * 1000;

/** Checks that files are named for about now by the right clock. */
async function assertNamedForNow(box: Sandbox): Promise<void> {
  for (const { key } of await landedFiles(box)) {
    const [, ...parts] = /_(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)/.exec(key)!.map(Number);
    const [year, month, ...rest] = parts as [number, number, number, number, number, number];
    const age = Date.now() - Date.UTC(year, month - 1, ...rest);
    assert.ok(Math.abs(age) < 120_000, `${key} is named for ${age} ms ago`);
  }
}

Deno.test("a consumer whose clock runs eight days ahead leaves its neighbour's uploads alone, and names its files for now", async () => {
  await using box = await sandbox("ahead", { env: { SESSION_TIMEOUT: "30" } });
  const uploads = new Set<string>();
  const released = Promise.withResolvers<void>();
  const uploaded = Promise.withResolvers<void>();
  await using mine = await s3Proxy(box.settings.ports.s3, async (request) => {
    await request.forward();
    const UploadId = request.url.searchParams.get("uploadId");
    if (request.method !== "PUT" || !UploadId) return;
    // Made, and in no plan yet: no plan protects it.
    uploads.add(UploadId);
    uploaded.resolve();
    await released.promise;
  });
  let lists = 0;
  const aborted: string[] = [];
  await using ahead = await s3Proxy(box.settings.ports.s3, async (request) => {
    const { searchParams } = request.url;
    const isList = request.method === "GET" && searchParams.has("uploads");
    if (isList) await uploaded.promise;
    await request.forward();
    if (isList) lists++;
    const UploadId = searchParams.get("uploadId");
    if (request.method === "DELETE" && UploadId) aborted.push(UploadId);
  });
  await using neighbour = consume(box, ARGS, mine.env);
  await owns(box, 18);
  await using shifted = consumeAhead(8 * DAY_MS)(box, ARGS, { ...ahead.env, STATUS_PORT: "" });
  await owns(box, 9);
  await publish(box, "sales", events("sales", 60));
  // It looks for what crashes have left at its start, and lands its part meanwhile.
  await until("all uploads are looked at", () => lists >= 6);
  await shifted.waitForLine(/✓ Flushed/);
  released.resolve();
  await until("all have landed", async () => (await landedIds(box)).length >= 60);
  for (const one of [neighbour, shifted]) one.signal("SIGINT");
  await Promise.all([neighbour.ended(), shifted.ended()]);
  assert.deepEqual(await landedIds(box), eventIds("sales", 60));
  assertProvenance(await landedFiles(box));
  assert.ok(uploads.size > 0);
  assert.deepEqual(aborted.filter((id) => uploads.has(id)), []);
  await assertNamedForNow(box);
});

Deno.test("a plan is as old as S3's clock says, whatever those of the dead consumer and of its successor say", async () => {
  await using box = await sandbox("plan-age", { env: { SESSION_TIMEOUT: "6" } });
  await publish(box, "sales", events("sales", 5), { partition: 0 });
  const start = consumeAhead(-2 * DAY_MS);
  await crash(box, ARGS, { point: "after completion", files: 1, start });
  const [made] = await landedFiles(box);
  await assertNamedForNow(box);
  // A downstream takes it: what is left to tell by is the plan's age.
  await box.s3.send(new DeleteObjectCommand({ Bucket: box.settings.bucket, Key: made!.key }));
  const { stderr } = await landAll(box, ARGS, ["sales"], consumeAhead(8 * DAY_MS));
  assert.deepEqual(await landedIds(box), [], stderr);
  assert.doesNotMatch(stderr, /cannot be completed/);

  await publish(box, "sales", events("sales", 5, 5), { partition: 0 });
  await landAll(box, ARGS, ["sales"], start);
  const [next] = await landedFiles(box);
  assert.ok(next!.key > made!.key, `${next!.key} after ${made!.key}`);
  await assertNamedForNow(box);
});
