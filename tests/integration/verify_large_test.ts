import { CompressionTypes } from "kafkajs";
import assert from "node:assert/strict";
import { topicOf } from "../../shared/catalogue/events.ts";
import { connectAdmin, ensureTopics } from "../../shared/kafka/client.ts";
import { FileWalk } from "../../verify/file_walk.ts";
import { sale } from "./events.ts";
import { commitAs } from "./group.ts";
import { program } from "./program.ts";
import { nativeTest } from "./native.ts";
import { services } from "./services.ts";
import { sandbox } from "./sandbox.ts";

/** The events of the hole, and what each is as JSON, about, in bytes. */
const EVENTS = 120_000;
const BYTES = 1_000;
/** What V8 may hold in the proof, in MiB: it holds some 40 when it does nothing. */
const HEAP_MIB = 100;

Deno.test("verify reads a hole of 120,000 events, and does not hold them", async () => {
  await using box = await sandbox("verify-hole");
  const topic = topicOf("sales", box.settings.topicPrefix);
  {
    await using admin = await connectAdmin(box.kafka, box.settings);
    await ensureTopics(admin, box.settings);
  }
  const producer = box.kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    retry: { retries: 10 },
  });
  await producer.connect();
  const notes = "x".repeat(BYTES - 200);
  for (let n = 0; n < EVENTS; n += 5_000) {
    await producer.send({
      topic,
      compression: CompressionTypes.GZIP,
      messages: Array.from({ length: 5_000 }, (_, i) => ({
        partition: 0,
        value: JSON.stringify(sale(n + i, { notes })),
      })),
    });
  }
  await producer.disconnect();
  // As if another RAW_BUCKET held the files: all is committed, and nothing is there.
  await commitAs(
    box,
    ["sales"],
    ({ partition }) => partition === 0 ? { offset: EVENTS, metadata: "" } : undefined,
  );
  await using run = program("verify/main.ts", ["--files-only"], {
    permissions: "verify",
    env: box.env,
    flags: [`--v8-flags=--max-old-space-size=${HEAP_MIB}`],
  });
  const { code, stdout, stderr } = await run.ended(180_000);
  assert.deepEqual([code, stderr], [1, ""]);
  const last = EVENTS - 1;
  assert.ok(
    stdout.includes(
      `${topic}/0 offsets 0 to ${last}: ${EVENTS} events are committed, but in neither a file nor a dead letter`,
    ),
    stdout,
  );
});

/** So many files of another program, put where VersityGW keeps its objects: it takes seconds. */
async function putDirectly(bucket: string, count: number): Promise<void> {
  const folder = `${(await services()).settings.runtimeDir}/data/s3/${bucket}/sales`;
  await Deno.mkdir(folder);
  for (let n = 0; n < count; n++) {
    await Deno.writeTextFile(
      `${folder}/sales_20260226_${String(n).padStart(6, "0")}.csv`,
      "x\n1\n",
    );
  }
}

const FILES = 20_000;

nativeTest("verify asks the files of one page of a listing before it reads the next", async () => {
  await using box = await sandbox("verify-pages");
  await putDirectly(box.settings.bucket, FILES);
  // What is held at a time: the files of a page, while each of them is asked for what it is.
  let held = 0;
  let most = 0;
  let asked = 0;
  box.s3.middlewareStack.add((next, { commandName }) => (args) => {
    if (commandName === "ListObjectsV2Command") held = 0;
    if (commandName === "HeadObjectCommand") asked++, most = Math.max(most, ++held);
    return next(args);
  }, { step: "initialize" });
  const walk = new FileWalk({ ...box, onFile: () => {} });
  await walk.run();
  assert.deepEqual([asked, walk.others], [FILES, FILES]);
  assert.ok(most <= 1_000, `${most} files were asked after one page`);
});
