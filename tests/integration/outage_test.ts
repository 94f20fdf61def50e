import { CreateBucketCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { LOCAL_S3 } from "../../shared/s3/client.ts";
import { consume, status, taken } from "./consume.ts";
import { publish, saleIds, sales } from "./events.ts";
import { assertProvenance, landedFiles, landedIds } from "./landed.ts";
import { sandbox } from "./sandbox.ts";
import { ownServices, services } from "./services.ts";
import { until } from "./wait.ts";

const ARGS = ["--batch-size", "10", "--timeout", "1"];

Deno.test("S3 gone in mid-run and back: the consumer waits, says so, and lands every event once", async () => {
  await using own = await ownServices("s3-outage");
  await using box = await sandbox("s3-outage", { on: own });
  await using consumer = consume(box, ARGS);
  await publish(box, "sales", sales(30));
  await consumer.waitForLine(/✓ Flushed/);
  await own.stop("s3");
  await publish(box, "sales", sales(100, 30));
  await consumer.waitForLine(/Waiting: Cannot reach S3 at http:\/\/localhost:\d+/);
  await taken(box, 130);
  assert.match((await status(box)).waiting!.for, /Cannot reach S3/);
  await own.start("s3");
  await until("all have landed", async () => (await landedIds(box)).length >= 130);
  consumer.signal("SIGINT");
  assert.equal((await consumer.ended()).code, 0);
  assert.deepEqual(await landedIds(box), saleIds(130));
  assertProvenance(await landedFiles(box));
});

Deno.test("Kafka gone in mid-run and back: the consumer waits, says so, and lands every event once", async () => {
  await using own = await ownServices("kafka-outage");
  await using box = await sandbox("kafka-outage", { on: own });
  await using consumer = consume(box, ARGS);
  await publish(box, "sales", sales(35));
  await until("some have landed", async () => (await landedIds(box)).length >= 30);
  await own.stop("kafka");
  await consumer.waitForLine(/Waiting: .*Kafka/);
  await own.start("kafka");
  await publish(box, "sales", sales(100, 35));
  await until("all have landed", async () => (await landedIds(box)).length >= 135);
  consumer.signal("SIGINT");
  assert.equal((await consumer.ended()).code, 0);
  assert.deepEqual(await landedIds(box), saleIds(135));
  assertProvenance(await landedFiles(box));
});

Deno.test("a stop while S3 is away waits for it, and a second Ctrl-C ends at once with 130", async () => {
  await using own = await ownServices("s3-stop");
  await using box = await sandbox("s3-stop", { on: own });
  await using consumer = consume(box, ["--timeout", "300"]);
  await publish(box, "sales", sales(5));
  await taken(box, 5);
  await own.stop("s3");
  consumer.signal("SIGINT");
  await consumer.waitForLine(/Waiting: Cannot reach S3/);
  // Two signals in quick succession are one press (shutdown.ts): ask until the second one counts.
  await until("it has ended", () => !consumer.signal("SIGINT"));
  assert.equal((await consumer.ended()).code, 130);
  await own.start("s3");
  await using next = consume(box, ["--timeout", "1"]);
  await next.waitForLine(/✓ Flushed 5 sales events/);
  assert.deepEqual(await landedIds(box), saleIds(5));
});

Deno.test("the consumer says what is wrong at its start, and ends with 1", async (t) => {
  await using box = await sandbox("start");
  const { settings: { ports: { s3 } } } = await services();
  const aws = {
    AWS_ENDPOINT_URL_S3: `http://localhost:${s3}`,
    AWS_ACCESS_KEY_ID: LOCAL_S3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_S3.secretAccessKey,
    AWS_REGION: LOCAL_S3.region,
  };
  const cases: [name: string, env: Record<string, string>, message: RegExp][] = [
    ["wrong credentials", {
      ...aws,
      AWS_SECRET_ACCESS_KEY: "wrong-secret-value",
    }, /access denied .*AWS_SECRET_ACCESS_KEY/s],
    [
      "missing bucket",
      { ...aws, RAW_BUCKET: "no-such-bucket" },
      /bucket no-such-bucket at http:\/\/localhost:\d+: it does not exist.*aws s3 mb s3:\/\/no-such-bucket/s,
    ],
    [
      "AWS chosen without credentials",
      { AWS_REGION: "eu-west-1" },
      /no AWS credentials were found, although AWS_REGION is set/,
    ],
    ["a wrong setting", { KAFKA_BROKERS: "nonsense" }, /KAFKA_BROKERS is "nonsense".*host:port/s],
    [
      "a broker outside of the permissions",
      { KAFKA_BROKERS: "kafka.example.com:9092" },
      /kafka\.example\.com.*deno\.json/s,
    ],
  ];
  for (const [name, env, message] of cases) {
    await t.step(name, async () => {
      await using consumer = consume(box, [], env);
      const { code, stdout, stderr } = await consumer.ended();
      assert.match(stderr, message);
      assert.ok(code === 1 || (code === 2 && name === "a wrong setting"), `exit code ${code}`);
      assert.doesNotMatch(stdout + stderr, /wrong-secret-value|\n\s+at /);
    });
  }
});

Deno.test("a status port that was chosen and is taken is an error that names it", async () => {
  await using box = await sandbox("port");
  using listener = Deno.listen({ hostname: "127.0.0.1", port: Number(box.env.STATUS_PORT) });
  await using consumer = consume(box, []);
  const { code, stderr } = await consumer.ended();
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`port ${(listener.addr as Deno.NetAddr).port} .*in use`));
  assert.match(stderr, /STATUS_PORT/);
});

Deno.test("without AWS variables the consumer lands in the local S3, makes the bucket and says so", async () => {
  await using box = await sandbox("local", { env: { RAW_BUCKET: `new-${crypto.randomUUID()}` } });
  await publish(box, "sales", sales(1));
  await using consumer = consume(box, ["--batch-size", "1"]);
  await consumer.waitForLine(
    /^Landing in the local S3 at http:\/\/localhost:\d+; set AWS credentials to use AWS$/,
  );
  await consumer.waitForLine(/✓ Flushed 1 sales events/);
  assert.deepEqual(await landedIds(box), saleIds(1));
  await assert.rejects(box.s3.send(new CreateBucketCommand({ Bucket: box.settings.bucket })));
});
