import { Option } from "../shared/cli/options.ts";

/** The flags of the proof. */
export const verifyOptions = [
  new Option("--cells", "check the cells of every loaded file, not only of a sample"),
  new Option("--files-only", "prove only that everything has landed; needs no warehouse"),
  new Option("--json", "print the result as one line of JSON"),
  new Option("--against <file>", "only compare the warehouse with a producer's report"),
];
