import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { parse } from "csv-parse/sync";
import { columnsOf, type Event, topicOf, types } from "../../shared/catalogue/events.ts";
import { sandbox } from "./sandbox.ts";
import { readTopics } from "./topics.ts";
import { PATIENCE, produce, start } from "./worlds.ts";

const WORLD = ["--seed", "9", "--start-time", "2026-02-01", "--interval", "0"];
/** Where no Kafka is. */
const NOWHERE = { KAFKA_BROKERS: "localhost:1" };

/** What a producer prints, line by line. */
async function printed(
  box: Parameters<typeof start>[0],
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string[]> {
  await using run = start(box, "all", args, env);
  const { code, stdout, stderr } = await run.ended(PATIENCE);
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout.trimEnd().split("\n");
}

/** What is in all topics, in the order of its times. */
async function published(box: Awaited<ReturnType<typeof sandbox>>): Promise<string[]> {
  const { topicPrefix } = box.settings;
  const messages = await readTopics(box.settings, types.map((type) => topicOf(type, topicPrefix)));
  return inOrder(messages.map(({ value }) => String(value)));
}

function inOrder(lines: readonly string[]): string[] {
  const timeOf = (line: string) => (JSON.parse(line) as Event).timestamp;
  return lines.toSorted((a, b) => timeOf(a) < timeOf(b) ? -1 : 1);
}

Deno.test("--dry-run prints what would be published, the same bytes on any day, without Kafka", async () => {
  await using box = await sandbox("printed");
  await produce(box, "all", [...WORLD, "--count", "400"]);
  const lines = await printed(box, [...WORLD, "--count", "400", "--dry-run"], NOWHERE);
  assert.deepEqual(inOrder(lines), await published(box));
  const hash = createHash("sha256").update(lines.join("\n")).digest("hex");
  // Other events need another number of RULES.
  assert.equal(hash, "a8e53456280097225ea24b6c2e2b24c32a41fe4739a650af99a0893e3805d03a");
});

Deno.test("--format csv prints a table of one system, with the columns of its files", async () => {
  const args = [...WORLD, "--count", "50", "--type", "sales", "--dry-run", "--format"];
  const json = await printed({ env: NOWHERE }, [...args, "ndjson"]);
  const rows: Record<string, string>[] = parse(
    (await printed({ env: NOWHERE }, [...args, "csv"])).join("\n"),
    { columns: true },
  );
  assert.deepEqual(Object.keys(rows[0]!), columnsOf("sales"));
  const expected = json.map((line) => JSON.parse(line)).map((event) =>
    Object.fromEntries(columnsOf("sales").map((name) => [name, String(event[name] ?? "")]))
  );
  assert.deepEqual(rows, expected);
});

Deno.test("--entity prints the life of a sale, a car or a customer that is in the topics, in order", async () => {
  await using box = await sandbox("entity");
  await produce(box, "all", ["--count", "1000", "--interval", "0"]);
  const lines = await published(box);
  const events = lines.map((line) => JSON.parse(line) as Event);
  const sale = events.findLast((event) =>
    event.event_type === "sales" && event.sale_status === "Completed"
  ) as Event<"sales">;
  const paid = (sales: ReadonlySet<string>) => (event: Event) =>
    event.event_type === "payments" && sales.has(event.sale_id);
  for (const id of [sale.sale_id, sale.vehicle_id, sale.customer_id]) {
    const isNamed = (event: Event) => Object.values(event).includes(id);
    const sales = new Set(
      events.filter((event) => event.event_type === "sales").filter(isNamed)
        .map((event) => (event as Event<"sales">).sale_id),
    );
    const expected = lines.filter((_, index) =>
      isNamed(events[index]!) || paid(sales)(events[index]!)
    );
    assert.deepEqual(await printed(box, ["--entity", id]), expected);
  }
  await using unknown = start(box, "all", ["--entity", "SALE-00000000"]);
  const { code, stdout, stderr } = await unknown.ended(PATIENCE);
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(
    stderr,
    /^✗ Nothing is known of SALE-00000000 in 1000 rounds of this business\n {2}→ /,
  );
});

Deno.test("two runs at once have a business each, and --entity finds which one an id is of", async () => {
  await using box = await sandbox("entities");
  await using first = start(box, "sales", ["--interval", "1"]);
  await first.waitForLine(/#1:/, PATIENCE);
  await using second = start(box, "sales", ["--interval", "1"]);
  await second.waitForLine(/#1:/, PATIENCE);
  for (const run of [first, second]) {
    const id = /#1: (SALE-\S+)/.exec(run.stdout())![1]!;
    run.signal("SIGINT");
    assert.equal((await run.ended(PATIENCE)).code, 0);
    const [line] = await printed(box, ["--entity", id]);
    assert.equal(JSON.parse(line!).event_id, id);
  }
});

Deno.test("--duration ends a run, which has done what was asked", async () => {
  await using box = await sandbox("duration");
  const stdout = await produce(box, "all", ["--duration", "4", "--rate", "60"]);
  const count = (await published(box)).length;
  assert.match(stdout, new RegExp(`\nDone: ${count} events published\n$`));
});
