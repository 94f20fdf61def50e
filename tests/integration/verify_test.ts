import {
  CopyObjectCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { createSimulation } from "../../producers/simulation/simulation.ts";
import { deadLetterTopic, topicOf, type Type, types } from "../../shared/catalogue/events.ts";
import { connectAdmin, ensureTopics } from "../../shared/kafka/client.ts";
import { compacted } from "./compaction.ts";
import { consume, taken } from "./consume.ts";
import { replay } from "./dead_letters.ts";
import { publish, sale, sales } from "./events.ts";
import { commitAs } from "./group.ts";
import { createTopic } from "./hooked_consumer.ts";
import { landedFiles } from "./landed.ts";
import { type Ended, program } from "./program.ts";
import { s3Proxy } from "./s3_proxy.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { ownServices } from "./services.ts";
import { freePorts } from "./settings.ts";
import { openTransaction } from "./transactions.ts";
import { until } from "./wait.ts";
import { etl, put, query, startEtl, verify, type WarehouseBox, warehouseBox } from "./warehouse.ts";

const ARGS = ["--batch-size", "10", "--timeout", "300"];
/** Good events of a round of the test that never rests; a repeat, a bad one and a tombstone go with them. */
const EACH = 8;

/** Lands so many messages that wait in Kafka, and stops the consumer. */
async function land(box: Sandbox, count: number): Promise<void> {
  await using consumer = consume(box, ARGS);
  await taken(box, count);
  consumer.signal("SIGINT");
  const { code, stderr } = await consumer.ended();
  assert.deepEqual([code, stderr], [0, ""]);
}

/** Loads what waits in the bucket. */
async function load(box: Sandbox): Promise<void> {
  const { code, stderr } = await etl(box);
  assert.deepEqual([code, stderr], [0, ""]);
}

/** The keys of the landed files, in the order of their offsets. */
async function keys(box: Sandbox): Promise<string[]> {
  const files = await landedFiles(box);
  const from = (file: typeof files[number]) => file.provenance.ranges[0]!.from;
  return files.sort((a, b) => from(a) - from(b)).map(({ key }) => key);
}

/** A place in the topic of sales, as the proof names it. */
const at = ({ settings }: Sandbox, place: string) =>
  `${topicOf("sales", settings.topicPrefix)}/${place}`;

/** What the proof says in the end: its exit code, and its verdict. */
async function prove(box: Sandbox): Promise<(number | string)[]> {
  return verdictOf(await verify(box));
}

function verdictOf({ code, stdout, stderr }: Ended): (number | string)[] {
  assert.equal(stderr, "");
  const lines = stdout.trimEnd().split("\n");
  return [code, ...lines.slice(lines.findIndex((line) => /^[✅✗]/u.test(line)))];
}

/** What the proof says when it does not add up. */
function broken(...problems: string[]): (number | string)[] {
  const title = `✗ The counts do not add up: ${problems.length} difference${
    problems.length === 1 ? "" : "s"
  }`;
  return [1, title, ...problems.map((problem) => `  ${problem}`)];
}

/** The counts of a type in one of the proof's two tables. */
function counts({ stdout }: Ended, table: "Kafka" | "Files", type: Type | "all"): number[] {
  const lines = stdout.split("\n");
  const title = lines.findIndex((line) => line.startsWith(`${table} → `));
  const [name, ...cells] = lines.slice(title).find((line) => line.startsWith(`  ${type} `))!
    .trim().split(/\s+/);
  assert.equal(name, type);
  return cells.map((cell) => Number(cell.replaceAll(",", "")));
}

Deno.test("verify proves that every event has landed and is loaded, at every stage of the way", async () => {
  await using box = await warehouseBox("verify");
  await load(box);
  const nothing = [
    0,
    "✅ 0 published = 0 landed + 0 dead letters",
    "✅ 0 rows in files = 0 facts + 0 rejected + 0 repeats",
  ];
  assert.deepEqual(await prove(box), nothing, "nothing was ever published");

  const simulation = createSimulation(types, { seed: 5, interval: 1 });
  const events = Array.from({ length: 25 }, () => simulation.round()).flat();
  for (const [type, some] of Map.groupBy(events, ({ event_type }) => event_type)) {
    await publish(box, type, some);
  }
  const published = await verify(box);
  assert.deepEqual(verdictOf(published), nothing, "nothing is committed");
  assert.deepEqual(counts(published, "Kafka", "telemetry"), [0, 0, 0, 0, 0, 0, 25]);

  await land(box, 150);
  assert.deepEqual(await prove(box), [
    0,
    "✅ 150 published = 150 landed + 0 dead letters",
    "✅ 150 rows in files = 0 facts + 0 rejected + 0 repeats + 150 waiting",
  ]);
  await load(box);
  const loaded = await verify(box);
  assert.deepEqual(verdictOf(loaded), [
    0,
    "✅ 150 published = 150 landed + 0 dead letters",
    "✅ 150 rows in files = 150 facts + 0 rejected + 0 repeats",
  ]);
  for (const type of types) {
    assert.deepEqual(counts(loaded, "Kafka", type), [25, 25, 0, 0, 0, 0, 0]);
    assert.deepEqual(counts(loaded, "Files", type).slice(1), [25, 0, 25, 0, 0]);
  }
});

Deno.test("verify says that the warehouse has no schema, and that the archive is missing", async () => {
  await using box = await warehouseBox("verify-empty");
  const fresh = await verify(box);
  assert.deepEqual([fresh.code, fresh.stdout], [1, ""]);
  assert.match(fresh.stderr, /^✗ The warehouse has no schema yet\n {2}→ run: deno task etl /);
  await load(box);
  const { archiveBucket } = box.settings;
  await box.s3.send(new DeleteBucketCommand({ Bucket: archiveBucket }));
  const { code, stderr } = await verify(box);
  assert.equal(code, 1);
  assert.ok(stderr.startsWith(`✗ Cannot use the bucket ${archiveBucket} at http://`), stderr);
  assert.match(
    stderr,
    /: it does not exist \(NoSuchBucket, HTTP 404\)\n {2}→ .* set ARCHIVE_BUCKET /,
  );
});

/** Does something again and again until it is stopped; stopping tells whether it failed. */
function again(work: () => Promise<void>) {
  let over = false;
  const end = (async () => {
    while (!over) await work();
  })();
  const stop = () => {
    over = true;
    return end;
  };
  end.catch(() => {/* Whoever stops it is told. */});
  return { stop, [Symbol.asyncDispose]: () => stop().catch(() => {}) };
}

Deno.test("verify proves the way while events are published, landed, set aside, loaded and moved", async () => {
  await using box = await warehouseBox("verify-live");
  await load(box);
  let sent = 0;
  await using publishing = again(async () => {
    const repeats = [sale(sent), sale(sent)];
    await publish(box, "sales", [...sales(EACH, sent), ...repeats, "no JSON", null]);
    sent += EACH;
  });
  await using producers = program("producers/all.ts", ["--interval", "0.05"], {
    permissions: "producer",
    env: box.env,
  });
  await using consumer = consume(box, ["--batch-size", "10", "--timeout", "1"]);
  await using watch = startEtl(box, "--watch");
  // A loader that looks every 5 s would seldom be met in the middle of its work.
  await using loading = again(() => load(box));
  await consumer.waitForLine(/✓ Flushed/);
  const seen: number[] = [];
  for (let n = 0; n < 5; n++) {
    const proof = await verify(box);
    assert.equal(proof.code, 0, proof.stdout + proof.stderr);
    assert.doesNotMatch(proof.stdout, /held back/);
    seen.push(counts(proof, "Kafka", "all")[0]!);
  }
  assert.ok(new Set(seen).size > 3, `it stood still: ${seen}`);
  producers.signal("SIGINT");
  await Promise.all([publishing.stop(), loading.stop()]);
  const [, produced] = await producers.waitForLine(/^Stopped: (\d+) events published$/);
  const bad = sent / EACH;
  await taken(box, Number(produced) + sent + 4 * bad);
  for (const one of [consumer, watch]) {
    one.signal("SIGINT");
    assert.equal((await one.ended()).code, 0);
  }
  await load(box);
  const proof = await verify(box);
  assert.equal(proof.code, 0, proof.stdout);
  const [published, , deadLetters, , tombstones, , lag] = counts(proof, "Kafka", "all");
  assert.deepEqual(
    [published, deadLetters, tombstones, lag],
    [Number(produced) + sent + 4 * bad, bad, bad, 0],
  );
  const [, , waiting, facts, rejected] = counts(proof, "Files", "all");
  assert.deepEqual([waiting, facts, rejected], [0, Number(produced) + sent, 0]);
});

Deno.test("verify explains dead letters, tombstones, repeats, rejected rows and a replay's markers", async () => {
  await using box = await warehouseBox("verify-explains");
  const first = [...sales(5), sale(3), null, "no JSON", ...sales(5, 5)];
  await publish(box, "sales", first, { partition: 0 });
  await land(box, 13);
  // Nothing of these two is in a file: the offsets advance without one.
  await publish(box, "sales", ["no JSON either"], { partition: 1 });
  await publish(box, "sales", [null, null], { partition: 2 });
  await land(box, 3);
  assert.equal((await replay(box)).code, 0);
  // What was replayed is bad again; in both partitions a marker follows it.
  await publish(box, "sales", [sale(0), sale(20, { sale_price: -1 })], { partition: 0 });
  await publish(box, "sales", [...sales(2, 30), "bad in the end"], { partition: 1 });
  await land(box, 7);
  await load(box);
  const proof = await verify(box);
  assert.deepEqual(verdictOf(proof), [
    0,
    "✅ 25 published = 14 landed + 5 dead letters + 6 repeats, tombstones and markers",
    "✅ 14 rows in files = 12 facts + 1 rejected + 1 repeats",
  ]);
  assert.deepEqual(counts(proof, "Kafka", "sales"), [25, 14, 5, 1, 3, 2, 0]);
});

Deno.test("verify needs nothing of Kafka that has landed and is loaded; what it lost before is named", async () => {
  await using box = await warehouseBox("verify-retention");
  await publish(box, "sales", sales(10), { partition: 0 });
  await land(box, 10);
  await publish(box, "sales", ["in no file"], { partition: 1 });
  await land(box, 1);
  await load(box);
  await using admin = await connectAdmin(box.kafka, box.settings);
  const topic = topicOf("sales", box.settings.topicPrefix);
  const cut = (...partitions: { partition: number; offset: string }[]) =>
    admin.deleteTopicRecords({ topic, partitions });
  await cut({ partition: 0, offset: "10" }, { partition: 1, offset: "1" });
  const whole = "✅ 10 rows in files = 10 facts + 0 rejected + 0 repeats";
  assert.deepEqual(await prove(box), [0, "✅ 10 published = 10 landed + 0 dead letters", whole]);
  for (const partition of [0, 1]) await publish(box, "sales", sales(9, 50), { partition });
  await cut({ partition: 0, offset: "15" }, { partition: 1, offset: "2" });
  assert.deepEqual(
    await prove(box),
    broken(
      `${at(box, "0 offsets 10 to 14")} were deleted by Kafka before they were landed`,
      `${at(box, "1 offset 1")} were deleted by Kafka before they were landed`,
    ),
  );
});

Deno.test("verify finds a landed file that was deleted before it was loaded, and names its offsets", async () => {
  await using box = await warehouseBox("verify-deleted");
  await load(box);
  await publish(box, "sales", sales(30), { partition: 0 });
  await land(box, 30);
  const [, second] = await keys(box);
  const { s3, settings: { bucket: Bucket } } = box;
  await s3.send(new DeleteObjectCommand({ Bucket, Key: second }));
  const problems = [
    `${
      at(box, "0 offsets 10 to 19")
    }: 10 events are committed, but in neither a file nor a dead letter`,
    "sales: 30 offsets are committed, 20 are accounted for",
  ];
  assert.deepEqual(await prove(box), broken(...problems));
  await load(box);
  // A file of several partitions is missed in each of them.
  await publish(box, "sales", sales(4, 30), { partition: 1 });
  await publish(box, "sales", sales(1, 40), { partition: 2 });
  await land(box, 5);
  const [last] = await keys(box);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: last }));
  assert.deepEqual(
    await prove(box),
    broken(
      problems[0]!,
      `${
        at(box, "1 offsets 0 to 3")
      }: 4 events are committed, but in neither a file nor a dead letter`,
      `${at(box, "2 offset 0")}: 1 events are committed, but in neither a file nor a dead letter`,
      "sales: 35 offsets are committed, 20 are accounted for",
    ),
  );
});

