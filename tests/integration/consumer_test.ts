import { CompressionTypes } from "kafkajs";
import assert from "node:assert/strict";
import { deadLetterTopic } from "../../shared/catalogue/events.ts";
import { connectAdmin } from "../../shared/kafka/client.ts";
import { readTopic } from "../../shared/kafka/topic_reader.ts";
import { consume, says, status, taken } from "./consume.ts";
import { committed } from "./dead_letters.ts";
import { publish, sale, saleIds, sales } from "./events.ts";
import { assertProvenance, landedFiles, landedIds } from "./landed.ts";
import { program } from "./program.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { until } from "./wait.ts";

const FLUSHED = /✓ Flushed (\d+) (\w+) events → s3:\/\/[\w-]+\/((\w+)\/\w+\.csv)/;

async function deadLetters(box: Sandbox) {
  await using admin = await connectAdmin(box.kafka, box.settings);
  return await readTopic(box.kafka, admin, deadLetterTopic(box.settings.topicPrefix));
}

Deno.test("a batch lands when it holds --batch-size events, the rest on the first Ctrl-C", async () => {
  await using box = await sandbox("count");
  await publish(box, "sales", sales(25));
  await using consumer = consume(box, ["--batch-size", "10", "--timeout", "300"]);
  await taken(box, 25);
  await says(box, "two files landed", ({ totals }) => totals.files === 2);
  consumer.signal("SIGINT");
  const { code, stdout, stderr } = await consumer.ended();
  assert.deepEqual([code, stderr], [0, ""]);
  const flushed = stdout.split("\n").map((line) => FLUSHED.exec(line)?.[1]).filter(Boolean);
  assert.deepEqual(flushed, ["10", "10", "5"]);
  assert.match(stdout, /Stopped: 25 events landed in 3 files, 0 dead letters\n$/);
  const files = await landedFiles(box);
  assert.deepEqual(files.map(({ rows }) => rows.length).toSorted(), [10, 10, 5].toSorted());
  for (const { key } of files) {
    assert.match(key, /^sales\/sales_\d{8}_\d{6}(_\d{3})?_g[0-9a-f]{6}\.csv$/);
  }
  assert.deepEqual(await landedIds(box), saleIds(25));
  assertProvenance(files);
});

Deno.test("a batch lands when it is --timeout seconds old", async () => {
  await using box = await sandbox("age");
  await publish(box, "sales", sales(3));
  await using consumer = consume(box, ["--timeout", "1"]);
  await consumer.waitForLine(/✓ Flushed 3 sales events/);
});

Deno.test("the status tells what is open and what will cut it", async () => {
  await using box = await sandbox("status");
  await publish(box, "sales", sales(3));
  await using consumer = consume(box, ["--batch-size", "5", "--timeout", "200"]);
  await taken(box, 3);
  const state = await status(box);
  assert.equal(state.openBatches.length, 1);
  const [batch] = state.openBatches;
  assert.deepEqual([batch!.type, batch!.rows, batch!.cutsIn.rows], ["sales", 3, 2]);
  assert.ok(batch!.cutsIn.seconds > 0 && batch!.cutsIn.seconds <= 200);
  assert.equal(state.waiting, null);
  const health = await fetch(`http://127.0.0.1:${box.env.STATUS_PORT}/healthz`);
  assert.equal(await health.text(), "ok\n");
  consumer.signal("SIGTERM");
  assert.equal((await consumer.ended()).code, 0);
});

