import assert from "node:assert/strict";
import type { Point } from "../../console/flow/flow.ts";
import { type Program, program } from "./program.ts";
import type { Sandbox } from "./sandbox.ts";
import { type Env, freePorts } from "./settings.ts";

/** A console that answers. */
export interface ConsoleClient {
  /** Where its page is: `http://127.0.0.1:…`. */
  readonly url: string;
  /** Asks its API; gives the status and what the answer's JSON says. */
  // deno-lint-ignore no-explicit-any -- a test asserts what it is
  ask(path: string): Promise<{ status: number; body: any }>;
  /** Reads a stream of its API, up to the event where the reader stops, which closes it. */
  events(path: string, headers?: Record<string, string>): AsyncGenerator<TestEvent>;
}

/** A console that runs for a test. Disposing kills it. */
export interface TestConsole extends ConsoleClient, AsyncDisposable {
  readonly run: Program;
}

/** A server-sent event. */
export interface TestEvent {
  readonly event: string;
  readonly id: string | undefined;
  // deno-lint-ignore no-explicit-any -- a test asserts what it is
  readonly data: any;
}

/** Starts the console of a sandbox, with its own permissions, on a free port unless `more` says which. */
export async function startConsole(
  { env }: Pick<Sandbox, "env">,
  more: Env = {},
  args: readonly string[] = [],
): Promise<TestConsole> {
  const port = Number(more.CONSOLE_PORT ?? freePorts(1)[0]);
  const run = program("console/main.ts", args, {
    permissions: "console",
    env: { ...env, CONSOLE_PORT: String(port), ...more },
  });
  await run.waitForLine(/^Console: http:\/\/localhost:\d+$/);
  return {
    run,
    ...consoleAt(port),
    [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
  };
}

/** The console that answers on a port of this machine. */
export function consoleAt(port: number): ConsoleClient {
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    async ask(path) {
      const response = await fetch(`${url}/api/${path}`);
      return { status: response.status, body: await response.json() };
    },
    async *events(path, headers) {
      const gone = new AbortController();
      try {
        const { body } = await fetch(`${url}/api/${path}`, { headers, signal: gone.signal });
        let rest = "";
        for await (const part of body!.pipeThrough(new TextDecoderStream())) {
          const blocks = (rest + part).split("\n\n");
          rest = blocks.pop()!;
          for (const block of blocks) {
            const fields = new Map(
              block.split("\n").map((line) => {
                const at = line.indexOf(": ");
                return [line.slice(0, at), line.slice(at + 2)];
              }),
            );
            const data = JSON.parse(fields.get("data")!);
            yield { event: fields.get("event")!, id: fields.get("id"), data };
          }
        }
      } finally {
        gone.abort();
      }
    },
  };
}

/** Waits until a console tells a state of the pipeline that fits. */
export async function flowWith(
  console: ConsoleClient,
  fits: (
    flow: { problems: { where: string; what: string; hint?: string }[] },
    points: readonly Point[],
  ) => boolean,
): Promise<void> {
  const deadline = performance.now() + 120_000;
  let last: unknown;
  const seen: Point[] = [];
  for await (const { data: { flow, points, point } } of console.events("flow")) {
    // Where nothing else is said, it says only that it lives.
    seen.push(...points ?? (point ? [point] : []));
    if (flow && fits(flow, seen)) return;
    last = flow ?? last;
    if (performance.now() > deadline) break;
  }
  assert.fail(`it was not seen: ${JSON.stringify(last)}`);
}
