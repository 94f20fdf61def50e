import { painter } from "../../shared/cli/colour.ts";
import { isReaderGone } from "../../shared/cli/printing.ts";

/**
 * Writes to standard output, in order. When nobody reads it any more (`| head`, a terminal that was
 * closed), it calls `onClosed` once and drops the rest.
 */
export function createOutput(onClosed: () => void): (text: string) => Promise<void> {
  const encoder = new TextEncoder();
  const paint = painter(Deno.stdout);
  let closed = false;
  return async (text) => {
    let bytes = encoder.encode(paint(text));
    try {
      while (!closed && bytes.length > 0) {
        bytes = bytes.subarray(await Deno.stdout.write(bytes));
      }
    } catch (error) {
      if (!isReaderGone(error)) throw error;
      closed = true;
      onClosed();
    }
  };
}
