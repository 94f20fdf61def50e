import { resolve } from "node:path";
import { fetchJars, type Jars } from "../infra/downloads.ts";
import { topicOf, types } from "../shared/catalogue/events.ts";
import { UserError } from "../shared/cli/errors.ts";
import { LOCAL_S3 } from "../shared/s3/client.ts";
import { start } from "../tests/integration/program.ts";
import { unique } from "../tests/integration/settings.ts";
import type { Contestant } from "./contestant.ts";

const FOLDER = resolve(import.meta.dirname!, "peers");
const DOWNLOADS = resolve(import.meta.dirname!, "../.runtime");
const JARS: Jars = {
  title: "Apache Camel",
  folder: "bench-jars",
  pom: `${FOLDER}/pom.xml`,
};

/** Apache Camel's batching consumer into its S3 component: the fastest at-least-once peer known to us. */
export function camel(size: number): Contestant {
  return {
    name: "Apache Camel 4.17, at least once",
    size,
    begins: /Resetting offset for partition/,
    start({ own: { settings } }, bucket) {
      const args = [
        `localhost:${settings.ports.kafka}`,
        `http://127.0.0.1:${settings.ports.s3}`,
        bucket,
        `bench-${unique()}`,
        String(size),
        types.map((type) => topicOf(type, settings.topicPrefix)).join(),
      ];
      return start("Camel", [
        "-cp",
        `${DOWNLOADS}/${JARS.folder}/*`,
        `${FOLDER}/CamelSink.java`,
        ...args,
      ], {
        command: "java",
        env: {
          AWS_ACCESS_KEY_ID: LOCAL_S3.accessKeyId,
          AWS_SECRET_ACCESS_KEY: LOCAL_S3.secretAccessKey,
        },
      });
    },
  };
}

/**
 * Fetches Camel's jars, once.
 *
 * @throws {UserError} when Maven is missing or fails
 */
export async function fetchCamel(): Promise<void> {
  try {
    await fetchJars({ folder: DOWNLOADS, log: console.log }, JARS);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `Cannot fetch Apache Camel: ${error.message}`,
      "install Maven and a JDK of version 17 or later, or measure without it: --no-peers",
    );
  }
}