Deno.test("verify proves that all has landed without a warehouse, and says that it has looked at no more", async () => {
  await using box = await warehouseBox("verify-files");
  await publish(box, "sales", [...sales(25), "no JSON"], { partition: 0 });
  await land(box, 26);
  const landed = "✅ 26 published = 25 landed + 1 dead letters";
  const filesOnly = async (env = {}) =>
    await verify({ ...box, env: { ...box.env, ...env } }, "--files-only");
  const away = {
    WAREHOUSE_URL: `postgresql://nobody:no@localhost:${freePorts(1)[0]}/nothing`,
  };
  // Nobody has ever loaded anything: there is neither a schema nor an archive.
  const alone = await filesOnly(away);
  assert.deepEqual(verdictOf(alone), [0, landed]);
  assert.match(alone.stdout, /\nFiles → warehouse\n {2}not checked \(--files-only\)\n/);
  const whole = await verify({ ...box, env: { ...box.env, ...away } });
  assert.deepEqual(verdictOf(whole), [
    1,
    landed,
    "✗ Files → warehouse was not checked",
    "  → check WAREHOUSE_URL, the server and the network",
    "  → without a warehouse: deno task verify --files-only",
  ]);
  assert.match(whole.stdout, /\n {2}not checked: Cannot use the warehouse at postgresql:/);
  // Where some of the files have got to the archive, and some of these are in both.
  const { s3, settings: { bucket: Bucket, archiveBucket } } = box;
  const [first, second] = await keys(box) as [string, string];
  await load(box);
  await s3.send(
    new CopyObjectCommand({ Bucket, Key: second, CopySource: `${archiveBucket}/${second}` }),
  );
  assert.deepEqual(verdictOf(await filesOnly()), [0, landed]);
  await s3.send(new DeleteObjectCommand({ Bucket: archiveBucket, Key: first }));
  assert.deepEqual(
    verdictOf(await filesOnly()),
    broken(
      `${
        at(box, "0 offsets 0 to 9")
      }: 10 events are committed, but in neither a file nor a dead letter`,
      "sales: 26 offsets are committed, 16 are accounted for",
    ),
  );
});

