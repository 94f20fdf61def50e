/**
 * `deno task test:compose [paths…]`: the tests of the Docker runtime, and those of Airflow and of
 * integration that may go otherwise on it, with stand-in images where the real ones cannot be pulled.
 * With `tests/integration` all of these run. Ends with `N passed, N failed`.
 */
import { runEntry } from "../../shared/cli/entry.ts";
import type { Outcome } from "../run/junit.ts";
import { runTests, summaryOf, sumOf } from "../run/run_tests.ts";
import { ensureEngine } from "./engine.ts";
import { buildStandIns } from "./stand_ins.ts";

/**
 * What depends on how services are started, stopped, killed and found, and one test of each that is
 * used. What programs say to a service through its port is the same in both runtimes.
 */
const INTEGRATION = [
  "demo",
  "infra_errors",
  "infra",
  "loader",
  "orchestrator_services",
  "outage",
  "running",
  "store",
].map((name) => `tests/integration/${name}_test.ts`);

/** The Docker runtime's own tests first: without them the others would only fail slowly. */
const SUITES = [["tests/compose"], ["tests/airflow"], INTEGRATION];

await runEntry(async (signal) => {
  const log = console.error;
  const engine = await ensureEngine({ log, signal });
  if (typeof engine === "string") {
    console.log(`Skipped: ${engine}`);
    console.log(summaryOf({ passed: 0, failed: [], skipped: 1 }));
    return 0;
  }
  await using _engine = engine;
  await buildStandIns({ log, env: engine.env, signal });
  const env = { ...engine.env, RUNTIME: "docker" };
  const outcomes: Outcome[] = [];
  for (const suite of Deno.args.length > 0 ? [Deno.args] : SUITES) {
    outcomes.push(await runTests(suite, { env, signal }));
  }
  const sum = sumOf(outcomes);
  console.log(summaryOf(sum));
  return sum.failed.length > 0 ? 1 : 0;
});
