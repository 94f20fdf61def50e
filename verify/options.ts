import { Option } from "../shared/cli/options.ts";

/** The flags of the proof. */
export const verifyOptions = [
  new Option("--cells", "look for the cells of every loaded file, not only of a sample"),
  new Option("--files-only", "prove only that all has landed; no warehouse is needed"),
  new Option(
    "--against <file>",
    "compare the warehouse with a producer's report, and nothing else",
  ),
];