Deno.test("verify tells an open transaction, and what compaction has removed, from markers", async () => {
  await using box = await warehouseBox("verify-compacted");
  await using admin = await connectAdmin(box.kafka, box.settings);
  const topic = topicOf("sales", box.settings.topicPrefix);
  const event = (n: number) => JSON.stringify(sale(n));
  const left = await compacted(box, admin, topic, 20, event);
  await ensureTopics(admin, box.settings);
  await using open = await openTransaction(box.kafka, topic);
  const message = { key: "open", partition: 0, value: event(50) };
  await open.transaction.send({ topic, messages: [message] });
  await land(box, left);
  await load(box);
  const held = await verify(box);
  assert.equal(held.code, 1, held.stdout);
  const lost = 21 - left;
  const why = "removed by compaction before being landed";
  const said = held.stdout.split("\n").filter((line) => line.includes(why));
  const counted = said.map((line) => Number(/: (\d+) records? removed/.exec(line)![1]));
  assert.equal(counted.reduce((sum, count) => sum + count, 0), lost, held.stdout);
  assert.deepEqual(counts(held, "Kafka", "sales"), [21, left, 0, 0, 0, 0, 1]);
  const behind = `${at(box, "0 offset 21")}: 1 record held back by an open transaction`;
  assert.ok(held.stdout.includes(behind), held.stdout);
  await open.transaction.abort();
});

