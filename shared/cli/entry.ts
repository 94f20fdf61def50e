import process from "node:process";
import { CommanderError } from "commander";
import { firstOf, rootMessage, UserError } from "./errors.ts";
import { Interruption } from "./interruption.ts";
import { LeftBehind } from "./left_behind.ts";
import { ownSets } from "./net_permission.ts";
import { dropUnprintable, READER_GONE } from "./printing.ts";
import { shutdownSignal } from "./shutdown.ts";

/** What the first Ctrl-C prints at once. */
export const FIRST_CTRL_C = "Stopping…; press Ctrl-C again to stop at once";

/**
 * What every entry file does: runs `main` with the signal that the first Ctrl-C (SIGTERM, SIGHUP)
 * aborts, and the end of who reads the output; prints a known error as what failed, why and what to
 * do, and ends the process: 0 done, 1 failed, 2 wrong usage, 130 (SIGINT) or 143 (SIGTERM)
 * interrupted before it was done, or twice, 141 nobody reads its output.
 *
 * @param main may return an exit code; nothing means 0. What it notes in `leftBehind` is printed
 * when
 *   it is stopped at once
 */
export async function runEntry(
  main: (signal: AbortSignal, leftBehind: LeftBehind) => Promise<number | void>,
): Promise<never> {
  const gone = new AbortController();
  dropUnprintable(() =>
    gone.abort(new DOMException("the reader of the output is gone", "AbortError"))
  );
  const leftBehind = new LeftBehind();
  using shutdown = shutdownSignal({
    onFirst(by) {
      if (by === "SIGINT") console.error(FIRST_CTRL_C);
    },
    onSecond({ exitCode }) {
      console.error("Stopped at once");
      for (const line of leftBehind.lines()) console.error(`  → ${line}`);
      Deno.exit(exitCode);
    },
  });
  const signal = AbortSignal.any([shutdown.signal, gone.signal]);
  let code: number;
  try {
    code = (await main(signal, leftBehind)) ?? 0;
  } catch (thrown) {
    const error = firstOf(thrown);
    // A reader that has gone away is not told that the rest is missing.
    const isOfReader = gone.signal.aborted &&
      [error, error instanceof UserError && error.cause].includes(gone.signal.reason);
    code = isOfReader ? READER_GONE : report(error);
  }
  Deno.exit(gone.signal.aborted ? READER_GONE : code);
}

/** Prints an error for the user and returns its exit code. */
function report(error: unknown): number {
  // Commander has already printed its own message (or the help).
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Interruption) {
    console.error("✗ Interrupted before it finished");
    return error.exitCode;
  }
  if (error instanceof UserError) {
    console.error(`✗ ${error.message}`);
    if (error.hint) console.error(`  → ${error.hint}`);
    return error.exitCode;
  }
  if (error instanceof Deno.errors.NotCapable) {
    // "Requires write access to "/data", run again with the --allow-write flag"
    console.error(`✗ ${error.message.split(", run again")[0]}, which this script does not have`);
    console.error(`  → add it to ${ownSets()} under "permissions" in deno.json`);
    return 1;
  }
  console.error(`✗ Unexpected error: ${rootMessage(error)}`);
  console.error("  → run again with DEBUG=1 to see where it comes from");
  if (process.env.DEBUG && error instanceof Error) console.error(error.stack);
  return 1;
}