Deno.test("what cannot be landed goes to the dead letter topic with its origin, the rest lands", async () => {
  await using box = await sandbox("dead");
  await publish(box, "sales", [
    sale(1),
    "not json {",
    "[1,2]",
    sale(2, { event_type: "payments" }),
    sale(3, { event_type: "unknown" }),
    sale(4, { sale_price: "12k" }),
    { event_type: "sales", timestamp: "2026-02-26T10:30:45.123456" },
    sale(5, { timestamp: null }),
    sale(6, { sale_date: "2026-02-30" }),
    new Uint8Array([0xff, 0xfe, 0x00]),
    null,
    sale(7),
  ], { partition: 1 });
  await using consumer = consume(box, ["--timeout", "1"]);
  await consumer.waitForLine(/✓ Flushed 2 sales events/);
  assert.deepEqual(await landedIds(box), [sale(1).event_id, sale(7).event_id]);
  const letters = (await deadLetters(box)).map(({ message }) => ({
    key: String(message.key),
    offset: Number(message.headers!.offset),
    topic: String(message.headers!.topic),
    error: String(message.headers!.error),
  })).sort((a, b) => a.offset - b.offset);
  const topic = `${box.settings.topicPrefix}sales_topic`;
  assert.deepEqual(
    letters.map(({ key }) => key),
    letters.map(({ offset }) => `${topic}/1/${offset}`),
  );
  assert.deepEqual(letters.map(({ offset }) => offset), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const reasons = [
    /not JSON/,
    /not a JSON object but an array/,
    /event_type is "payments" in the topic of sales/,
    /event_type is "unknown" in the topic of sales/,
    /sale_price is "12k", expected an amount/,
    /no event_id and no sale_id/,
    /no timestamp/,
    /sale_date is "2026-02-30", expected a UTC time/,
    /not valid UTF-8/,
  ];
  reasons.forEach((reason, i) => assert.match(letters[i]!.error, reason));
  const [file] = await landedFiles(box);
  assert.deepEqual(file!.provenance.ranges, [
    { partition: 1, from: 0, to: 12, rows: 2, repeats: 0, deadLetters: 9, tombstones: 1 },
  ]);
});

Deno.test("offsets with nothing to land advance without a file", async () => {
  await using box = await sandbox("nothing");
  await publish(box, "sales", ["bad", null, "bad"], { partition: 0 });
  await using _consumer = consume(box, ["--timeout", "1"]);
  await committed(box, "sales", 0, 3);
  assert.deepEqual(await landedFiles(box), []);
});

Deno.test("all four compression codecs are read", async () => {
  await using box = await sandbox("codecs");
  const { GZIP, Snappy, LZ4, ZSTD } = CompressionTypes;
  let n = 0;
  for (const compression of [GZIP, Snappy, LZ4, ZSTD]) {
    await publish(box, "sales", sales(50, 50 * n++), { compression });
  }
  await using consumer = consume(box, ["--batch-size", "200"]);
  await consumer.waitForLine(/✓ Flushed 200 sales events/);
  assert.deepEqual(await landedIds(box), saleIds(200));
});

Deno.test("fields with quotes, commas, newlines, emoji and a BOM come back out of the file", async () => {
  await using box = await sandbox("fields");
  const names = ['a "quoted" name', "a,b", "two\nlines", "cr\r\nlf", "🚗 é 漢", "\uFEFFbom", " x "];
  await publish(box, "sales", names.map((customer_name, i) => sale(i, { customer_name })));
  await using consumer = consume(box, ["--batch-size", String(names.length)]);
  await consumer.waitForLine(/✓ Flushed 7 sales events/);
  const [file] = await landedFiles(box);
  const byId = new Map(file!.rows.map((row) => [row.event_id, row.customer_name]));
  names.forEach((name, i) => assert.equal(byId.get(String(sale(i).event_id)), name));
});

Deno.test("unknown fields become columns after the known ones, absent ones stay empty", async () => {
  await using box = await sandbox("extra");
  await publish(box, "sales", [
    sale(1),
    sale(2, { trim_level: "GT", options: { roof: true } }),
    { event_type: "sales", sale_id: "SALE-00000003", timestamp: "2026-02-26T10:30:45Z" },
  ], { partition: 0 });
  await using consumer = consume(box, ["--batch-size", "3"]);
  await consumer.waitForLine(/✓ Flushed 3 sales events/);
  const [file] = await landedFiles(box);
  assert.match(file!.text, /^event_type,event_id,timestamp,.*sale_price,trim_level,options\n/);
  const [first, second, third] = file!.rows;
  assert.deepEqual([first!.trim_level, first!.options], ["", ""]);
  assert.deepEqual([second!.trim_level, second!.options], ["GT", '{"roof":true}']);
  assert.deepEqual(
    [third!.event_id, third!.timestamp, third!.sale_price],
    ["SALE-00000003", "2026-02-26T10:30:45.000000", ""],
  );
});

Deno.test("a repeat to the letter in the open batch is dropped and counted", async () => {
  await using box = await sandbox("repeat");
  await publish(box, "sales", [sale(1), sale(1), sale(1, { sale_price: 1 }), sale(2)], {
    partition: 0,
  });
  await using consumer = consume(box, ["--batch-size", "3"]);
  await consumer.waitForLine(/✓ Flushed 3 sales events/);
  const [file] = await landedFiles(box);
  assert.equal(file!.provenance.ranges[0]!.repeats, 1);
});

Deno.test("messages of 900 KB land", async () => {
  await using box = await sandbox("large");
  await publish(box, "sales", [sale(1, { blob: "x".repeat(900_000) })]);
  await publish(box, "sales", [sale(2, { blob: "y".repeat(900_000) })]);
  await using consumer = consume(box, ["--batch-size", "2", "--max-buffer", "1"]);
  await until("both have landed", async () => (await landedIds(box)).length === 2);
  consumer.signal("SIGINT");
  assert.equal((await consumer.ended()).code, 0);
});

Deno.test("many files in one second have names of their own", async () => {
  await using box = await sandbox("second");
  await publish(box, "sales", sales(400));
  await using consumer = consume(box, ["--batch-size", "4"]);
  await says(box, "100 files landed", ({ totals }) => totals.files === 100);
  consumer.signal("SIGINT");
  await consumer.ended();
  const files = await landedFiles(box);
  assert.equal(files.length, 100);
  assert.ok(files.some(({ key }) => /_\d{6}_\d{3}_g[0-9a-f]{6}\.csv$/.test(key)));
  assert.deepEqual(await landedIds(box), saleIds(400));
  assertProvenance(files);
});

Deno.test("two consumers at once share the partitions and land every event once", async () => {
  await using box = await sandbox("two");
  await publish(box, "sales", sales(300));
  await using first = consume(box, ["--batch-size", "7", "--timeout", "2"]);
  await first.waitForLine(FLUSHED);
  const { STATUS_PORT: _, ...env } = box.env;
  await using second = program("consumer/main.ts", ["--batch-size", "7", "--timeout", "2"], {
    permissions: "consumer",
    env,
  });
  await second.waitForLine(/^Consuming as /);
  await until("the partitions are shared", async () => {
    const owned = Object.values((await status(box)).assignment).flatMap((p) => Object.keys(p));
    return owned.length > 0 && owned.length < 18;
  });
  await publish(box, "sales", sales(300, 300));
  await until("all have landed", async () => (await landedIds(box)).length >= 600);
  for (const one of [first, second]) one.signal("SIGINT");
  assert.deepEqual([(await first.ended()).code, (await second.ended()).code], [0, 0]);
  assert.deepEqual(await landedIds(box), saleIds(600));
  const files = await landedFiles(box);
  assertProvenance(files);
  assert.ok(
    files.some(({ key }) => /_p\d_g[0-9a-f]{6}\.csv$/.test(key)),
    "no file names its partition",
  );
});
