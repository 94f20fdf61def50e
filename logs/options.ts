import { services } from "../infra/services.ts";
import { Argument, Option, positiveInteger } from "../shared/cli/options.ts";

/** The flags of the logs. */
export const logsOptions = [
  new Option("-f, --follow", "go on with what comes, until Ctrl-C"),
  new Option("--lines <n>", "lines of the end of each log").argParser(positiveInteger)
    .default(100),
];

/** Whose log: without it those of all. */
export const logsArgument = new Argument("[service]", "the service; all if none is named")
  .choices(Object.keys(services));
