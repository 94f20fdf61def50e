import { resolve } from "node:path";
import { fetchJars, type Jars } from "../infra/downloads.ts";
import { start } from "../tests/integration/program.ts";
import { compileJava } from "./java.ts";
import { ACCESS, argumentsOf, DOWNLOADS, type Peer, SOURCES } from "./peer.ts";

const JARS: Jars = {
  title: "Apache Flink",
  folder: "bench-jars-flink",
  pom: `${SOURCES}/flink/pom.xml`,
};
/** Files become visible with a checkpoint: so many ms from one to the next. */
const CHECKPOINT_MS = 1_000;
/** Of its log only what says that reading begins. */
const LOG = [
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
  "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.clients.consumer.internals.SubscriptionState=info",
];

/** Apache Flink's FileSink: the other peer that promises exactly once, by its checkpoints. */
export const flink: Peer = {
  name: "flink",
  async fetch() {
    const jars = await fetchJars({ folder: DOWNLOADS, log: console.log }, JARS);
    const java = await compileJava("flink/FlinkSink.java", jars);
    return (size) => ({
      name: `Apache Flink 2.2, exactly once, a checkpoint every ${CHECKPOINT_MS / 1_000} s`,
      size,
      begins: /Resetting offset for partition/,
      start: (bed, bucket) =>
        start("Flink", [
          // It leaves files behind when it is ended; these go with the services' data.
          `-Djava.io.tmpdir=${resolve(bed.own.settings.runtimeDir)}`,
          ...LOG,
          ...java,
          ...argumentsOf(bed, bucket, size),
          String(CHECKPOINT_MS),
        ], { command: "java", env: ACCESS }),
    });
  },
};
