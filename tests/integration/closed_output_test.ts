import assert from "node:assert/strict";
import { READER_GONE } from "../../shared/cli/printing.ts";
import { listRunning } from "../../shared/cli/running.ts";
import { publish, sales } from "./events.ts";
import { landedIds } from "./landed.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { shell } from "./shell.ts";

/** Runs a script of ours in bash; gives the exit codes of the pipe's programs, and what they said. */
async function piped(box: Sandbox, set: string, line: string, reader: string) {
  const run = `deno run -q -P=${set} ${line} | ${reader}; echo "codes \${PIPESTATUS[*]}"`;
  const { stdout, stderr } = await shell(run, { shell: "bash", env: box.env });
  const [, output, codes] = /^([^]*)codes (.+)\n$/.exec(stdout) ?? [];
  return { output, codes, stderr };
}

/** A reader that is gone before anything is written. */
const GONE = "true";

Deno.test("producers whose reader is gone end in order, by themselves and under the orchestrator", async () => {
  await using box = await sandbox("pipe-producer");
  const line = "producers/sales.ts --interval 0.05";
  const alone = await piped(box, "producer", line, "head -2");
  assert.deepEqual([alone.codes, alone.stderr], [`${READER_GONE} 0`, ""]);
  assert.match(alone.output!, /^✓ Published sales_#1: .+\n✓ Published sales_#2: .+\n$/);
  const started = "orchestrator.ts --producers sales,payments --interval 0.05";
  const both = await piped(box, "orchestrator", started, "head -3");
  assert.deepEqual([both.codes, both.stderr], [`${READER_GONE} 0`, ""]);
  assert.equal(both.output!.split("\n").length, 4);
  assert.deepEqual(await listRunning(box.settings.runtimeDir), []);
});

Deno.test("programs that print and end do so quietly when nobody reads it", async () => {
  await using box = await sandbox("pipe-short");
  // There is a schema to be verified then.
  assert.equal((await shell("deno run -q -P=loader warehouse/main.ts", { env: box.env })).code, 0);
  const programs = [
    ["orchestrator", "orchestrator.ts --status"],
    ["verify", "verify/main.ts"],
    ["loader", "warehouse/main.ts"],
  ];
  for (const [set, line] of programs) {
    const { codes, stderr } = await piped(box, set!, line!, GONE);
    assert.deepEqual([codes, stderr], [`${READER_GONE} 0`, ""], line);
    const help = await piped(box, set!, `${line!.split(" ")[0]} --help`, GONE);
    assert.deepEqual([help.codes, help.stderr], ["0 0", ""], line);
  }
});

Deno.test("a consumer whose reader is gone lands what is open, and ends", async () => {
  await using box = await sandbox("pipe-consumer");
  const run = piped(box, "consumer", "consumer/main.ts --batch-size 5", "grep -m1 Flushed");
  let over = false;
  run.finally(() => over = true);
  let published = 0;
  // It is at the next line that a program learns of it.
  while (!over) await publish(box, "sales", sales(5, published += 5));
  const { codes, output } = await run;
  assert.equal(codes, `${READER_GONE} 0`);
  assert.match(output!, /^✓ Flushed 5 sales events/);
  assert.ok((await landedIds(box)).length >= 5);
});

Deno.test("a full disk under the output ends nothing", async () => {
  await using box = await sandbox("pipe-full");
  const line = "deno run -q -P=producer producers/sales.ts --interval 0 --count 3 > /dev/full";
  const run = await shell(`deno run -q -P=orchestrator orchestrator.ts --status > /dev/full`, {
    env: box.env,
  });
  assert.deepEqual([run.code, run.stderr], [0, ""]);
  assert.equal(
    (await shell(line, { env: box.env })).code,
    1,
    "a producer has nothing but its output",
  );
});
