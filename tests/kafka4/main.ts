/**
 * `deno task test:kafka4 [paths…]`: the tests of what speaks to Kafka, on a Kafka 4 (KRaft) in place of
 * the services' Kafka 3.9. Ends with `N passed, N failed`.
 */
import { runEntry } from "../../shared/cli/entry.ts";
import { runTests, summaryOf } from "../run/run_tests.ts";
import { KAFKA4_VARIABLE } from "./on_kafka4.ts";

/** The first fails when the broker is not a Kafka 4. */
const SUITES = [
  "tests/kafka4",
  ...["producers", "consumer", "crash", "dead_letters", "replay", "verify"].map((name) =>
    `tests/integration/${name}_test.ts`
  ),
];

await runEntry(async (signal) => {
  const env = { RUNTIME: "native", [KAFKA4_VARIABLE]: "1" };
  const outcome = await runTests(Deno.args.length > 0 ? Deno.args : SUITES, { env, signal });
  console.log(summaryOf(outcome));
  return outcome.failed.length > 0 ? 1 : 0;
});
