import { type Program, program } from "../integration/program.ts";
import type { Env } from "../integration/settings.ts";
import type { Crash } from "./crash_points.ts";

const ARGS = ["--timeout", "2", "--max-buffer", "8"];

/** The consumers that run, and what is done to them. Disposing kills those that are left. */
export class Fleet implements AsyncDisposable {
  #members: { program: Program; stopped: boolean }[] = [];

  /** @param random gives a whole number below its argument */
  constructor(private readonly env: Env, private readonly random: (below: number) => number) {}

  /** How many members live; a stopped one (SIGSTOP) does. */
  get size(): number {
    return this.#members.length;
  }

  /** Adds a consumer, with small batches of a size by lot; with a crash, one that will crash. */
  add(crash?: Crash): void {
    const args = ["--batch-size", String(10 + this.random(40)), ...ARGS];
    const one = crash
      ? program("tests/torture/consumer.ts", args, {
        permissions: "orchestrator",
        env: { ...this.env, CRASH: JSON.stringify(crash) },
      })
      : program("consumer/main.ts", args, { permissions: "consumer", env: this.env });
    const member = { program: one, stopped: false };
    this.#members.push(member);
    one.ended(2 ** 31 - 1).then(({ code, stderr }) => {
      this.#members = this.#members.filter((other) => other !== member);
      // 137 and 143: killed; 0: told to stop.
      if (![0, 130, 137, 143].includes(code)) {
        console.error(`a consumer ended with ${code}:\n${stderr}`);
      }
    });
  }

  /** Sends a signal to a member by lot; undefined if all are stopped. */
  signal(signal: Deno.Signal): Program | undefined {
    const awake = this.#members.filter(({ stopped }) => !stopped);
    const victim = awake[this.random(awake.length)];
    if (victim) victim.program.signal(signal);
    return victim?.program;
  }

  /** Stops a member by lot (SIGSTOP) and has it go on after some time, in ms. */
  freeze(ms: number): boolean {
    const victim = this.#members.filter(({ stopped }) => !stopped)[0];
    if (!victim) return false;
    victim.stopped = true;
    victim.program.signal("SIGSTOP");
    setTimeout(() => {
      victim.stopped = false;
      victim.program.signal("SIGCONT");
    }, ms);
    return true;
  }

  /** Stops all members cleanly and waits for their end. */
  async end(): Promise<void> {
    const all = [...this.#members];
    for (const { program } of all) {
      program.signal("SIGCONT");
      program.signal("SIGTERM");
    }
    await Promise.all(all.map(({ program }) => program.ended(120_000)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map(({ program }) => program[Symbol.asyncDispose]()));
  }
}
