import { CreateBucketCommand, ListBucketsCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { nativeRuntime } from "../../infra/native.ts";
import { connectAdmin, kafkaClient } from "../../shared/kafka/client.ts";
import { connectWarehouse } from "../../shared/postgres/client.ts";
import { s3Client } from "../../shared/s3/client.ts";
import { native, nativeTest, running } from "./native.ts";
import { ownServices } from "./services.ts";
import { ownEnv, settingsOf } from "./settings.ts";

const quiet = { log: () => {} };

Deno.test("runtime: start, second start, stop, start again, purge", async () => {
  await using own = await ownServices("infra");
  const { runtime, settings } = own;
  const names = ["zookeeper", "kafka", "s3", "warehouse"] as const;
  assert.deepEqual(await runtime.start({ ...quiet, services: names }), { alreadyRunning: true });

  const kafka = kafkaClient(settings, "test");
  const s3 = s3Client(settings);
  {
    await using admin = await connectAdmin(kafka, settings);
    await admin.createTopics({ topics: [{ topic: "kept" }], waitForLeaders: true });
  }
  await s3.send(new CreateBucketCommand({ Bucket: "kept" }));
  {
    await using client = await connectWarehouse(settings, "test");
    await client.query("CREATE TABLE kept ()");
  }

  assert.deepEqual(await runtime.stop(quiet), { wasRunning: true });
  assert.deepEqual(await running(runtime), []);
  assert.deepEqual(await runtime.stop(quiet), { wasRunning: false });

  await runtime.start({ ...quiet, services: names });
  {
    await using admin = await connectAdmin(kafka, settings);
    assert.ok((await admin.listTopics()).includes("kept"), "topics survive a stop");
  }
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  assert.deepEqual(Buckets.map(({ Name }) => Name), ["kept"]);
  {
    await using client = await connectWarehouse(settings, "test");
    await client.query("SELECT FROM kept");
  }

  await runtime.stop({ ...quiet, purge: true });
  await runtime.start({ ...quiet, services: ["s3", "warehouse"] });
  {
    await using client = await connectWarehouse(settings, "test");
    await assert.rejects(client.query("SELECT FROM kept"), /does not exist/);
  }
  assert.deepEqual((await s3.send(new ListBucketsCommand({}))).Buckets ?? [], []);
  s3.destroy();
});

nativeTest("Kafka comes up again after it was killed", async () => {
  await using own = await ownServices("infra-killed", ["zookeeper", "kafka"]);
  await own.kill("kafka");
  await own.start("kafka");
  await using admin = await connectAdmin(kafkaClient(own.settings, "test"), own.settings);
  assert.equal((await admin.describeCluster()).brokers.length, 1);
});

nativeTest("PostgreSQL comes up again after it was killed", async () => {
  await using own = await ownServices("infra-pg-killed", ["warehouse"]);
  await own.kill("warehouse");
  await own.start("warehouse");
  await using client = await connectWarehouse(own.settings, "test");
  await client.query("SELECT 1");
});

nativeTest("an abort in the middle of a start leaves nothing up", async () => {
  const settings = settingsOf(ownEnv("infra-abort"));
  const runtime = nativeRuntime(settings);
  const controller = new AbortController();
  const reason = new Error("interrupted");
  const log = (line: string) => {
    // ZooKeeper is up then, and Kafka a process that does not answer yet.
    if (line.startsWith("Starting Kafka")) setTimeout(() => controller.abort(reason), 300);
  };
  await assert.rejects(runtime.start({ log, signal: controller.signal }), reason);
  assert.deepEqual(await running(runtime), []);
  await Deno.remove(settings.runtimeDir, { recursive: true });
});

Deno.test({
  name: "native runtime: the warehouse works below a folder that only root may enter",
  ignore: !native || Deno.uid() !== 0 || Deno.build.os !== "linux",
  async fn() {
    const closed = await Deno.makeTempDir();
    await Deno.chmod(closed, 0o700);
    const settings = { ...settingsOf(ownEnv("infra-closed")), runtimeDir: `${closed}/runtime` };
    const runtime = nativeRuntime(settings);
    const lines: string[] = [];
    const options = { log: (line: string) => lines.push(line), services: ["warehouse"] as const };
    try {
      await runtime.start(options);
      const [, folder] = /^The warehouse lies in (\/var\/lib\/automotive\/\S+):/.exec(lines[0]!)!;
      {
        await using client = await connectWarehouse(settings, "test");
        await client.query("CREATE TABLE kept ()");
      }
      await runtime.stop(options);
      await runtime.start(options);
      {
        await using client = await connectWarehouse(settings, "test");
        await client.query("SELECT FROM kept");
      }
      await runtime.stop({ ...options, purge: true });
      await assert.rejects(Deno.stat(folder!), Deno.errors.NotFound);
    } finally {
      await runtime.stop({ ...options, purge: true });
      await Deno.remove(closed, { recursive: true });
    }
  },
});