/** Deletes the topic of sales and makes it again, with so many events in its first partition. */
async function makeAgain(box: Sandbox, count: number, start: number): Promise<void> {
  const topic = topicOf("sales", box.settings.topicPrefix);
  await using admin = await connectAdmin(box.kafka, box.settings);
  await admin.deleteTopics({ topics: [topic] });
  await createTopic(admin, topic, box.settings.partitions);
  await publish(box, "sales", sales(count, start), { partition: 0 });
}

Deno.test("verify counts the files of a topic that was deleted apart from those of the one that was made again", async () => {
  await using box = await warehouseBox("verify-again");
  await load(box);
  await publish(box, "sales", sales(30), { partition: 0 });
  await land(box, 30);
  await load(box);
  await makeAgain(box, 90, 30);
  const note = (files: string) =>
    `${topicOf("sales", box.settings.topicPrefix)} was deleted and recreated: files of the old` +
    ` topic, which cover no offsets of the new one: ${files}`;
  const before = await verify(box);
  assert.deepEqual(counts(before, "Kafka", "sales"), [0, 0, 0, 0, 0, 0, 90]);
  assert.ok(before.stdout.includes(note("3 (30 rows)")), before.stdout);

  // An offset of the old topic, as if it were of the new one: what is before it is in no file.
  await commitAs(
    box,
    ["sales"],
    ({ partition }) => partition === 0 ? { offset: 30, metadata: "" } : undefined,
  );
  await using consumer = consume(box, ARGS);
  await taken(box, 60);
  consumer.signal("SIGINT");
  assert.equal((await consumer.ended()).code, 0);
  await load(box);
  const skipped = `${
    at(box, "0 offsets 0 to 29")
  }: 30 events are committed, but in neither a file nor a dead letter`;
  const [code, , problem] = await prove(box);
  assert.equal(code, 1);
  assert.ok(String(problem).includes(skipped), String(problem));

  await makeAgain(box, 40, 120);
  await land(box, 40);
  await load(box);
  const after = await verify(box);
  assert.deepEqual(verdictOf(after), [
    0,
    "✅ 40 published = 40 landed + 0 dead letters",
    "✅ 130 rows in files = 130 facts + 0 rejected + 0 repeats",
  ]);
  assert.ok(after.stdout.includes(note("9 (90 rows)")), after.stdout);
});

