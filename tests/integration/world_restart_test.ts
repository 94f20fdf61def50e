import assert from "node:assert/strict";
import { topicOf } from "../../shared/catalogue/events.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { uniqueFolder } from "./settings.ts";
import { readTopics } from "./topics.ts";
import { contents, PATIENCE, produce, start } from "./worlds.ts";

/** What is in sales_topic. */
async function sales(box: Sandbox): Promise<string[]> {
  const messages = await readTopics(box.settings, [topicOf("sales", box.settings.topicPrefix)]);
  return messages.map(({ value }) => String(value));
}

Deno.test("late events that a killed run held back come with the next, and count once in its books", async () => {
  const TOTAL = 3_000;
  const world = ["--seed", "11", "--start-time", "2026-02-01", "--interval", "0"];
  // The same world, so slowly that events are held back for longer than from one mark to the next.
  const slowly = [...world.slice(0, -1), "0.05", "--speed", "0.02"];
  const faults = ["--faults", "late=0.2,out-of-order=0.1,invalid=0.05,null=0.05"];
  const reports = ["whole", "killed"].map((name) => `reports/${name}-${crypto.randomUUID()}.json`);
  await Deno.mkdir("reports", { recursive: true });
  try {
    await using whole = await sandbox("world-whole");
    const args = [...world, ...faults, "--report"];
    await produce(whole, "sales", [...args, reports[0]!, "--count", String(TOTAL)]);
    const expected = await sales(whole);

    await using box = await sandbox("world-late");
    const missing: number[] = [];
    const inOrder = expected.toSorted((a, b) => timeOf(a) < timeOf(b) ? -1 : 1);
    // The second one dies before it is past what the first one had held back.
    for (const line of [/#150:/, /#1:/]) {
      await using killed = start(box, "sales", [...slowly, ...faults]);
      await killed.waitForLine(line, PATIENCE);
      killed.signal("SIGKILL");
      await killed.ended();
      const there = new Set(await sales(box));
      const last = inOrder.findLastIndex((event) => there.has(event));
      missing.push(inOrder.slice(0, last).filter((event) => !there.has(event)).length);
    }
    assert.ok(missing[0]! > 0, "something was held back");
    const there = await sales(box);
    assert.ok(there.length < TOTAL, `${there.length} events`);
    assert.equal(new Set(there).size, there.length);
    await using last = start(box, "sales", [
      ...[...args, reports[1]!, "--count", String(TOTAL - there.length)],
    ]);
    const { code, stdout } = await last.ended(PATIENCE);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`\nDone: ${TOTAL - there.length} events published\n$`));
    assert.deepEqual(await contents(box), await contents(whole));
    const [one, other] = await Promise.all(
      reports.map(async (path) => JSON.parse(await Deno.readTextFile(path))),
    );
    assert.deepEqual(other.books, one.books);
  } finally {
    for (const path of reports) await Deno.remove(path).catch(() => {});
  }
});

function timeOf(event: string): string {
  return JSON.parse(event).timestamp;
}

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
