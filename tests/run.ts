/** `deno task test [paths…]`: runs the tests, and ends with a line `N passed, N failed`. */
import { runEntry } from "../shared/entry.ts";
import { awaitReaper } from "./integration/reaper.ts";
import { countTests } from "./junit.ts";

/** How long the services of the tests may take to stop, in ms. */
const REAP_MS = 60_000;

await runEntry(async () => {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    // Airflow has a task of its own: it needs Python, and takes minutes to install.
    const paths = Deno.args.length > 0 ? Deno.args : ["--ignore=tests/airflow", "tests"];
    // Ctrl-C reaches the tests too, from the terminal; we wait for them and for their services.
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-q", "-A", `--junit-path=${report}`, ...paths],
    }).spawn().status;
    await awaitReaper(AbortSignal.timeout(REAP_MS));
    const counts = countTests(await Deno.readTextFile(report));
    // Tests that could not even be loaded are not in the report.
    if (!success && counts.failed === 0) counts.failed = 1;
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
    console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
    return success ? 0 : 1;
  } finally {
    await Deno.remove(report);
  }
});