Deno.test("verify finds offsets that are in two files, and names both", async () => {
  await using box = await warehouseBox("verify-copied");
  await load(box);
  await publish(box, "sales", sales(20), { partition: 0 });
  await land(box, 20);
  const { s3, settings: { bucket: Bucket } } = box;
  const [, Key] = await keys(box) as [string, string];
  const copy = "sales/sales_20991231_235959.csv";
  await s3.send(new CopyObjectCommand({ Bucket, Key: copy, CopySource: `${Bucket}/${Key}` }));
  const problems = [
    `${at(box, "0 offsets 10 to 19")} are in two files: ${Key} and ${copy}` +
    " (where a topic was recreated, the older may be of its predecessor)",
    "sales: 20 offsets are committed, 30 are accounted for",
  ];
  assert.deepEqual(await prove(box), broken(...problems));
  // Loaded one after the other: the warehouse has each event once, but the files are still two.
  assert.equal((await etl(box, "--key", Key)).code, 0);
  await load(box);
  const loaded = await verify(box);
  assert.deepEqual(verdictOf(loaded), broken(...problems));
  assert.deepEqual(counts(loaded, "Files", "sales"), [3, 30, 0, 20, 0, 10]);
});

/** Takes rows out of a table of the warehouse while something is done, and puts them back. */
async function without(
  box: WarehouseBox,
  table: string,
  where: string,
  run: () => Promise<void>,
): Promise<void> {
  await box.client.query(`CREATE TEMP TABLE taken AS SELECT * FROM warehouse.${table} ${where}`);
  await box.client.query(`DELETE FROM warehouse.${table} ${where}`);
  await run();
  await box.client.query(
    `INSERT INTO warehouse.${table} OVERRIDING SYSTEM VALUE SELECT * FROM taken; DROP TABLE taken`,
  );
}

/** What a proof says of the cells of a row that are nowhere. */
function lostCells(proof: readonly unknown[]): string {
  const line = proof.map(String).find((line) => line.includes(" cells are missing "));
  assert.match(line ?? "", /^ *sales\/\S+: \d cells are missing from the warehouse: line \d+: \w+/);
  return line!.trim();
}

Deno.test("verify finds facts, rejected rows and entries of the ledger that are missing", async () => {
  await using box = await warehouseBox("verify-warehouse");
  const { archiveBucket } = box.settings;
  await publish(box, "sales", [...sales(9), sale(9, { sale_price: -1 })], { partition: 0 });
  const [{ round }, count] = [createSimulation(["telemetry"], { seed: 5, interval: 1 }), 10];
  const readings = Array.from({ length: count }, () => round()).flat();
  await publish(box, "telemetry", readings, { partition: 0 });
  await land(box, 20);
  const key = (await keys(box)).find((key) => key.startsWith("telemetry/"))!;
  await load(box);
  const whole = [
    0,
    "✅ 20 published = 20 landed + 0 dead letters",
    "✅ 20 rows in files = 19 facts + 1 rejected + 0 repeats",
  ];
  assert.deepEqual(await prove(box), whole);
  await without(box, "fact_sales", "WHERE event_id = 'SALE-00000004'", async () => {
    const problem = "fact_sales has 8 rows, the ledger says 9";
    const proof = await prove(box);
    assert.deepEqual(proof, broken(problem, lostCells(proof)));
  });
  await without(box, "rejected_rows", "", async () => {
    const proof = await prove(box);
    assert.deepEqual(
      proof,
      broken("sales: 0 rejected rows, the ledger says 1", lostCells(proof)),
    );
  });
  const stray = `s3://${archiveBucket}/${key} is in the archive, but was never loaded`;
  await without(box, "load_ledger", `WHERE key = '${key}'`, async () => {
    const problem = "fact_telemetry has 10 rows, the ledger says 0";
    assert.deepEqual(await prove(box), broken(problem, stray));
    // With its facts gone as well, as if it had never been loaded.
    await box.client.query(
      "CREATE TEMP TABLE facts AS SELECT * FROM warehouse.fact_telemetry; DELETE FROM warehouse.fact_telemetry",
    );
    assert.deepEqual(await prove(box), broken(stray));
  });
  await box.client.query("INSERT INTO warehouse.fact_telemetry SELECT * FROM facts");
  assert.deepEqual(await prove(box), whole);
});

