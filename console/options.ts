import { Option, positiveInteger } from "../shared/cli/options.ts";

/** The flags of the console; the orchestrator gives them. */
export const consoleOptions = [
  new Option("--also <port>", "serve on this port, too").argParser(positiveInteger).hideHelp(),
  new Option("--runtime-dir <folder>", "in place of RUNTIME_DIR").hideHelp(),
];
