/** `deno task test [paths…]`: runs the tests, and ends with a line `N passed, N failed`. */
import { runEntry } from "../../shared/cli/entry.ts";
import { countsLine, runTests } from "./run_tests.ts";

/** They have tasks of their own: Airflow needs Python, compose an engine, and both take minutes. */
const APART = "--ignore=tests/airflow,tests/compose";

await runEntry(async (signal) => {
  const counts = await runTests(Deno.args.length > 0 ? Deno.args : [APART, "tests"], {
    signal,
  });
  console.log(countsLine(counts));
  return counts.failed > 0 ? 1 : 0;
});
