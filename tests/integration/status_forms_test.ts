import assert from "node:assert/strict";
import { consume, taken } from "./consume.ts";
import { publish, sales } from "./events.ts";
import { orchestrate, orchestrated } from "./orchestrate.ts";
import { sandbox } from "./sandbox.ts";
import { hasTerminals, startOnTerminal } from "./terminal.ts";
import { until } from "./wait.ts";
import { etl, verify, warehouseBox } from "./warehouse.ts";

const LEAVE = "\x1b[?25h\x1b[?1049l";

Deno.test("--status --json is one object of all that --status tells", async () => {
  await using box = await sandbox("status-json");
  await publish(box, "sales", sales(12));
  await using consumer = consume(box, ["--batch-size", "10"]);
  await consumer.waitForLine(/✓ Flushed 10 sales events/);
  await taken(box, 12);
  const { code, stdout, stderr } = await orchestrated(box.env, "--status", "--json");
  assert.deepEqual([code, stderr], [0, ""]);
  const [line, ...rest] = stdout.split("\n");
  assert.deepEqual(rest, [""]);
  const { topics, programs, files, ...status } = JSON.parse(line!);
  const prefix = box.settings.topicPrefix;
  const topic = topics.find((one: { topic: string }) => one.topic === `${prefix}sales_topic`);
  assert.deepEqual([topic.events, topic.lag.events], [12, 2]);
  assert.deepEqual([programs[0].role, programs[0].consumer.totals.rows], ["consumer", 10]);
  const ofSales = files.types.find(({ type }: { type: string }) => type === "sales");
  assert.deepEqual([ofSales.files, ofSales.rows], [1, 10]);
  assert.equal(status.group, box.settings.group);
  assert.ok(Math.abs(Date.parse(status.at) - Date.now()) < 600_000);
});

Deno.test("--status --watch prints a block each time where there is no terminal, until Ctrl-C", async () => {
  await using box = await sandbox("status-watch");
  await using run = orchestrate(box.env, "--status", "--watch", "0.1");
  await until(
    "it is shown twice",
    () => Promise.resolve(run.stdout().split(", every 0.1 s\n").length > 2),
  );
  run.signal("SIGINT");
  const { code, stdout } = await run.ended();
  assert.equal(code, 0);
  assert.match(stdout, /^\d{4}-\d\d-\d\dT\S+Z, every 0\.1 s\n\nServices \(/);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(stdout, /\x1b/);
});

Deno.test({
  name: "--status --watch draws on a terminal in place, and leaves it as it was on Ctrl-C",
  ignore: !hasTerminals,
  async fn() {
    await using box = await sandbox("status-terminal");
    const child = startOnTerminal("orchestrator.ts --status --watch 0.1", {
      permissions: "orchestrator",
      env: box.env,
    });
    const keyboard = child.stdin.getWriter();
    let text = "";
    let isStopped = false;
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (isStopped || text.split("\x1b[H").length < 3) continue;
      isStopped = true;
      // Ctrl-C, as a terminal sends it.
      await keyboard.write(new Uint8Array([3]));
    }
    assert.equal((await child.status).code, 0);
    await keyboard.close().catch(() => {});
    assert.ok(text.startsWith("\x1b[?1049h\x1b[?25l\x1b[H"), JSON.stringify(text.slice(0, 80)));
    assert.equal(text.split(LEAVE).length, 2);
    // What Deno says to the Ctrl-C is on the other page.
    assert.equal(text.slice(text.indexOf(LEAVE) + LEAVE.length), "");
  },
});

Deno.test("verify --json is one object of what was proved, and the exit code says whether", async () => {
  await using box = await warehouseBox("verify-json");
  await publish(box, "sales", sales(7));
  await using consumer = consume(box, ["--batch-size", "7"]);
  await consumer.waitForLine(/✓ Flushed 7 sales events/);
  consumer.signal("SIGTERM");
  await consumer.ended();
  const landed = await verify(box, "--json", "--files-only");
  assert.equal(landed.code, 0, landed.stderr);
  const { proved, topics, warehouse } = JSON.parse(landed.stdout);
  const sale = topics.find(({ type }: { type: string }) => type === "sales");
  assert.deepEqual([proved, sale.published, sale.landed, warehouse], [true, 7, 7, {}]);

  assert.equal((await etl(box)).code, 0);
  await box.client.query("DELETE FROM warehouse.fact_sales");
  const lost = await verify(box, "--json");
  assert.equal(lost.code, 1);
  const found = JSON.parse(lost.stdout);
  assert.equal(found.proved, false);
  assert.ok(found.differences > 0);
  assert.match(found.problems.join("\n"), /fact_sales has 0 rows, the ledger says 7/);
});

Deno.test("verify --json does not go with --against", async () => {
  await using box = await sandbox("verify-usage");
  const { code, stderr } = await verify(box, "--json", "--against", "x.json");
  assert.equal(code, 2);
  assert.match(stderr, /✗ Wrong usage: --json and --against cannot be combined\n/);
});
