import process from "node:process";
import { UserError } from "../shared/cli/errors.ts";
import { runCommand } from "./command.ts";
import { whatDockerLacks } from "./docker_engine.ts";

/** Kafka 3.9 runs on 11 too, but 17 is what it is tried with here. */
const JAVA_MAJOR = 17;

/** A tool that the native runtime takes from the machine, and how it is asked whether it is there. */
const tools = {
  mvn: { title: "Maven", args: ["--version"], why: "to fetch Kafka and ZooKeeper" },
  go: { title: "Go", args: ["version"], why: "to build VersityGW, the local S3" },
};

/**
 * Makes sure that Maven or Go is there.
 *
 * @param purpose what cannot be done without it, and what it is needed for. @default the services
 * @throws {UserError} naming it, what it is needed for, and the alternative
 */
export async function requireTool(
  name: keyof typeof tools,
  signal?: AbortSignal,
  purpose: { cannot?: string; why?: string } = {},
): Promise<void> {
  const { title, args } = tools[name];
  const { cannot = "start the services natively", why = tools[name].why } = purpose;
  const answer = await runCommand(name, args, { signal });
  if (answer?.code === 0) return;
  throw new UserError(
    `Cannot ${cannot}: ${title} (${name}) is required ${why}, and ${
      answer ? `"${name} ${args.join(" ")}" fails` : "is not on the PATH"
    }`,
    `install ${title}, or ${await useDocker(signal)}`,
  );
}

/**
 * The java command, of JAVA_HOME or else of the PATH.
 *
 * @throws {UserError} when it is missing or too old
 */
export async function requireJava(signal?: AbortSignal): Promise<string> {
  const java = process.env.JAVA_HOME ? `${process.env.JAVA_HOME}/bin/java` : "java";
  const answer = await runCommand(java, ["-version"], { signal });
  const major = answer && javaMajor(answer.stderr + answer.stdout);
  if (major !== undefined && major >= JAVA_MAJOR) return java;
  throw new UserError(
    `Cannot start the services natively: Java ${JAVA_MAJOR} or newer is required to run Kafka and ZooKeeper, and ${
      answer ? `${java} is version ${major ?? "unknown"}` : `${java} was not found`
    }`,
    `install a Java ${JAVA_MAJOR} runtime (java), or ${await useDocker(signal)}`,
  );
}

/** The alternative to every tool. */
async function useDocker(signal?: AbortSignal): Promise<string> {
  const lack = await whatDockerLacks(signal);
  const how = lack ? `${lack.remedy} (${lack.why})` : "unset RUNTIME";
  return `${how}: then nothing but Docker is needed`;
}

/** The major version in what `java -version` prints: 17 of "17.0.15", 8 of "1.8.0_392". */
export function javaMajor(output: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(output);
  return match ? Number(match[1]) : undefined;
}
