import { fetchJars, type Jars } from "../infra/downloads.ts";
import { start } from "../tests/integration/program.ts";
import { compileJava } from "./java.ts";
import { ACCESS, argumentsOf, DOWNLOADS, type Peer, SOURCES } from "./peer.ts";

const JARS: Jars = {
  title: "Apache Camel",
  folder: "bench-jars",
  pom: `${SOURCES}/camel/pom.xml`,
};

/** Apache Camel's batching consumer into its S3 component: the fastest at-least-once peer known to us. */
export const camel: Peer = {
  name: "camel",
  async fetch() {
    const jars = await fetchJars({ folder: DOWNLOADS, log: console.log }, JARS);
    const java = await compileJava("camel/CamelSink.java", jars);
    return (size) => ({
      name: "Apache Camel 4.17, at least once",
      size,
      begins: /Resetting offset for partition/,
      start: (bed, bucket) =>
        start("Camel", [...java, ...argumentsOf(bed, bucket, size)], {
          command: "java",
          env: ACCESS,
        }),
    });
  },
};
