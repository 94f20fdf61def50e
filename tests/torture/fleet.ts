import { type Program, program } from "../integration/program.ts";
import type { Env } from "../integration/settings.ts";
import type { Crash } from "./crash_points.ts";

const ARGS = ["--timeout", "2", "--max-buffer", "8"];

interface Member {
  readonly program: Program;
  /** Resolves when it has ended and what it said is noted. */
  readonly over: Promise<void>;
  stopped: boolean;
}

/** The consumers that run, and what is done to them. Disposing kills those that are left. */
export class Fleet implements AsyncDisposable {
  /** What members have told their operator. */
  readonly said: string[] = [];
  #members: Member[] = [];

  /** @param random gives a whole number below its argument */
  constructor(private readonly env: Env, private readonly random: (below: number) => number) {}

  /** How many members live; a stopped one (SIGSTOP) does. */
  get size(): number {
    return this.#members.length;
  }

  /** Adds a consumer, with small batches of a random size; with a crash, one that will crash. */
  add(crash?: Crash): void {
    const args = ["--batch-size", String(10 + this.random(40)), ...ARGS];
    const one = crash
      ? program("tests/torture/consumer.ts", args, {
        permissions: "orchestrator",
        env: { ...this.env, CRASH: JSON.stringify(crash) },
      })
      : program("consumer/main.ts", args, { permissions: "consumer", env: this.env });
    const over = one.ended(2 ** 31 - 1).then(({ code, stdout, stderr }) => {
      this.#members = this.#members.filter(({ program }) => program !== one);
      this.said.push(...`${stdout}\n${stderr}`.split("\n").filter((line) => !/^(✓|$)/.test(line)));
      // 137 and 143: killed; 0: told to stop.
      if (![0, 130, 137, 143].includes(code)) {
        console.error(`a consumer ended with ${code}:\n${stderr}`);
      }
    });
    this.#members.push({ program: one, over, stopped: false });
  }

  /** Sends a signal to a random member; undefined if all are stopped. */
  signal(signal: Deno.Signal): Program | undefined {
    const awake = this.#members.filter(({ stopped }) => !stopped);
    const victim = awake[this.random(awake.length)];
    if (victim) victim.program.signal(signal);
    return victim?.program;
  }

  /** Ends all members by SIGKILL. */
  async killAll(): Promise<void> {
    await Promise.all(this.#members.map(({ program, over }) => {
      program.signal("SIGKILL");
      return over;
    }));
  }

  /** Freezes a random member (SIGSTOP) for some time, in ms. */
  freeze(ms: number): boolean {
    const victim = this.#members.filter(({ stopped }) => !stopped)[0];
    if (!victim) return false;
    const thaw = freeze(victim);
    setTimeout(thaw, ms);
    return true;
  }

  /** Stops all members that are awake (SIGSTOP); the function that is returned has them go on. */
  freezeAll(): () => void {
    const thaws = this.#members.filter(({ stopped }) => !stopped).map(freeze);
    return () => thaws.forEach((thaw) => thaw());
  }

  /** Stops all members cleanly and waits for their end. */
  async end(): Promise<void> {
    const all = [...this.#members];
    for (const { program } of all) {
      program.signal("SIGCONT");
      program.signal("SIGTERM");
    }
    await Promise.all(all.map(({ program }) => program.ended(120_000)));
    await Promise.all(all.map(({ over }) => over));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map(({ program }) => program[Symbol.asyncDispose]()));
  }
}

function freeze(member: Member): () => void {
  member.stopped = true;
  member.program.signal("SIGSTOP");
  return () => {
    member.stopped = false;
    member.program.signal("SIGCONT");
  };
}
