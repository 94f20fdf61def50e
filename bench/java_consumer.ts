import { fetchJars } from "../infra/downloads.ts";
import { start } from "../tests/integration/program.ts";
import { unique } from "../tests/integration/settings.ts";
import type { Bed } from "./bed.ts";
import { compileJava } from "./java.ts";
import type { Work } from "./limits.ts";
import { DOWNLOADS, topicsOf } from "./peer.ts";

/**
 * Makes Java's own consumer, of the broker's version, ready to read all events.
 *
 * @throws {UserError} when there is no JDK
 */
export async function fetchJavaConsumer(bed: Bed): Promise<() => Promise<Work>> {
  const jars = await fetchJars({ folder: DOWNLOADS, log: console.log });
  const java = await compileJava("JavaConsumer.java", jars);
  return async () => {
    const { own: { settings }, events } = bed;
    const args = [
      `localhost:${settings.ports.kafka}`,
      `bench-${unique()}`,
      topicsOf(settings).join(),
      String(events),
    ];
    const consumer = start("Java's consumer", [...java, ...args], { command: "java", env: {} });
    await consumer.waitForLine(/^Reading$/);
    return {
      pid: consumer.pid,
      run: async () => void await consumer.waitForLine(/^Read all$/, 3_600_000),
      [Symbol.asyncDispose]: () => consumer[Symbol.asyncDispose](),
    };
  };
}
