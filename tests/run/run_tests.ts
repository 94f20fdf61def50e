import { awaitReaper } from "../integration/reaper.ts";
import { type Counts, countTests } from "./junit.ts";

/** How long the services of the tests may take to stop, in ms. */
const REAP_MS = 120_000;

/**
 * Runs test files in a process of their own, and waits until the services that they have started are
 * stopped. Tests that could not even be loaded count as one that has failed.
 *
 * @param paths files, folders and flags of `deno test`
 * @param options.env added to our own environment
 * @param options.signal stops them
 * @throws `signal.reason` when aborted: they did not all run
 */
export async function runTests(
  paths: readonly string[],
  options: { env?: Record<string, string>; signal: AbortSignal },
): Promise<Counts> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    // Ctrl-C reaches the tests too, from the terminal; we wait for them and for their services.
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-q", "-A", `--junit-path=${report}`, ...paths],
      ...options,
    }).spawn().status;
    await awaitReaper(AbortSignal.timeout(REAP_MS));
    options.signal.throwIfAborted();
    const counts = countTests(await Deno.readTextFile(report));
    if (!success && counts.failed === 0) counts.failed = 1;
    return counts;
  } finally {
    await Deno.remove(report);
  }
}

/** The line that a run of tests ends with. */
export function countsLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
