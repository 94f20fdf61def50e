import { CreateBucketCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { kafkaClient } from "../../shared/kafka/client.ts";
import { consume, taken } from "./consume.ts";
import { landedIds } from "./landed.ts";
import { native } from "./native.ts";
import { orchestrated, publishedIds } from "./orchestrate.ts";
import { type Ended, program } from "./program.ts";
import type { Sandbox } from "./sandbox.ts";
import { kafkaUser } from "./secure_broker.ts";
import { s3User } from "./secure_s3.ts";
import { type SecureServices, secureServices } from "./secure_services.ts";
import { type Env, settingsOf } from "./settings.ts";
import { etl } from "./warehouse.ts";

const wrongKafka = { KAFKA_SASL_PASSWORD: "pw-wrong-kafka" };
const wrongS3 = { AWS_SECRET_ACCESS_KEY: "sk-wrong-s3" };
const untrustedS3 = { NODE_EXTRA_CA_CERTS: "" };
const secrets = [
  kafkaUser.password,
  s3User.secretAccessKey,
  ...Object.values({ ...wrongKafka, ...wrongS3 }),
];

Deno.test({
  name: "native runtime: over TLS events land as without it, and no secret is ever printed",
  ignore: !native,
  async fn(t) {
    await using secure = await secureServices();
    const box = boxOf(secure);
    /** All that was printed, logged or served. */
    const texts: string[] = [];
    const failed = async (run: Ended | Promise<Ended>, what: RegExp) => {
      const { code, stdout, stderr } = await run;
      texts.push(stdout, stderr);
      assert.match(stderr, what);
      assert.equal(code, 1, stderr);
    };

    await t.step(
      "the producer, the consumer and the status use Kafka and S3 over TLS",
      async () => {
        const produced = await produce(box);
        texts.push(produced.stdout, produced.stderr);
        assert.equal(produced.code, 0, produced.stderr);
        await using consumer = consume(box, ["--batch-size", "5", "--timeout", "1"]);
        await taken(box, 20);
        for (let files = 0; files < 4; files++) await consumer.waitForLine(/^✓ Flushed/);
        texts.push(await statusPage(box));
        const status = await orchestrated(box.env, "--status");
        assert.match(status.stdout, /sales.*\b20\b/);
        assert.doesNotMatch(status.stdout + status.stderr, /Cannot|✗/);
        consumer.signal("SIGTERM");
        const { code, stdout, stderr } = await consumer.ended();
        assert.equal(code, 0, stderr);
        texts.push(stdout, stderr, status.stdout, status.stderr);
        assert.deepEqual(await landedIds(box), publishedIds(produced.stdout));
      },
    );
    await t.step("the loader uses S3 over TLS, too", async () => {
      await box.s3.send(new CreateBucketCommand({ Bucket: box.settings.archiveBucket }));
      const { code, stdout, stderr } = await etl(box);
      texts.push(stdout, stderr);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^Using https:\S+, because .+\n$/);
      assert.match(stdout, /20 rows = 20 facts/);
    });
    await t.step("a wrong password of Kafka ends the producer and the consumer", async () => {
      await failed(
        produce(box, wrongKafka),
        /^✗ Cannot use Kafka at .* authentication failed for the user/,
      );
      await failed(
        consumed(box, wrongKafka),
        /^✗ Cannot use Kafka at .* authentication failed for the user/m,
      );
      const { stdout, stderr } = await orchestrated({ ...box.env, ...wrongKafka }, "--status");
      texts.push(stdout, stderr);
      assert.match(stdout + stderr, /authentication failed/);
    });
    await t.step("a wrong secret key of S3 ends the consumer", async () => {
      await failed(consumed(box, wrongS3), /^✗ Cannot use the bucket .* access denied/);
      const { stdout, stderr } = await orchestrated({ ...box.env, ...wrongS3 }, "--status");
      texts.push(stdout, stderr);
      assert.match(stdout + stderr, /access denied/);
    });
    await t.step("an S3 whose certificate is not trusted ends the consumer", async () => {
      const what = /^✗ Cannot use S3 at https:.* its certificate is not trusted/;
      await failed(consumed(box, untrustedS3), what);
    });
    await t.step("a setting that is wrong is refused by name", async () => {
      const wrong = { KAFKA_SASL_PASSWORD: `${wrongKafka.KAFKA_SASL_PASSWORD}\u0007` };
      const { code, stderr } = await consumed(box, wrong);
      assert.equal(code, 2);
      assert.match(stderr, /KAFKA_SASL_PASSWORD has a value that cannot be used/);
      texts.push(stderr);
    });
    await t.step("none of the secrets is in any output, status page or log", async () => {
      texts.push(...await filesIn(`${box.settings.runtimeDir}/logs`));
      assert.ok(texts.length > 15);
      for (const text of texts) {
        for (const secret of secrets) assert.ok(!text.includes(secret), `${secret} in: ${text}`);
      }
    });
  },
});

function boxOf({ env, s3 }: SecureServices): Sandbox {
  const settings = settingsOf(env);
  const kafka = kafkaClient(settings, "test");
  return { env, settings, kafka, s3, [Symbol.asyncDispose]: () => Promise.resolve() };
}

async function produce({ env }: Sandbox, change: Env = {}): Promise<Ended> {
  await using run = program("producers/sales.ts", ["--interval", "0", "--count", "20"], {
    permissions: "producer",
    env: { DEBUG: "1", ...env, ...change },
  });
  return await run.ended();
}

/** Runs a consumer that is to end by itself. */
async function consumed(box: Sandbox, change: Env): Promise<Ended> {
  await using run = consume(box, [], { DEBUG: "1", ...change });
  return await run.ended();
}

async function statusPage({ env }: Sandbox): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${env.STATUS_PORT}/status`);
  return await answer.text();
}

async function filesIn(folder: string): Promise<string[]> {
  const files = await Array.fromAsync(Deno.readDir(folder));
  assert.ok(files.length > 0);
  return await Promise.all(files.map(({ name }) => Deno.readTextFile(`${folder}/${name}`)));
}
