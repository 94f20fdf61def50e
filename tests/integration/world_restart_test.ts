import assert from "node:assert/strict";
import { type Event, topicOf } from "../../shared/catalogue/events.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { uniqueFolder } from "./settings.ts";
import { readTopics } from "./topics.ts";
import { contents, PATIENCE, produce, start } from "./worlds.ts";

const TYPES = ["sales", "payments", "telemetry"] as const;
const SYSTEMS = ["--type", TYPES.join()];

/** What is in the topics of these systems. */
async function published(box: Sandbox): Promise<Event[]> {
  const topics = TYPES.map((type) => topicOf(type, box.settings.topicPrefix));
  return (await readTopics(box.settings, topics)).map(({ value }) => JSON.parse(String(value)));
}

/** How many of the events before the last one of each system are missing, in all. */
function gaps(there: readonly Event[], all: readonly Event[]): number {
  const ids = new Set(there.map(({ event_id }) => event_id));
  return TYPES.map((type) => {
    const inOrder = all.filter(({ event_type }) => event_type === type)
      .toSorted((a, b) => a.timestamp < b.timestamp ? -1 : 1);
    const last = inOrder.findLastIndex(({ event_id }) => ids.has(event_id));
    return inOrder.slice(0, last).filter(({ event_id }) => !ids.has(event_id)).length;
  }).reduce((a, b) => a + b);
}

/** A path for a report, which is deleted in the end. */
function reportFile() {
  const path = `reports/${crypto.randomUUID()}.json`;
  return {
    path,
    read: async () => JSON.parse(await Deno.readTextFile(path)),
    [Symbol.asyncDispose]: () => Deno.remove(path).catch(() => {}),
  };
}

Deno.test("late events that a killed run held back come with the next, and count once in its books", async () => {
  const TOTAL = 3_000;
  const world = [...SYSTEMS, "--seed", "11", "--start-time", "2026-02-01"];
  const atOnce = ["--interval", "0"];
  // The same world, so slowly that events are held back for longer than from one mark to the next.
  const slowly = ["--interval", "0.05", "--speed", "0.02"];
  const faults = ["--faults", "late=0.2,out-of-order=0.1,invalid=0.05,null=0.05"];
  await using expected = reportFile();
  await using found = reportFile();
  await using whole = await sandbox("world-whole");
  const toEnd = [...world, ...atOnce, ...faults, "--report"];
  await produce(whole, "all", [...toEnd, expected.path, "--count", String(TOTAL)]);
  const all = await published(whole);

  await using box = await sandbox("world-late");
  // The second one dies before it is past what the first one had held back.
  for (const line of [/#450:/, /#1:/]) {
    await using killed = start(box, "all", [...world, ...slowly, ...faults]);
    await killed.waitForLine(line, PATIENCE);
    killed.signal("SIGKILL");
    await killed.ended();
    const there = await published(box);
    assert.equal(new Set(there.map(({ event_id }) => event_id)).size, there.length);
    assert.ok(gaps(there, all) > 0, "something was held back");
  }
  const there = await published(box);
  const least = Math.min(
    ...TYPES.map((type) => there.filter(({ event_type }) => event_type === type).length),
  );
  await using last = start(box, "all", [...toEnd, found.path, "--count", String(TOTAL - least)]);
  const { code, stdout } = await last.ended(PATIENCE);
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`\nDone: ${all.length - there.length} events published\n$`));
  assert.deepEqual(await contents(box), await contents(whole));
  assert.deepEqual((await found.read()).books, (await expected.read()).books);
});

Deno.test("on Ctrl-C a producer publishes what faults hold back, prints its sums, and reports them", async () => {
  await using box = await sandbox("world-faults");
  await using report = reportFile();
  const faults = ["--faults", "late=0.5,invalid=0.1", "--report", report.path];
  await using run = start(box, "all", [...SYSTEMS, "--interval", "0.02", ...faults]);
  await run.waitForLine(/#100:/, PATIENCE);
  run.signal("SIGINT");
  const { code, stdout, stderr } = await run.ended(PATIENCE);
  assert.deepEqual([code, stderr], [0, ""]);
  const count = (await published(box)).length;
  const { events, faults: injected, books } = await report.read();
  for (const type of TYPES) {
    assert.equal(events[type], count / TYPES.length);
    assert.ok(injected[type].late > 0);
    assert.equal(books.facts[type], events[type] - injected[type].invalid);
    const { late, invalid } = injected[type];
    assert.match(
      stdout,
      new RegExp(`\n +${type} +${events[type]} +0 +${late} +0 +${invalid} +0\n`),
    );
  }
  assert.match(stdout, new RegExp(`\nStopped: ${count} events published\n$`));
});

Deno.test("the books of a world that goes on without faults know those of its past", async () => {
  await using box = await sandbox("world-past");
  await using report = reportFile();
  const COUNT = 400;
  const args = ["--interval", "0", "--count", String(COUNT), "--report", report.path];
  await produce(box, "sales", [...args, "--faults", "invalid=0.2,null=0.2"]);
  const first = await report.read();
  assert.equal(first.books.facts.sales, COUNT - first.faults.sales.invalid);
  await produce(box, "sales", args);
  const { faults, books } = await report.read();
  assert.equal(faults.sales.invalid, 0);
  assert.equal(books.facts.sales, first.books.facts.sales + COUNT);
});

Deno.test("a world that has gone on for long continues from a snapshot, and as well without one", async () => {
  const world = ["--seed", "12", "--start-time", "2026-02-01", "--interval", "0"];
  const LONG = 100_000;
  await using whole = await sandbox("world-one-go");
  await produce(whole, "sales", [...world, "--count", String(LONG + 30)]);

  await using box = await sandbox("world-long");
  await produce(box, "sales", [...world, "--count", String(LONG)]);
  const folder = `${box.settings.runtimeDir}/worlds`;
  const kept = async () => {
    const [topic] = await Array.fromAsync(Deno.readDir(folder));
    return (await Array.fromAsync(Deno.readDir(`${folder}/${topic!.name}`)))
      .map(({ name }) => `${folder}/${topic!.name}/${name}`).toSorted();
  };
  assert.deepEqual((await kept()).map((path) => path.slice(-7)), ["sales.0", "sales.1"]);
  const goOn = async (env: Record<string, string> = {}) => {
    await using run = start(box, "sales", [...world, "--count", "10"], env);
    const { code, stderr } = await run.ended(PATIENCE);
    assert.equal(code, 0, stderr);
    return stderr;
  };
  assert.equal(await goOn(), "");
  // Another machine has none; and here they are damaged.
  const replays = (rounds: string) =>
    `Replaying ${rounds} rounds of this business, to continue where it stopped…\n`;
  const RUNTIME_DIR = uniqueFolder("world-elsewhere");
  assert.equal(await goOn({ RUNTIME_DIR }), replays("100,010"));
  await Deno.remove(RUNTIME_DIR, { recursive: true });
  for (const path of await kept()) await Deno.truncate(path, 100_000);
  assert.equal(await goOn(), replays("100,020"));
  assert.deepEqual(await contents(box), await contents(whole));
});