Deno.test("verify finds files that were archived without being loaded", async () => {
  await using box = await warehouseBox("verify-moved");
  await load(box);
  await publish(box, "sales", sales(20), { partition: 0 });
  await land(box, 20);
  const { s3, settings: { bucket, archiveBucket } } = box;
  const [ours] = await keys(box) as [string];
  const theirs = "payments/payments_20260226_102345.csv";
  await put(box, theirs, "payment_id,timestamp\nP1,2026-02-26\n");
  for (const Key of [ours, theirs]) {
    const CopySource = `${bucket}/${Key}`;
    await s3.send(new CopyObjectCommand({ Bucket: archiveBucket, Key, CopySource }));
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  }
  const stray = (key: string) =>
    `s3://${archiveBucket}/${key} is in the archive, but was never loaded`;
  assert.deepEqual(await prove(box), broken(stray(ours), stray(theirs)));
});

Deno.test("verify finds a landed file whose content is not what was written", async () => {
  await using box = await warehouseBox("verify-damaged");
  await load(box);
  await publish(box, "sales", sales(10), { partition: 0 });
  await land(box, 10);
  const [file] = await landedFiles(box);
  const { key: Key } = file!;
  const { s3, settings: { bucket: Bucket } } = box;
  const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
  const Body = file!.text.replace("23999.5", "1");
  await s3.send(new PutObjectCommand({ Bucket, Key, Body, Metadata }));
  assert.equal((await etl(box)).code, 1);
  assert.deepEqual(
    await prove(box),
    broken(
      `s3://${Bucket}/${Key} has landed, but cannot be loaded: its content is not what its writer ` +
        "recorded: the SHA-256 differs",
    ),
  );
});

Deno.test("verify finds a dead letter that is missing from the dead letter topic", async () => {
  await using box = await warehouseBox("verify-letters");
  await load(box);
  await publish(box, "sales", [...sales(9), "no JSON", sale(9)], { partition: 0 });
  await land(box, 11);
  await publish(box, "sales", ["in no file"], { partition: 1 });
  await land(box, 1);
  const [key] = await keys(box);
  assert.deepEqual(await prove(box), [
    0,
    "✅ 12 published = 10 landed + 2 dead letters",
    "✅ 10 rows in files = 0 facts + 0 rejected + 0 repeats + 10 waiting",
  ]);
  await using admin = await connectAdmin(box.kafka, box.settings);
  const topic = deadLetterTopic(box.settings.topicPrefix);
  // One that is made again is empty, and has deleted nothing.
  await admin.deleteTopics({ topics: [topic] });
  await until("the topic is gone", async () => !(await admin.listTopics()).includes(topic));
  await ensureTopics(admin, box.settings);
  assert.deepEqual(
    await prove(box),
    broken(
      `${at(box, "1 offset 0")}: 1 events are committed, but in neither a file nor a dead letter`,
      `${at(box, "0 offsets 0 to 10")}: ${key} counts 1 dead letters, the dead letter topic has 0`,
      "sales: 12 offsets are committed, 11 are accounted for",
    ),
  );
});

