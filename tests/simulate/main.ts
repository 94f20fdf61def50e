/** `deno task simulate`: runs the landing in a model with faults, at random or exhaustively. */
import process from "node:process";
import { runEntry } from "../../shared/cli/entry.ts";
import { loadSettings } from "../../shared/cli/environment.ts";
import { recordRun } from "../../shared/cli/run_records.ts";
import { UserError } from "../../shared/cli/errors.ts";
import { interrupted } from "../../shared/cli/interruption.ts";
import { Option, parseOptions, positiveInteger } from "../../shared/cli/options.ts";
import { exploreAll } from "./explore_all.ts";
import { failureText, replayText, tallyText } from "./text.ts";
import { scenarioOf } from "../model/random_run.ts";
import type { Progress } from "./seeds.ts";
import type { Message } from "./worker.ts";

interface Options extends Record<string, unknown> {
  exhaustive?: boolean;
  seeds?: number;
  minutes?: number;
  from: number;
  workers: number;
}

const options = [
  new Option("--exhaustive", "explore every schedule of small scenarios instead"),
  new Option("--seeds <n>", "how many seeds. Default: as many as there is time for")
    .argParser(positiveInteger),
  new Option("--minutes <n>", "how long to run. Default: 10 without --seeds").argParser(
    positiveInteger,
  ),
  new Option("--from <seed>", "the first seed").default(1).argParser(positiveInteger),
  new Option("--workers <n>", "threads").default(2).argParser(positiveInteger),
];

await runEntry(async (signal) => {
  const { exhaustive, seeds, minutes, from, workers } = parseOptions<Options>(
    "simulate",
    "Run landing and recovery in a model of Kafka and S3 in which everything can fail.",
    options,
    Deno.args,
  );
  if (exhaustive) return await exploreAll(console.log, { workers, signal }) ? 0 : 1;
  const count = seeds ?? Infinity;
  const ms = (minutes ?? (seeds ? Infinity : 10)) * 60_000;
  const begun = performance.now();
  const startedAt = new Date();
  const total = { seeds: 0, moves: 0, faults: {} as Record<string, number> };
  let failed: Progress["failure"];
  const pool = Array.from(
    { length: Math.min(workers, count) },
    () => new Worker(new URL("worker.ts", import.meta.url), { type: "module" }),
  );
  const stop = () => pool.forEach((worker) => worker.terminate());
  const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  await Promise.race([
    stopped,
    Promise.all(pool.map((worker, i) =>
      new Promise<void>((resolve, reject) => {
        worker.onmessage = ({ data }: MessageEvent<Message>) => {
          if (data === "done") return resolve();
          if ("error" in data) return reject(new UserError(`A worker failed: ${data.error}`));
          add(data.progress);
        };
        worker.onerror = ({ message }) => reject(new UserError(`A worker failed: ${message}`));
        const share = Math.ceil((count - i) / pool.length);
        worker.postMessage({ from: from + i, step: pool.length, count: share, ms });
      })
    )),
  ]).finally(stop);
  const { user, system } = process.cpuUsage();
  const seconds = (performance.now() - begun) / 1000;
  console.log(tallyText(total, { seconds, cpuSeconds: (user + system) / 1e6 }));
  await recordRun(loadSettings().runtimeDir, {
    kind: "simulate",
    startedAt,
    outcome: failed ? "failed" : "passed",
    arguments: Deno.args,
    figures: {
      seeds: total.seeds,
      steps: total.moves,
      faults: Object.values(total.faults).reduce((sum, count) => sum + count, 0),
    },
  });
  if (!failed && signal.aborted) {
    const wanted = Number.isFinite(count) ? ` of ${count}` : "";
    throw interrupted(signal, `${total.seeds}${wanted} seeds were run, all passed`);
  }
  if (!failed) return 0;
  console.log(failureText(failed));
  console.log(replayText({ scenario: scenarioOf(failed.seed), schedule: failed.schedule }));
  return 1;

  function add({ seeds, moves, faults, failure }: Progress): void {
    total.seeds += seeds;
    total.moves += moves;
    for (const [fault, count] of Object.entries(faults)) {
      total.faults[fault] = (total.faults[fault] ?? 0) + count;
    }
    if (!failure || failed) return;
    failed = failure;
    stop();
    // One failure is enough.
    for (const worker of pool) worker.onmessage?.(new MessageEvent("message", { data: "done" }));
  }
});
