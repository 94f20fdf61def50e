import { consumerOptions } from "../../consumer/options.ts";
import { listOptions, replayOptions } from "../../dead_letters/options.ts";
import { logsOptions } from "../../logs/options.ts";
import { orchestratorOptions } from "../../orchestration/options.ts";
import { commonOptions, typeOption } from "../../producers/options.ts";
import { schemaOptions } from "../../schema/options.ts";
import type { Option } from "../../shared/cli/options.ts";
import { tailOptions } from "../../tail/options.ts";
import { traceOptions } from "../../trace/options.ts";
import { verifyOptions } from "../../verify/options.ts";
import { forgetOptions } from "../../warehouse/forget/options.ts";
import { etlOptions } from "../../warehouse/load/options.ts";
import { code, markdownTable } from "./blocks.ts";

const programs: readonly [command: string, options: readonly Option[]][] = [
  ["orchestrator.ts", orchestratorOptions],
  ["deno task produce", [typeOption(), ...commonOptions()]],
  ["deno task consume", consumerOptions],
  ["deno task etl", etlOptions],
  ["deno task verify", verifyOptions],
  ["deno task trace <what>", traceOptions],
  ["deno task tail <topic>", tailOptions],
  ["deno task dead-letters", listOptions],
  ["deno task replay", replayOptions],
  ["deno task forget CUST-…", forgetOptions],
  ["deno task schema", schemaOptions],
  ["deno task logs", logsOptions],
];

/** The flags of every program, as its --help has them. */
export function programFlags(): string {
  return programs.map(([command, options]) => {
    const rows = options.map(({ flags, description, defaultValue, defaultValueDescription }) => [
      code(flags),
      defaultValueDescription ??
        (defaultValue === undefined || defaultValue === false ? "" : String(defaultValue)),
      description,
    ]);
    return `## ${code(command)}\n\n${markdownTable(["option", "default", "meaning"], rows)}`;
  }).join("\n\n");
}
