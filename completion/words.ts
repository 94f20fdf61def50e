import config from "../deno.json" with { type: "json" };
import { consumerOptions } from "../consumer/options.ts";
import { listOptions, replayOptions } from "../dead_letters/options.ts";
import { services } from "../infra/services.ts";
import { logsOptions } from "../logs/options.ts";
import { flagsOf } from "../orchestration/options.ts";
import { commonOptions, typeOption } from "../producers/options.ts";
import { schemaOptions } from "../schema/options.ts";
import { types } from "../shared/catalogue/events.ts";
import type { Option } from "../shared/cli/options.ts";
import { tailOptions } from "../tail/options.ts";
import { traceOptions } from "../trace/options.ts";
import { verifyOptions } from "../verify/options.ts";
import { forgetOptions } from "../warehouse/forget/options.ts";
import { etlOptions } from "../warehouse/load/options.ts";

/** A task, and what can follow its name. */
export interface CompletedTask {
  readonly name: string;
  readonly description: string;
  /** Long flags, and words that it takes. */
  readonly words: readonly string[];
}

/** The options of scripts, and the words that they take besides. */
const scripts: Readonly<Record<string, readonly [options: readonly Option[], words?: string[]]>> = {
  "producers/all.ts": [[typeOption(), ...commonOptions()]],
  ...Object.fromEntries(types.map((type) => [`producers/${type}.ts`, [commonOptions()]])),
  "consumer/main.ts": [consumerOptions],
  "dead_letters/list.ts": [listOptions],
  "dead_letters/replay.ts": [replayOptions],
  "logs/main.ts": [logsOptions, Object.keys(services)],
  "schema/main.ts": [schemaOptions],
  "tail/main.ts": [tailOptions, [...types]],
  "trace/main.ts": [traceOptions],
  "verify/main.ts": [verifyOptions],
  "warehouse/forget/main.ts": [forgetOptions],
  "warehouse/main.ts": [etlOptions],
  "completion/main.ts": [[], ["bash", "zsh", "fish"]],
};

/** The tasks of deno.json, and what can follow each. */
export const completedTasks: readonly CompletedTask[] = Object.entries<Task>(config.tasks)
  .map(([name, { description, command }]) => ({ name, description, words: wordsOf(command) }));

interface Task {
  readonly description: string;
  readonly command: string;
}

function wordsOf(command: string): string[] {
  const [, script, rest = ""] = /(?:^| )((?:\w+\/)*\w+\.ts)((?: .*)?)$/.exec(command) ?? [];
  if (script === "orchestrator.ts") return flagsOf(rest.trim().split(" "));
  const [options = [], words = []] = script ? scripts[script] ?? [] : [];
  return [...options.map(({ long }) => long!), ...words];
}
