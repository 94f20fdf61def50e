import process from "node:process";
import { CommanderError } from "commander";
import { rootMessage, UserError } from "./errors.ts";
import { dropUnprintable } from "./printing.ts";
import { shutdownSignal } from "./shutdown.ts";

/**
 * What every entry file does: runs `main` with the signal that the first Ctrl-C (SIGTERM, SIGHUP) aborts,
 * prints a known error as what failed, why and what to do, and ends the process:
 * 0 done, 1 failed, 2 wrong usage, 130 interrupted twice.
 *
 * @param main may return an exit code; nothing means 0
 */
export async function runEntry(
  main: (signal: AbortSignal) => Promise<number | void>,
): Promise<never> {
  dropUnprintable();
  using shutdown = shutdownSignal((code) => Deno.exit(code));
  let code: number;
  try {
    code = (await main(shutdown.signal)) ?? 0;
  } catch (error) {
    code = shutdown.signal.aborted && error === shutdown.signal.reason ? 0 : report(error);
  }
  Deno.exit(code);
}

/** Prints an error for a person and gives the exit code that belongs to it. */
function report(error: unknown): number {
  // Commander has printed its own message (or the help) already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UserError) {
    console.error(`✗ ${error.message}`);
    if (error.hint) console.error(`  → ${error.hint}`);
    return error.exitCode;
  }
  if (error instanceof Deno.errors.NotCapable) {
    console.error(`✗ ${error.message.split(",")[0]}, which this script's permission set lacks`);
    console.error('  → add it to the set of that name under "permissions" in deno.json');
    return 1;
  }
  console.error(`✗ Unexpected error: ${rootMessage(error)}`);
  console.error("  → run again with DEBUG=1 to see where it comes from");
  if (process.env.DEBUG && error instanceof Error) console.error(error.stack);
  return 1;
}
