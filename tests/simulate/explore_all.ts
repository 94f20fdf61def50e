import { UserError } from "../../shared/cli/errors.ts";
import type { Explored } from "../model/explore.ts";
import { type Pass, passes } from "../model/passes.ts";
import { commitOf } from "./git_commit.ts";

/**
 * Explores all passes exhaustively and prints a table of their sizes.
 *
 * @param options.workers how many passes are explored in parallel
 * @param options.signal stops it
 * @returns whether every schedule passed
 * @throws `signal.reason` when aborted
 */
export async function exploreAll(
  print: (line: string) => void,
  { workers, signal }: { workers: number; signal: AbortSignal },
): Promise<boolean> {
  const sum = { schedules: 0, states: 0, moves: 0 };
  const begun = performance.now();
  const waiting = [...passes.entries()];
  const failed: string[] = [];
  await Promise.all(Array.from({ length: workers }, async () => {
    const worker = new Worker(new URL("explore_worker.ts", import.meta.url), { type: "module" });
    try {
      while (failed.length === 0 && waiting.length > 0) {
        const [index, { scenario, faults }] = waiting.shift() as [number, Pass];
        const { failure, ...seen } = await ask(worker, index, signal);
        for (const key of ["schedules", "states", "moves"] as const) sum[key] += seen[key];
        print(row(scenario.name, faults, seen));
        if (!failure) continue;
        failed.push(
          `✗ ${scenario.name} fails at commit ${commitOf()}:`,
          ...[...failure.wrong, "The schedule:", ...failure.schedule].map((line) => `  ${line}`),
        );
      }
    } finally {
      worker.terminate();
    }
  }));
  for (const line of failed) print(line);
  if (failed.length > 0) return false;
  print(row("all", 0, sum));
  print(`✓ Every schedule passes (${Math.round((performance.now() - begun) / 1000)} s)`);
  return true;
}

function ask(worker: Worker, index: number, signal: AbortSignal): Promise<Explored> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Explored>) => resolve(data);
    worker.onerror = ({ message }) => reject(new UserError(`A worker failed: ${message}`));
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    worker.postMessage(index);
  });
}

function row(
  name: string,
  faults: number,
  { schedules, states, moves }: { schedules: number; states: number; moves: number },
): string {
  const cell = (count: number) => count.toLocaleString("en").padStart(10);
  return `${name.padEnd(46)} ${faults || " "} faults ${cell(schedules)} schedules ${
    cell(states)
  } states ${cell(moves)} moves`;
}
