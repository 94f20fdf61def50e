import assert from "node:assert/strict";
import { topicOf, types } from "../../shared/catalogue/events.ts";
import { consume, taken } from "./consume.ts";
import { sandbox } from "./sandbox.ts";
import { ownServices } from "./services.ts";
import { uniqueFolder } from "./settings.ts";
import { readTopics } from "./topics.ts";
import { etl, verify, warehouseBox } from "./warehouse.ts";
import { contents, PATIENCE, produce, start } from "./worlds.ts";

const WORLD = ["--seed", "9", "--start-time", "2026-02-01", "--interval", "0"];
Deno.test("a named world has one hash: in one process or six, killed and continued, in any zone", async () => {
  await using one = await sandbox("world-one");
  await produce(one, "all", [...WORLD, "--count", "1500"]);
  const expected = await contents(one);
  assert.match(expected[0]!, /^sales: 1500 events/);

  await using six = await sandbox("world-six");
  // At the same time, payments first: they wait for their sales.
  const runs = types.toReversed().map((type) =>
    start(six, type, [...WORLD, "--count", "300"], { TZ: "Asia/Tokyo" })
  );
  for (const run of runs) {
    await using _ = run;
    assert.equal((await run.ended(PATIENCE)).code, 0);
  }
  // Some of them go on, all together, and are killed in mid-run.
  const together = ["--type", "sales,telemetry,procurement", "--count", "900"];
  // The second one dies before it is past what the first one has published beyond its last mark.
  for (const line of [/#300:/, /#1:/]) {
    await using killed = start(six, "all", [...WORLD, ...together]);
    await killed.waitForLine(line, PATIENCE);
    killed.signal("SIGKILL");
    await killed.ended();
  }
  // Nobody knows how far it came but Kafka. What is left is what is missing of 1,500 rounds.
  for (const type of types) {
    const topic = topicOf(type, six.settings.topicPrefix);
    const messages = await readTopics(six.settings, [topic]);
    const there = new Set(messages.map(({ value }) => String(value))).size;
    assert.ok(there >= 300, `${there} events of ${type}`);
    assert.equal(messages.length, there, `${type}: none was published twice`);
    if (there < 1_500) {
      await using run = start(six, type, [...WORLD, "--count", String(1_500 - there)]);
      assert.equal((await run.ended(PATIENCE)).code, 0);
    }
  }
  assert.deepEqual(await contents(six), expected);
});

Deno.test("payments that are published alone wait for sales, and say so", async () => {
  await using box = await sandbox("world-payments");
  await using payments = start(box, "payments", ["--count", "5", "--interval", "0"]);
  await payments.waitForLine(/^There is no sale in sales_topic to pay yet: .*produce:sales/);
  assert.doesNotMatch(payments.stdout(), /Published/);
  await produce(box, "sales", ["--count", "5", "--interval", "0"]);
  const { code, stdout } = await payments.ended();
  assert.equal(code, 0);
  assert.match(stdout, /\nDone: 5 events published\n$/);
  const read = async (type: "sales" | "payments") =>
    (await readTopics(box.settings, [topicOf(type, box.settings.topicPrefix)]))
      .map(({ value }) => JSON.parse(String(value)).sale_id as string);
  const sales = new Set(await read("sales"));
  assert.ok((await read("payments")).every((sale) => sales.has(sale)));
});

Deno.test("two runs after each other continue one business", async () => {
  await using box = await sandbox("world-again");
  await produce(box, "all", ["--count", "50", "--interval", "0"]);
  await produce(box, "all", ["--count", "50", "--interval", "0"]);
  const { topicPrefix } = box.settings;
  const events = (await readTopics(box.settings, types.map((type) => topicOf(type, topicPrefix))))
    .map(({ value }) => JSON.parse(String(value)));
  assert.equal(new Set(events.map(({ event_id }) => event_id)).size, 600);
  const dealers = new Set(events.map(({ dealer_id }) => dealer_id).filter(Boolean));
  assert.ok(dealers.size <= 8, `${dealers.size} dealers`);
});

Deno.test("a run that looks for its world while Kafka goes away waits for it, and publishes then", async () => {
  await using own = await ownServices("world-away", ["zookeeper", "kafka"]);
  const { RUNTIME_DIR: _, ...env } = own.env;
  const box = { env: { ...env, RUNTIME_DIR: uniqueFolder("world-away") } };
  await using first = start(box, "sales", ["--interval", "1"]);
  await first.waitForLine(/Published/, PATIENCE);
  await using second = start(box, "sales", ["--count", "5"]);
  await second.waitForLine(/^Looking whether another /, PATIENCE);
  first.signal("SIGKILL");
  await own.kill("kafka");
  await second.waitForLine(/^Waiting for Kafka at /, PATIENCE);
  await own.start("kafka");
  const { code, stdout, stderr } = await second.ended(PATIENCE);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /\nDone: 5 events published\n$/);
  assert.match(stderr, /^Kafka is back$/m);
});

Deno.test("a run that is stopped before its first event has published nothing, and says so", async () => {
  await using box = await sandbox("world-early");
  await using first = start(box, "sales", ["--interval", "1"]);
  await first.waitForLine(/Published/, PATIENCE);
  await using second = start(box, "sales", ["--count", "5"]);
  const [looking] = await second.waitForLine(/^Looking whether another .+/, PATIENCE);
  second.signal("SIGTERM");
  const { code, stdout, stderr } = await second.ended();
  assert.deepEqual(
    [code, stdout, stderr],
    [143, "Stopped: 0 of 5 events published\n", `${looking}\n`],
  );
});

Deno.test("after 100,000 events the warehouse agrees with the books of the simulation, faults and all", async () => {
  await using box = await warehouseBox("world-books");
  const report = `reports/${crypto.randomUUID()}.json`;
  try {
    const stdout = await produce(box, "all", [
      ...[
        "--seed",
        "3",
        "--backfill",
        "2026-08-01..2026-10-30",
        "--step",
        "450",
        "--interval",
        "0",
      ],
      ...["--faults", "duplicate=0.01,late=0.02,out-of-order=0.05,invalid=0.002,null=0.01"],
      ...["--report", report],
    ]);
    const published = Number(/\nDone: (\d+) events published\n$/.exec(stdout)![1]);
    assert.ok(published > 100_000, `${published} events`);
    assert.match(stdout, /system +events +duplicate +late +out-of-order +invalid +null\n/);
    await using consumer = consume(box, ["--batch-size", "5000", "--timeout", "2"]);
    await taken(box, published);
    consumer.signal("SIGINT");
    assert.equal((await consumer.ended(PATIENCE)).code, 0);
    assert.equal((await etl(box)).code, 0);

    const agreed = await verify(box, "--against", report);
    assert.deepEqual([agreed.code, agreed.stderr], [0, ""], agreed.stdout);
    assert.match(agreed.stdout, /^✅ The warehouse agrees with the books: \d+ sums compared\n$/);

    const sale = "(SELECT min(event_id) FROM warehouse.fact_sales WHERE sale_status = 'Completed')";
    await box.client.query(
      `UPDATE warehouse.fact_sales SET final_price = final_price + 0.01 WHERE event_id = ${sale}`,
    );
    const differs = await verify(box, "--against", report);
    assert.equal(differs.code, 1);
    assert.match(differs.stdout, /^✗ The warehouse differs from the books in \d of \d+ sums\n/);
    assert.match(differs.stdout, /\n {4}revenue of DLR-[0-9A-F]{8} in 2026-\d\d, in cents /);
  } finally {
    await Deno.remove(report).catch(() => {});
  }
});
