import assert from "node:assert/strict";
import { publishedEvents } from "./orchestrate.ts";
import { consume } from "./consume.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { shell } from "./shell.ts";

/** What a command line publishes, as a list of systems. */
async function publishedBy(box: Sandbox, line: string): Promise<string[]> {
  const { code, stdout, stderr } = await shell(`deno run -q ${line}`, { env: box.env });
  assert.deepEqual([code, stderr], [0, ""], line);
  return publishedEvents(stdout).map(({ type }) => type);
}

Deno.test("producers are chosen as in the original, and as lists", async () => {
  await using box = await sandbox("guide-producers");
  const how = "--interval 0 --count 1";
  const orchestrator = "-P=orchestrator orchestrator.ts --producers";
  assert.equal((await publishedBy(box, `${orchestrator} all ${how}`)).length, 6);
  assert.deepEqual(await publishedBy(box, `${orchestrator} sales ${how}`), ["sales"]);
  const two = ["sales", "payments"];
  assert.deepEqual(await publishedBy(box, `${orchestrator} sales,payments ${how}`), two);
  assert.equal(
    (await publishedBy(box, `-P=producer producers/all.ts --type all ${how}`)).length,
    6,
  );
  const own = `-P=producer producers/sales.ts --type sales ${how}`;
  assert.deepEqual(await publishedBy(box, own), ["sales"]);
});

Deno.test("a script of one system names the command for others, and it works", async () => {
  const commands: Record<string, string> = {
    payments: "deno task produce --type payments",
    "sales,payments": "deno task produce --type sales,payments",
    all: "deno task produce --type all",
  };
  for (const [type, command] of Object.entries(commands)) {
    const line = `deno run -q -P=producer producers/sales.ts --type ${type}`;
    const { code, stdout, stderr } = await shell(line);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.ok(stderr.endsWith(`\n  → This script is for sales. Use: ${command}\n`), stderr);
    const followed = await shell(`${command.replace("task", "task -q")} --help`);
    assert.match(followed.stdout, /^Usage: /);
  }
  const boats = await shell("deno run -q -P=producer producers/sales.ts --type boats");
  assert.match(boats.stderr, /'boats'.*\n {2}→ Use all, or one or more of sales, payments/);
});

Deno.test("the consumer of the guide's scenario says when the first file comes, and how to have it sooner", async () => {
  await using box = await sandbox("guide-consumer");
  const first = /^The first file comes with 100 events of one system, or 300 s after its first; /;
  {
    await using consumer = consume(box, []);
    await consumer.waitForLine(new RegExp(`${first.source}sooner with --batch-size 20$`));
  }
  await using sooner = consume(box, ["--batch-size", "20", "--timeout", "300"]);
  await sooner.waitForLine(/^Consuming as /);
  sooner.signal("SIGINT");
  const { stdout } = await sooner.ended();
  assert.doesNotMatch(stdout, /The first file/);
});
