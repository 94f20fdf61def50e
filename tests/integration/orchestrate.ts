import { kafkaClient } from "../../shared/kafka/client.ts";
import { s3Client } from "../../shared/s3/client.ts";
import { killRunning, type Program, program, task } from "./program.ts";
import type { Sandbox } from "./sandbox.ts";
import type { TestServices } from "./services.ts";
import { type Env, settingsOf, unique } from "./settings.ts";

/** What is started may have to be installed first, in ms. */
const START_MS = 600_000;
const PUBLISHED = /^✓ Published (\w+)_#(\d+): (\S+)$/;

/** Starts the orchestrator as a user would. Disposing kills its children too. */
export function orchestrate(env: Env, ...args: string[]): Program {
  return withChildren(program("orchestrator.ts", args, { permissions: "orchestrator", env }), env);
}

/** Starts a task that runs the orchestrator. */
export function orchestrateTask(env: Env, name: string, ...args: string[]): Program {
  return withChildren(task(name, args, { env }), env);
}

/**
 * Runs the orchestrator to its end, and leaves programs of others alone. Fails when it prints a stack
 * trace.
 */
export async function orchestrated(env: Env, ...args: string[]) {
  await using run = program("orchestrator.ts", args, { permissions: "orchestrator", env });
  const ended = await run.ended(START_MS);
  if (/^\s+at .+:\d+:\d+/m.test(ended.stderr)) throw new Error(`a stack trace: ${ended.stderr}`);
  return ended;
}

/** Standard error without the consumer's note that its group is a new one, which tests' groups are. */
export function errorsIn(stderr: string): string {
  return stderr.replace(/^The group \S+ has no committed offsets: .+\n/m, "");
}

/** What producers have printed: each event's system, number and id. */
export function publishedEvents(stdout: string) {
  return stdout.split("\n").map((line) => PUBLISHED.exec(line)).filter((match) => match !== null)
    .map(([, type, number, id]) => ({ type: type!, number: Number(number), id: id! }));
}

/** The ids of what producers have printed, sorted. */
export function publishedIds(stdout: string): string[] {
  return publishedEvents(stdout).map(({ id }) => id).toSorted();
}

/**
 * Names of a test's own on services that the orchestrator of the test is to see and stop: their
 * runtime folder is the programs' too. The bucket is not there yet.
 */
export function ownNames(on: TestServices, name: string): Sandbox {
  const id = `${name}-${unique()}`;
  const env = { ...on.env, TOPIC_PREFIX: `${id}-`, CONSUMER_GROUP: id, RAW_BUCKET: id };
  const settings = settingsOf(env);
  const s3 = s3Client(settings);
  return {
    env,
    settings,
    kafka: kafkaClient(settings, "test"),
    s3,
    [Symbol.asyncDispose]: () => Promise.resolve(s3.destroy()),
  };
}

function withChildren(run: Program, env: Env): Program {
  const dispose = run[Symbol.asyncDispose];
  return {
    ...run,
    async [Symbol.asyncDispose]() {
      await killRunning(env.RUNTIME_DIR!);
      await dispose();
    },
  };
}
