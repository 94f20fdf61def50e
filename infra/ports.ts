import { until } from "../shared/cli/until.ts";
import { UserError } from "../shared/cli/errors.ts";
import { runCommand } from "./command.ts";
import type { PortUse } from "./services.ts";

/** How long a process that is exiting may hold its port, in ms. */
const ENDING_MS = 1_000;

/**
 * Makes sure that the services can have their ports. A port is never moved silently: programs that
 * were told the old one would talk to somebody else.
 *
 * @throws {UserError} naming the port, who holds it if that can be told, and the variable to change
 */
export async function checkPorts(
  wanted: readonly PortUse[],
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  const taken = new Map<number, PortUse>();
  for (const use of wanted) {
    const other = taken.get(use.port);
    if (other) {
      throw new UserError(
        `${other.title} and ${use.title} are both configured for port ${use.port}`,
        `change one of them: ${other.variable} or ${use.variable}`,
      );
    }
    taken.set(use.port, use);
  }
  for (const { port, variable, title } of wanted) {
    if (await becomesFree(port, options.signal)) continue;
    const holder = await portHolder(port, options.signal);
    throw new UserError(
      `Cannot start ${title}: port ${port} is in use${holder ? ` by ${holder}` : ""}`,
      `stop that program, or give ${title} another port by setting ${variable}`,
    );
  }
}

/** Whether nobody listens on a port, now or soon: a process that is ending may hold it for a moment. */
export async function becomesFree(port: number, signal?: AbortSignal): Promise<boolean> {
  return await until(() => isFree(port), { timeout: ENDING_MS, signal });
}

/** Whether nobody listens on a port of this machine. */
export function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw new UserError(
      `Cannot listen on port ${port}: ${error instanceof Error ? error.message : error}`,
      "choose a port above 1023",
    );
  }
}

/** Who listens on a port, such as "java (pid 4711)"; undefined when the system does not tell us. */
export async function portHolder(port: number, signal?: AbortSignal): Promise<string | undefined> {
  const lsof = await runCommand("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"], {
    signal,
  });
  const ss = lsof?.stdout
    ? undefined
    : await runCommand("ss", ["-Hltnp", `sport = :${port}`], { signal });
  return parseLsof(lsof?.stdout ?? "") ?? parseSs(ss?.stdout ?? "");
}

/** Reads `lsof -Fpc`: a line `p<pid>`, then a line `c<command>`. */
export function parseLsof(output: string): string | undefined {
  const match = /^p(\d+)\n(?:.*\n)*?c(.+)$/m.exec(output);
  return match ? `${match[2]} (pid ${match[1]})` : undefined;
}

/** Reads `ss -p`: `users:(("java",pid=4711,fd=120))`. */
export function parseSs(output: string): string | undefined {
  const match = /\(\("([^"]+)",pid=(\d+)/.exec(output);
  return match ? `${match[1]} (pid ${match[2]})` : undefined;
}
