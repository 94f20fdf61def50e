import assert from "node:assert/strict";
import { parseOrchestratorOptions } from "../../orchestration/options.ts";
import { scripts } from "../../orchestration/program.ts";
import { parseProducerOptions } from "../../producers/options.ts";
import { isType, types } from "../../shared/catalogue/events.ts";
import config from "../../deno.json" with { type: "json" };

interface Task {
  readonly description?: string;
  readonly command: string;
}

const tasks: Readonly<Record<string, Task>> = config.tasks;
const ORCHESTRATOR = "deno run -q -P=orchestrator orchestrator.ts ";

/** What the task gives the orchestrator; undefined if it runs another script. */
function orchestratorArgs({ command }: Task): string[] | undefined {
  return command.startsWith(ORCHESTRATOR)
    ? command.slice(ORCHESTRATOR.length).split(" ")
    : undefined;
}

/** The systems that have a script of their own. */
const scripted = [...Deno.readDirSync(new URL("../../producers", import.meta.url))]
  .map(({ name }) => name.replace(/\.ts$/, "")).filter(isType);

const promised = [
  ...["kafka:start", "kafka:stop", "produce", "produce:all", "consume", "status", "stop", "demo"],
  ...scripted.map((type) => `produce:${type}`),
  ...["dead-letters", "replay"],
  ...["scenario:quick", "scenario:stress", "scenario:single"],
  ...["test", "test:unit", "test:integration", "ok"],
];

Deno.test("deno.json has every promised task", () => {
  assert.deepEqual(promised.filter((name) => !tasks[name]), []);
});

Deno.test("deno.json describes every task", () => {
  assert.deepEqual(Object.keys(tasks).filter((name) => !tasks[name]!.description), []);
});

Deno.test("deno.json has a task for each flag of the orchestrator that says what to do", () => {
  const given = Object.values(tasks).flatMap((task) => orchestratorArgs(task) ?? []);
  const flags = ["--kafka-start", "--kafka-stop", "--status", "--stop-all", "--demo"];
  // Producers and the consumer have scripts of their own, which take the flags that say how.
  for (const flag of [...flags, "--producers", "--consumer"]) assert.ok(given.includes(flag), flag);
  assert.match(tasks.produce!.command, / -P=producer producers\/all\.ts$/);
  assert.equal(tasks.consume!.command, `deno run -q -P=consumer ${scripts.consumer.join(" ")}`);
});

Deno.test("deno.json gives the orchestrator and the producers flags that they take", () => {
  for (const [name, task] of Object.entries(tasks)) {
    const args = orchestratorArgs(task);
    if (args) assert.ok(parseOrchestratorOptions(args), name);
  }
  for (const type of scripted) {
    assert.match(tasks[`produce:${type}`]!.command, new RegExp(` producers/${type}\\.ts$`));
  }
  const args = tasks["produce:all"]!.command.split("producers/all.ts ")[1]!.split(" ");
  assert.deepEqual(parseProducerOptions(args, { name: "test" }).types, types);
});

Deno.test("deno.json has the scenarios as they are described", () => {
  const options = (name: string) => parseOrchestratorOptions(orchestratorArgs(tasks[name]!)!);
  const both = { kafkaStart: true, consumer: true, s3: "local" };
  assert.deepEqual(options("scenario:quick"), { ...both, producers: "all", count: 20 });
  assert.deepEqual(options("scenario:stress"), {
    ...both,
    producers: "all",
    interval: 1,
    count: 1000,
  });
  assert.deepEqual(options("scenario:single"), {
    ...both,
    producers: "telemetry",
    interval: 2,
    count: 100,
  });
});