Deno.test("verify says what it cannot prove any more when retention has deleted dead letters", async () => {
  await using box = await warehouseBox("verify-expired");
  await load(box);
  await publish(box, "sales", [...sales(9), "no JSON", sale(9)], { partition: 0 });
  await land(box, 11);
  await using admin = await connectAdmin(box.kafka, box.settings);
  const topic = deadLetterTopic(box.settings.topicPrefix);
  const expire = async () => {
    const logs = await admin.fetchTopicOffsets(topic);
    const partitions = logs.map(({ partition, high }) => ({ partition, offset: high }));
    await admin.deleteTopicRecords({ topic, partitions });
  };
  await expire();
  // The file's own count is the proof: it was made when the letter was there.
  const { code, stdout } = await verify(box);
  assert.equal(code, 0);
  assert.match(stdout, /Dead letters that files count and Kafka's retention has deleted: 1$/m);
  await publish(box, "sales", ["in no file"], { partition: 1 });
  await land(box, 1);
  await expire();
  // What cannot be landed can only have become a letter.
  const gone = await verify(box);
  assert.deepEqual(verdictOf(gone), [
    0,
    "✅ 12 published = 10 landed + 1 dead letters + 1 no longer verifiable",
    "✅ 10 rows in files = 0 facts + 0 rejected + 0 repeats + 10 waiting",
  ]);
  const said = `${at(box, "1 offset 0")}: 1 message that cannot be landed, whose dead letters were`;
  assert.ok(
    gone.stdout.includes(`\nNo longer verifiable\n  ${said} deleted by retention`),
    gone.stdout,
  );
  // What can be landed should be in a file: that is a difference, whatever was deleted.
  await publish(box, "sales", sales(10, 50), { partition: 0 });
  await land(box, 10);
  const last = (await landedFiles(box)).find(({ text }) => text.includes("SALE-00000032"))!;
  await box.s3.send(new DeleteObjectCommand({ Bucket: box.settings.bucket, Key: last.key }));
  assert.deepEqual(
    await prove(box),
    broken(
      `${
        at(box, "0 offsets 11 to 20")
      }: 10 events are committed, but in neither a file nor a dead letter`,
      "sales: 22 offsets are committed, 12 are accounted for",
    ),
  );
  // Once Kafka has deleted that too nobody can tell any more.
  const log = topicOf("sales", box.settings.topicPrefix);
  await admin.fetchTopicOffsets(log);
  await admin.deleteTopicRecords({ topic: log, partitions: [{ partition: 0, offset: "21" }] });
  const unread = await verify(box);
  assert.equal(unread.code, 0);
  assert.match(
    unread.stdout,
    /0 offsets 11 to 20: 10 records deleted by retention, and in no file/,
  );
  assert.deepEqual(counts(unread, "Kafka", "sales"), [22, 10, 1, 0, 0, 0, 11, 0]);
});

/** All that a proof could change: objects, commits, logs, groups of readers, rows. */
async function world(box: WarehouseBox) {
  const { s3, kafka, settings: { bucket, archiveBucket, group: groupId, topicPrefix } } = box;
  const objects: string[] = [];
  for (const Bucket of [bucket, archiveBucket]) {
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket })) {
      for (const { Key, ETag, LastModified } of page.Contents ?? []) {
        objects.push(`${Bucket}/${Key} ${ETag} ${LastModified?.getTime()}`);
      }
    }
  }
  await using admin = await connectAdmin(kafka, box.settings);
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(topicPrefix)).sort();
  const tables = await query<{ name: string }>(
    box,
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname IN ('warehouse', 'staging', 'public') ORDER BY 1`,
  );
  const rows: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await query<{ n: number }>(box, `SELECT count(*)::int AS n FROM ${name}`);
    rows[name] = row!.n;
  }
  return {
    objects,
    commits: await admin.fetchOffsets({ groupId, topics }),
    logs: await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic))),
    topics,
    rows,
  };
}

/** The groups of those who read topics without leaving a trace. */
async function readers(box: Sandbox): Promise<string[]> {
  await using admin = await connectAdmin(box.kafka, box.settings);
  return (await admin.listGroups()).groups.map(({ groupId }) => groupId)
    .filter((groupId) => groupId.startsWith("automotive-reader-"));
}

Deno.test("verify changes nothing, whatever it finds", async () => {
  await using box = await warehouseBox("verify-reads");
  await publish(box, "sales", [...sales(25), "no JSON", sale(30, { sale_price: -1 })], {
    partition: 0,
  });
  await publish(box, "sales", [null, "no JSON"], { partition: 1 });
  await land(box, 29);
  await load(box);
  await publish(box, "sales", sales(15, 40), { partition: 0 });
  await land(box, 15);
  const [Key] = await keys(box);
  await box.s3.send(new DeleteObjectCommand({ Bucket: box.settings.bucket, Key }));
  const before = await world(box);
  assert.ok(before.commits.some(({ partitions }) => partitions.some(({ metadata }) => metadata)));
  const readersBefore = new Set(await readers(box));
  assert.equal((await prove(box))[0], 1);
  assert.deepEqual(await world(box), before);
  // Tests of others may have readers of their own, which come and go.
  await until("its readers are gone", async () => {
    return (await readers(box)).every((groupId) => readersBefore.has(groupId));
  });
});

Deno.test("verify notes files of others, unreadable ones and those that are gone, which are no fault", async () => {
  await using box = await warehouseBox("verify-notes");
  await publish(box, "sales", sales(10), { partition: 0 });
  await land(box, 10);
  const [ours] = await keys(box) as [string];
  await load(box);
  const { s3, settings: { bucket, archiveBucket } } = box;
  await s3.send(new DeleteObjectCommand({ Bucket: archiveBucket, Key: ours }));
  const bad = "sales/sales_20260226_102345.csv";
  await put(box, bad, "");
  assert.equal((await etl(box)).code, 1);
  await put(box, "payments/payments_20260226_102345.csv", "payment_id,timestamp\nP1,2026-02-26\n");
  const notes = async () => {
    const proof = await verify(box);
    assert.deepEqual(verdictOf(proof), [
      0,
      "✅ 10 published = 10 landed + 0 dead letters",
      "✅ 10 rows in files = 10 facts + 0 rejected + 0 repeats",
    ]);
    const lines = proof.stdout.trimEnd().split("\n");
    return lines.slice(lines.lastIndexOf("", -4) + 1, -3);
  };
  const others = (count: number) =>
    `Files of other writers waiting in s3://${bucket}, rows not counted: ${count}`;
  const gone = "Loaded files that are in neither the bucket nor the archive any more: 1";
  assert.deepEqual(await notes(), [
    others(2),
    `Cannot be loaded: s3://${bucket}/${bad}: it is empty: not even a header`,
    gone,
  ]);
  // Somebody has taken the bad one away.
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: bad }));
  assert.deepEqual(await notes(), [others(1), gone]);
});

