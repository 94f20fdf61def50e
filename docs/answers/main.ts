/**
 * `deno task docs:answers`: publishes a history of 90 days of a fixed business through the real pipeline,
 * asks each view of the warehouse, and writes the answers into docs/views.md.
 */
import { runEntry } from "../../shared/cli/entry.ts";
import { connectWarehouse } from "../../shared/postgres/client.ts";
import { program } from "../../tests/integration/program.ts";
import { ownServices } from "../../tests/integration/services.ts";
import { until } from "../../tests/integration/wait.ts";
import { fillBlocks, showAnswer } from "./answer_blocks.ts";
import { questions } from "./questions.ts";

const HISTORY = [
  ...["--seed", "2026", "--backfill", "2026-05-01..2026-07-30", "--step", "600"],
];
const PAGE = new URL("../views.md", import.meta.url);
/** How long a part may take, in ms. */
const PATIENCE = 900_000;

await runEntry(async () => {
  await using own = await ownServices("answers");
  const run = (script: string, permissions: string, ...args: string[]) =>
    program(script, args, { permissions, env: own.env });
  const begun = performance.now();
  const say = (what: string) =>
    console.log(`${((performance.now() - begun) / 1_000).toFixed(1)} s: ${what}`);

  await using consumer = run(
    "consumer/main.ts",
    "consumer",
    "--batch-size",
    "5000",
    "--timeout",
    "5",
  );
  await using producers = run("producers/all.ts", "producer", ...HISTORY);
  const produced = await producers.ended(PATIENCE);
  if (produced.code !== 0) throw new Error(produced.stderr);
  const published = Number(/Done: (\d+) events published\n$/.exec(produced.stdout)![1]);
  say(`${published} events published`);

  const landed = () =>
    [...consumer.stdout().matchAll(/Flushed (\d+) \w+ events/g)]
      .reduce((sum, [, events]) => sum + Number(events), 0);
  await until("all landed", () => landed() >= published, PATIENCE);
  consumer.signal("SIGINT");
  await consumer.ended(PATIENCE);
  say(`${landed()} rows landed`);

  await using loader = run("warehouse/main.ts", "loader");
  const loaded = await loader.ended(PATIENCE);
  if (loaded.code !== 0) throw new Error(loaded.stderr);
  say("loaded");

  await using client = await connectWarehouse(own.settings, "answers");
  const answers = new Map<string, string>();
  for (const { view, asks, sql } of questions) {
    const { fields, rows } = await client.query({
      text: sql,
      rowMode: "array",
      // As PostgreSQL writes them.
      types: { getTypeParser: () => (value: unknown) => value },
    });
    const columns = fields.map(({ name }: { name: string }) => name);
    answers.set(view, showAnswer(asks, sql, { columns, rows: rows as (string | null)[][] }));
  }
  await Deno.writeTextFile(PAGE, fillBlocks(await Deno.readTextFile(PAGE), answers));
  say("asked");
});
