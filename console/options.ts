import { Option, positiveInteger } from "../shared/cli/options.ts";

/** The flags of the console; the orchestrator, docker-compose.yml and the bench give them. */
export const consoleOptions = [
  new Option("--also <port>", "serve on this port, too").argParser(positiveInteger).hideHelp(),
  new Option(
    "--every <ms>",
    "look at the pipeline so often while it is watched, to measure the page",
  )
    .argParser(positiveInteger).hideHelp(),
  new Option("--runtime-dir <folder>", "in place of RUNTIME_DIR").hideHelp(),
  new Option("--in-container", "listen for a port that is published on 127.0.0.1 only").hideHelp(),
];

/** What they say. */
export interface ConsoleOptions extends Record<string, unknown> {
  readonly also?: number;
  readonly every?: number;
  readonly runtimeDir?: string;
  readonly inContainer?: true;
}
