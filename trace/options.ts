import { Option, positiveInteger } from "../shared/cli/options.ts";

/** The flags of a trace. */
export const traceOptions = [
  new Option("--last <n>", "how many of a topic's last messages are searched for an event id")
    .argParser(positiveInteger).default(1_000_000),
  new Option("--json", "one JSON object per line"),
];
