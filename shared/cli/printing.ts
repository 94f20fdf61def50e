import { format } from "node:util";
import { painter } from "./colour.ts";

/** The exit code when nobody reads the output any more, as after SIGPIPE. */
export const READER_GONE = 128 + 13;

/**
 * Has `console` drop what it cannot print, and colour lines where it can. A terminal that was closed, or a full disk under a log
 * file, must not keep a program from landing what it holds and ending in order.
 *
 * @param onReaderGone called once, when the reader of standard output is gone (`| head`)
 */
export function dropUnprintable(onReaderGone: () => void): void {
  const { error: print } = console;
  const [paint, paintError] = [painter(Deno.stdout), painter(Deno.stderr)];
  console.error = (...args) => {
    try {
      print(...args.map((arg) => typeof arg === "string" ? paintError(arg) : arg));
    } catch {
      // There is nobody left to tell.
    }
  };
  const encoder = new TextEncoder();
  let gone = false;
  // Deno's own console does not report a closed pipe.
  console.log = (...args) => {
    let bytes = encoder.encode(`${paint(format(...args))}\n`);
    try {
      while (!gone && bytes.length > 0) bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
    } catch (error) {
      if (!isReaderGone(error)) return;
      gone = true;
      onReaderGone();
    }
  };
}

/** Whether a write to standard output failed because its other end was closed. */
export function isReaderGone(error: unknown): boolean {
  // A pipe, or a terminal.
  return error instanceof Deno.errors.BrokenPipe || (error as { code?: string }).code === "EIO";
}
