import { type Program, program } from "./program.ts";
import type { Sandbox } from "./sandbox.ts";
import { type Env, freePorts } from "./settings.ts";

/** A console that runs, and where. Disposing kills it. */
export interface RunningConsole extends AsyncDisposable {
  readonly url: string;
  readonly run: Program;
}

/** Starts a console for a sandbox, and waits until it answers. */
export async function startConsole(
  { env }: Pick<Sandbox, "env">,
  more: Env = {},
): Promise<RunningConsole> {
  const [port] = freePorts(1);
  const run = program("console/main.ts", [], {
    permissions: "console",
    env: { ...env, CONSOLE_PORT: String(port), ...more },
  });
  await run.waitForLine(/^Console: http:\/\/localhost:\d+$/);
  return {
    url: `http://localhost:${port}`,
    run,
    [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
  };
}
