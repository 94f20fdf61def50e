import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { consume, owns, planAndDie, says, taken } from "./consume.ts";
import { publish, saleIds, sales } from "./events.ts";
import { assertProvenance, landedFiles, landedIds } from "./landed.ts";
import { sandbox } from "./sandbox.ts";
import { s3Proxy } from "./s3_proxy.ts";
import { until } from "./wait.ts";

const ARGS = ["--batch-size", "10", "--timeout", "2"];
/** The shortest that Kafka allows: a killed member's partitions are given to others after it. */
const SHORT_SESSION = { SESSION_TIMEOUT: "6" };

Deno.test("SIGKILL between plan and completion: the successor completes what was planned", async () => {
  await using box = await sandbox("planned", { env: SHORT_SESSION });
  await publish(box, "sales", sales(100));
  await planAndDie(box, ARGS);
  assert.deepEqual(await landedIds(box), []);

  await using successor = consume(box, ARGS);
  await successor.waitForLine(/✓ Recovered s3:/);
  await until("all have landed", async () => (await landedIds(box)).length >= 100);
  successor.signal("SIGINT");
  await successor.ended();
  assert.deepEqual(await landedIds(box), saleIds(100));
  assertProvenance(await landedFiles(box));
});

Deno.test("SIGKILL in the middle of completion: what was completed stays, the rest is completed", async () => {
  await using box = await sandbox("middle", { env: SHORT_SESSION });
  await publish(box, "sales", sales(100));
  const inTheMiddle = Promise.withResolvers<void>();
  let completions = 0;
  await using proxy = await s3Proxy(box.settings.ports.s3, async (request) => {
    if (!request.isCompletion || ++completions <= 2) return await request.forward();
    inTheMiddle.resolve();
  });
  await using victim = consume(box, ARGS, proxy.env);
  await inTheMiddle.promise;
  victim.signal("SIGKILL");
  await victim.ended();
  await until("two files landed", async () => (await landedFiles(box)).length === 2);

  await using successor = consume(box, ARGS);
  await until("all have landed", async () => (await landedIds(box)).length >= 100);
  successor.signal("SIGINT");
  await successor.ended();
  assert.deepEqual(await landedIds(box), saleIds(100));
  assertProvenance(await landedFiles(box));
});

Deno.test("SIGKILL with a downstream that moves every file away: nothing lost, nothing twice", async () => {
  await using box = await sandbox("moved", { env: SHORT_SESSION });
  await publish(box, "sales", sales(200));
  const moved: string[] = [];
  const over = new AbortController();
  const downstream = (async () => {
    while (!over.signal.aborted) {
      for (const { key, rows } of await landedFiles(box)) {
        await box.s3.send(new DeleteObjectCommand({ Bucket: box.settings.bucket, Key: key }));
        moved.push(...rows.map((row) => row.event_id!));
      }
    }
  })();
  for (let round = 0; round < 3; round++) {
    await using victim = consume(box, ARGS);
    await victim.waitForLine(/✓ (Flushed|Recovered)/);
    victim.signal("SIGKILL");
    await victim.ended();
    await publish(box, "sales", sales(50, 200 + round * 50));
  }
  await using survivor = consume(box, ARGS);
  await until("all have landed", () => moved.length >= 350);
  survivor.signal("SIGINT");
  await survivor.ended();
  over.abort();
  await downstream;
  assert.deepEqual(moved.toSorted(), saleIds(350));
});

Deno.test("a zombie that wakes up after its partitions were given away lands nothing twice", async () => {
  await using box = await sandbox("zombie", { env: SHORT_SESSION });
  await publish(box, "sales", sales(100));
  const stopped = Promise.withResolvers<void>();
  const awake = Promise.withResolvers<void>();
  await using proxy = await s3Proxy(box.settings.ports.s3, async (request) => {
    if (request.isCompletion) {
      stopped.resolve();
      await awake.promise;
    }
    await request.forward();
  });
  const { STATUS_PORT: _, ...env } = proxy.env;
  await using zombie = consume(box, ARGS, { ...env, STATUS_PORT: "" });
  await stopped.promise;
  zombie.signal("SIGSTOP");
  await using successor = consume(box, ARGS);
  await owns(box, 18);
  await until("all have landed", async () => (await landedIds(box)).length >= 100);
  await publish(box, "sales", sales(100, 100));
  awake.resolve();
  zombie.signal("SIGCONT");
  await until("the rest has landed", async () => (await landedIds(box)).length >= 200);
  for (const one of [zombie, successor]) one.signal("SIGINT");
  await Promise.all([zombie.ended(), successor.ended()]);
  assert.deepEqual(await landedIds(box), saleIds(200));
  assertProvenance(await landedFiles(box));
});

Deno.test("an answer of S3 that is lost after the completion makes no second file", async () => {
  await using box = await sandbox("answer");
  await publish(box, "sales", sales(50));
  let cuts = 0;
  await using proxy = await s3Proxy(box.settings.ports.s3, async (request) => {
    await request.forward();
    if (request.isCompletion && ++cuts <= 3) request.cut();
  });
  await using consumer = consume(box, ARGS, proxy.env);
  await says(box, "all have landed", ({ totals }) => totals.rows === 50);
  consumer.signal("SIGINT");
  await consumer.ended();
  assert.ok(cuts > 3);
  assert.deepEqual(await landedIds(box), saleIds(50));
  assertProvenance(await landedFiles(box));
});

Deno.test("a foreign writer's file is not overwritten: ours gets the next name", async () => {
  await using box = await sandbox("foreign");
  await publish(box, "sales", sales(10));
  let foreign: string | undefined;
  await using proxy = await s3Proxy(box.settings.ports.s3, async (request) => {
    if (request.isCompletion && !foreign) {
      foreign = decodeURIComponent(request.url.pathname).split("/").slice(2).join("/");
      await box.s3.send(
        new PutObjectCommand({
          Bucket: box.settings.bucket,
          Key: foreign,
          Body: "event_type,event_id\nsales,FOREIGN\n",
          Metadata: {
            group: "g",
            topic: "t",
            rows: "1",
            sha256: "0",
            offsets: "[[0,0,1,1,0,0,0]]",
          },
        }),
      );
    }
    await request.forward();
  });
  await using consumer = consume(box, ARGS, proxy.env);
  await consumer.waitForLine(/✓ Flushed 10 sales events/);
  consumer.signal("SIGINT");
  await consumer.ended();
  const files = await landedFiles(box);
  assert.equal(files.length, 2);
  assert.deepEqual(files.find(({ key }) => key === foreign)!.rows.map((row) => row.event_id), [
    "FOREIGN",
  ]);
  assert.deepEqual(await landedIds(box), ["FOREIGN", ...saleIds(10)]);
});

Deno.test("a rebalance drops open batches without losing or repeating an event", async () => {
  await using box = await sandbox("rebalance", { env: SHORT_SESSION });
  await publish(box, "sales", sales(25));
  await using first = consume(box, ["--batch-size", "1000", "--timeout", "300"]);
  await taken(box, 25);
  await using second = consume(box, ["--batch-size", "1000", "--timeout", "300"], {
    STATUS_PORT: "",
  });
  await owns(box, 9);
  for (const one of [first, second]) one.signal("SIGINT");
  await Promise.all([first.ended(), second.ended()]);
  await using last = consume(box, ["--batch-size", "1000", "--timeout", "1"]);
  await until("all have landed", async () => (await landedIds(box)).length >= 25);
  last.signal("SIGINT");
  await last.ended();
  assert.deepEqual(await landedIds(box), saleIds(25));
});
