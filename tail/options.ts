import { InvalidArgumentError } from "commander";
import { Option, positiveInteger } from "../shared/cli/options.ts";
import { parseStart, type Start } from "./start.ts";

/** The flags of a tail. */
export const tailOptions = [
  new Option(
    "--from <where>",
    "end, beginning, 15m (ago), 2026-02-26T10:00 (UTC), last:100, or partition/offset",
  ).argParser<Start>(toStart).default({ kind: "end" } satisfies Start, "end"),
  new Option("--filter <text>", "only messages whose key or value contains this text"),
  new Option("--count <n>", "stop after so many messages").argParser(positiveInteger),
  new Option("--no-follow", "stop at the end of the topic instead of waiting for more"),
  new Option("--json", "one JSON object per line, with headers"),
];

function toStart(text: string): Start {
  const start = parseStart(text, Date.now());
  if (start) return start;
  throw new InvalidArgumentError(
    "Use end, beginning, 15m, a time such as 2026-02-26T10:00, last:100, or partition/offset.",
  );
}
