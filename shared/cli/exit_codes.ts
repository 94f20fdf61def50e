/** What a program's exit code means. */
export const exitCodes: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "done; or stopped, where being stopped is the end"],
  ["1", "failed"],
  ["2", "wrong usage"],
  ["130 or 143", "interrupted by Ctrl-C (SIGINT) or SIGTERM before it was done, or at once"],
  ["129", "the terminal was closed before it was done"],
  ["141", "nobody reads the output any more (`deno task status | head -1`), as by SIGPIPE"],
];
