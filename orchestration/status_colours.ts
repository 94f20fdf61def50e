import type { Colours } from "../shared/cli/colour.ts";

/** The colours of the lines that tell the state: what runs, what does not, and what cannot be reached. */
export const statusColours: Colours = [
  [/(?<=^ {2}[\w-]+ +)running\b/gm, "green"],
  [/(?<=^ {2}[\w-]+ +)(?:stopped|unknown)\b/gm, "yellow"],
  [/(?<=^ +)waiting since .*$/gm, "yellow"],
  [/(?<=^ +)(?:Cannot |not responding).*$/gm, "red"],
];
