import { scripts } from "../orchestration/program.ts";
import { program } from "../tests/integration/program.ts";
import { freePorts, unique } from "../tests/integration/settings.ts";
import type { Contestant } from "./contestant.ts";

/** Our consumer with default settings, but for the size of a file. */
export function ourConsumer(size: number): Contestant {
  return {
    name: "our consumer, exactly once",
    size,
    begins: /^Consuming as/,
    start({ own: { env } }, bucket) {
      const [script, ...flags] = scripts.consumer.toReversed();
      return program(script!, ["--batch-size", String(size)], {
        permissions: "consumer",
        flags,
        env: {
          ...env,
          RAW_BUCKET: bucket,
          CONSUMER_GROUP: `bench-${unique()}`,
          STATUS_PORT: String(freePorts(1)[0]),
        },
      });
    },
  };
}
