/** `deno task test [paths…]`: runs the tests, and ends with a line `N passed, N failed`. */
import { runEntry } from "../../shared/cli/entry.ts";
import { runTests, summaryOf } from "./run_tests.ts";

/** They have tasks of their own: Airflow needs Python, compose an engine, and both take minutes. */
const APART = ["tests/airflow", "tests/compose"];

await runEntry(async (signal) => {
  const outcome = Deno.args.some((arg) => !arg.startsWith("-"))
    ? await runTests(Deno.args, { signal })
    : await runTests([...Deno.args, "tests"], { apart: APART, signal });
  console.log(summaryOf(outcome));
  return outcome.failed.length > 0 ? 1 : 0;
});