Deno.test("verify says what is away, and what is wrong usage", async (t) => {
  await using box = await warehouseBox("verify-away");
  await load(box);
  const nobody = String(freePorts(1)[0]);
  const cases: [name: string, env: Record<string, string>, code: number, error: RegExp][] = [
    ["Kafka", { KAFKA_PORT: nobody }, 1, /^✗ Cannot reach Kafka at localhost:\d+: .*\n {2}→ start/],
    ["S3", { S3_PORT: nobody }, 1, /^✗ Cannot reach S3 at http:\/\/localhost:\d+: .*\n {2}→ start/],
    ["a wrong setting", { KAFKA_BROKERS: "nonsense" }, 2, /^✗ KAFKA_BROKERS is "nonsense"/],
  ];
  for (const [name, env, code, error] of cases) {
    await t.step(name, async () => {
      const ended = await verify({ ...box, env: { ...box.env, ...env } });
      assert.deepEqual([ended.code, ended.stdout], [code, ""]);
      assert.match(ended.stderr, error);
      assert.doesNotMatch(ended.stderr, /^\s+at /m);
    });
  }
  for (const [args, code] of [[["--watch"], 2], [["sales"], 2], [["--help"], 0]] as const) {
    await t.step(args.join(), async () => {
      const options = { permissions: "verify", env: box.env };
      await using run = program("verify/main.ts", args, options);
      assert.equal((await run.ended()).code, code);
    });
  }
});

Deno.test("verify names Kafka when Kafka goes away in its middle", async () => {
  await using own = await ownServices("verify-outage");
  await using box = await sandbox("verify-outage", { on: own });
  await load(box);
  await publish(box, "sales", ["no JSON"]);
  await land(box, 1);
  await using proxy = await s3Proxy(own.settings.ports.s3, async (request) => {
    await own.stop("kafka");
    await request.forward();
  });
  const { code, stdout, stderr } = await verify({ ...box, env: { ...box.env, ...proxy.env } });
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /^✗ Cannot reach Kafka at localhost:\d+: /m);
});
