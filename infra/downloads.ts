import { resolve } from "node:path";
import { UserError } from "../shared/cli/errors.ts";
import { runCommand } from "./command.ts";
import { exists, remove, textOf } from "./files.ts";
import { holdLock } from "./lock.ts";
import { tail } from "./log_tail.ts";
import { requireTool } from "./tools.ts";

/**
 * The release of VersityGW: natively by `go install`, and the tag of the image in
 * docker-compose.yml.
 */
export const VERSITYGW = "v1.8.0";

/** Jars that a pom names, and the folder of the downloads that they are kept in. */
export interface Jars {
  /** What they belong to, in words. @default Kafka, with its version */
  readonly title?: string;
  readonly folder: string;
  /** An absolute path. */
  readonly pom: string;
}

/** The jars of ZooKeeper and of the Kafka that needs it. */
const JARS: Jars = { folder: "jars", pom: resolve(import.meta.dirname!, "pom.xml") };

/** Options of a download. */
export interface FetchOptions {
  /** The folder of all downloads. */
  readonly folder: string;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * The folder with the jars of Kafka, fetched when the pom is not the one that they were fetched
 * for.
 *
 * @param wanted by default those of Kafka 3.9 with its ZooKeeper
 * @throws {UserError} when Maven is missing or fails
 */
export async function fetchJars(
  { folder, log, signal }: FetchOptions,
  wanted = JARS,
): Promise<string> {
  const jars = `${folder}/${wanted.folder}`;
  const pom = await Deno.readTextFile(wanted.pom);
  using _lock = await lockDownloads(folder, log, signal);
  if (await textOf(`${jars}/pom.xml`) === pom) return jars;
  const { title = `Kafka ${kafkaVersion(pom)}` } = wanted;
  await requireTool(
    "mvn",
    signal,
    wanted.title ? { cannot: `fetch ${title}`, why: "for its jars" } : {},
  );
  log(`Fetching ${title} with Maven (once, takes about 10 s)…`);
  const partial = `${jars}.partial`;
  await remove(partial);
  await run("mvn", [
    "-q",
    "-B",
    "-f",
    wanted.pom,
    "dependency:copy-dependencies",
    `-DoutputDirectory=${partial}`,
  ], {
    signal,
  });
  // Written last: without it the download is incomplete.
  await Deno.writeTextFile(`${partial}/pom.xml`, pom);
  await remove(jars);
  await Deno.rename(partial, jars);
  return jars;
}

/**
 * The versitygw program, built from its Go module when it is not there.
 *
 * @throws {UserError} when Go is missing or fails
 */
export async function fetchVersityGW({ folder, log, signal }: FetchOptions): Promise<string> {
  const bin = `${folder}/bin/versitygw-${VERSITYGW}`;
  const program = `${bin}/versitygw`;
  using _lock = await lockDownloads(folder, log, signal);
  if (await exists(program)) return program;
  await requireTool("go", signal);
  log(`Building VersityGW ${VERSITYGW}, the local S3, with Go (once, takes about 80 s)…`);
  const module = `github.com/versity/versitygw/cmd/versitygw@${VERSITYGW}`;
  // Into a folder of its own first: an aborted build must not leave a partial program behind.
  const partial = `${bin}.partial`;
  await run("go", ["install", module], { env: { GOBIN: partial }, signal });
  await remove(bin);
  await Deno.rename(partial, bin);
  return program;
}

/** The version of Kafka in a pom. */
export function kafkaVersion(pom: string): string {
  return /<artifactId>kafka_[\d.]+<\/artifactId>\s*<version>([^<]+)</.exec(pom)?.[1] ?? "";
}

/** One program at a time fetches. */
export async function lockDownloads(
  folder: string,
  log: FetchOptions["log"],
  signal?: AbortSignal,
) {
  await Deno.mkdir(folder, { recursive: true });
  const onWait = () => log("Waiting for another program to finish downloading the services…");
  return await holdLock(`${folder}/downloads.lock`, { signal, onWait });
}

/**
 * Runs a command that fetches or builds.
 *
 * @throws {UserError} with the end of its output when it fails
 */
export async function run(
  command: string,
  args: string[],
  options: { env?: Record<string, string>; signal?: AbortSignal },
): Promise<void> {
  const result = await runCommand(command, args, options);
  if (result?.code === 0) return;
  throw new UserError(
    `${command} failed:\n${tail(`${result?.stdout}\n${result?.stderr}`)}`,
    "check the network, or start a Docker engine: then nothing needs to be built",
  );
}
