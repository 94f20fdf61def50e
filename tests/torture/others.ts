import { pause } from "../../shared/cli/backoff.ts";
import { type Program, program } from "../integration/program.ts";
import type { Env } from "../integration/settings.ts";

/** How long one that has failed by itself waits until it is started again, in ms. */
const AGAIN_MS = 1_000;

/** A program of ours that runs all the time. Disposing kills it. */
export class Other implements AsyncDisposable {
  #runs: Program[] = [];
  #over = false;

  constructor(
    private readonly script: string,
    private readonly args: readonly string[],
    private readonly options: { permissions: string; env: Env },
  ) {
    this.#start();
  }

  /** Ends it by SIGKILL; another one takes its place at once. */
  kill(): void {
    this.#runs.at(-1)!.signal("SIGKILL");
  }

  /** Stops it in order and waits for its end. */
  async end(): Promise<void> {
    this.#over = true;
    const last = this.#runs.at(-1)!;
    last.signal("SIGTERM");
    await last.ended(120_000);
  }

  /** All that was printed as results. */
  printed(): string {
    return this.#runs.map((run) => run.stdout()).join("");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await Promise.all(this.#runs.map((run) => run[Symbol.asyncDispose]()));
  }

  #start(): void {
    const run = program(this.script, this.args, this.options);
    this.#runs.push(run);
    run.ended(2 ** 31 - 1).then(async ({ code, stderr }) => {
      if (![0, 137, 143].includes(code)) {
        console.error(`${this.script} ended with ${code}:\n${stderr}`);
        await pause(AGAIN_MS);
      }
      if (!this.#over) this.#start();
    });
  }
}

/** The ids of the events that producers have printed as published. */
export function publishedIds(printed: string): string[] {
  return [...printed.matchAll(/^✓ Published \w+_#\d+: (\S+)$/gm)].map(([, id]) => id!);
}
