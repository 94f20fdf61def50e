import { scripts } from "../orchestration/program.ts";
import { type Program, program } from "../tests/integration/program.ts";
import { type Env, freePorts, unique } from "../tests/integration/settings.ts";
import type { Contestant } from "./contestant.ts";

/** Our consumer with default settings, but for the size of a file. */
export function ourConsumer(size: number): Contestant {
  return {
    name: "our consumer, exactly once",
    size,
    begins: /^Consuming as/,
    start({ own: { env } }, bucket) {
      return startConsumer(size, {
        ...env,
        RAW_BUCKET: bucket,
        CONSUMER_GROUP: `bench-${unique()}`,
        STATUS_PORT: String(freePorts(1)[0]),
      });
    },
  };
}

/** Starts our consumer with V8's flags of its own. */
export function startConsumer(size: number, env: Env): Program {
  const [script, ...flags] = scripts.consumer.toReversed();
  return program(script!, ["--batch-size", String(size)], { permissions: "consumer", flags, env });
}
