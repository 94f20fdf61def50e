import { pause } from "../shared/cli/backoff.ts";
import type { Paint } from "../shared/cli/colour.ts";
import { screen, type ScreenTerminal } from "./screen.ts";

/**
 * Shows the state again and again until the signal aborts: on a terminal in place, elsewhere one block
 * after the other.
 *
 * @param options.look gives the state as lines
 * @param options.seconds between the end of a look and the next
 * @param options.log prints a line where there is no terminal
 * @param options.paint colours the lines on the terminal
 * @throws what `look` throws, unless the signal has aborted: that is the end of a watch
 */
export async function watchStatus(
  { look, seconds, log, terminal, signal, paint = (text) => text }: {
    look: (signal: AbortSignal) => Promise<readonly string[]>;
    seconds: number;
    log: (line: string) => void;
    terminal?: ScreenTerminal;
    signal: AbortSignal;
    paint?: Paint;
  },
): Promise<void> {
  using drawn = terminal && screen(terminal, signal, paint);
  try {
    while (!signal.aborted) {
      const lines = await look(signal);
      if (drawn) drawn.draw(lines);
      else for (const line of lines) log(line);
      await pause(seconds * 1000, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
