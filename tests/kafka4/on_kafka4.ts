import process from "node:process";

/** Set by `deno task test:kafka4` for the test processes that it starts. */
export const KAFKA4_VARIABLE = "TEST_ON_KAFKA4";

/** Whether the tests of this process run on a Kafka 4. */
export const onKafka4 = process.env[KAFKA4_VARIABLE] === "1";
