import process from "node:process";
import { isFree } from "../../infra/ports.ts";
import { readSettings, type Settings, variables } from "../../shared/cli/settings.ts";
import { onKafka4 } from "../kafka4/on_kafka4.ts";

/** Everything that belongs to tests: below `.runtime`, where scripts may write. */
export const TEST_DIR = ".runtime/test";

/** Environment variables for a spawned program; an empty value counts as unset. */
export type Env = Record<string, string>;

/** The ports of the tests' services: out of the way of a pipeline that runs. */
const SHARED: Env = {
  // Not the folder of services that run already, on another Kafka.
  RUNTIME_DIR: `${TEST_DIR}/${onKafka4 ? "services-kafka4" : "services"}`,
  ZOOKEEPER_PORT: "12181",
  KAFKA_PORT: "19092",
  S3_PORT: "17070",
  S3_WEB_PORT: "17071",
  KAFKA_UI_PORT: "18888",
  CONSOLE_PORT: "18890",
  WAREHOUSE_PORT: "15432",
  AIRFLOW_PORT: "18080",
};

/**
 * The environment of the tests' services. What a developer has set for the pipeline (or for AWS)
 * does not reach the tests; only RUNTIME does, which chooses how services run.
 */
export function sharedEnv(): Env {
  return { ...cleanEnv(), ...SHARED };
}

/** The environment of services of a test's own: a folder of its own, and ports that are free now. */
export function ownEnv(name: string): Env {
  const ports = Object.keys(SHARED).filter((name) => name.endsWith("_PORT"));
  const free = freePorts(ports.length);
  return {
    ...cleanEnv(),
    ...Object.fromEntries(ports.map((variable, index) => [variable, String(free[index])])),
    RUNTIME_DIR: uniqueFolder(name),
  };
}

/** Reads the settings that a program with this environment would read. */
export function settingsOf(env: Env): Settings {
  return readSettings((name) => env[name]);
}

/** A folder below TEST_DIR that no other test has. */
export function uniqueFolder(name: string): string {
  return `${TEST_DIR}/${name}-${unique()}`;
}

/** A short name part that no other test run has. */
export function unique(): string {
  return crypto.randomUUID().slice(0, 8);
}

/** Below the ports that the system gives to whoever asks for any: one of ours may be free for a while. */
const PORTS = { first: 20_000, count: 12_000 };
/** Test processes that run side by side, whose ids are near each other, begin far from each other. */
let next = Deno.pid * 97 % PORTS.count;

/** Ports that nobody listens on now, all different; none is given out twice in a test process. */
export function freePorts(count: number): number[] {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = PORTS.first + next;
    next = (next + 1) % PORTS.count;
    if (isFree(port)) ports.push(port);
  }
  return ports;
}

function cleanEnv(): Env {
  const names = [
    ...Object.keys(variables),
    ...Object.keys(process.env).filter((name) =>
      name.startsWith("AWS_") && name !== "AWS_CA_BUNDLE"
    ),
  ];
  // Clients within the test process are chosen by its own environment.
  for (const name of names) if (name.startsWith("AWS_")) delete process.env[name];
  return {
    ...Object.fromEntries(names.map((name) => [name, ""])),
    RUNTIME: process.env.RUNTIME ?? "",
  };
}
