import {
  progressLine,
  type ProgressTerminal,
  stderrTerminal,
  withSeconds,
} from "../shared/cli/progress.ts";

/** Prints lines, and how long what the last of them has begun takes. Disposing ends that. */
export interface UnderWay extends Disposable {
  /** Prints a line. One that ends with "…" has begun something, until the next line. */
  log(line: string): void;
}

/** After how long it is told, and how often, in ms: in place on a terminal, elsewhere as a line. */
const REDRAW = { afterMs: 2_000, everyMs: 200 };
const ANNOUNCE_EVERY_MS = 30_000;

/**
 * Tells how long it takes to start, to stop, to download or to build something, where that is longer
 * than two seconds.
 *
 * @param options.terminal where it is drawn in place. @default that of the standard error
 * @param options.announceEveryMs how often it is said where there is none
 */
export function underWay(
  log: (line: string) => void,
  { terminal = stderrTerminal(), announceEveryMs = ANNOUNCE_EVERY_MS, redraw = REDRAW }: {
    terminal?: ProgressTerminal;
    announceEveryMs?: number;
    redraw?: typeof REDRAW;
  } = {},
): UnderWay {
  let progress: Disposable | undefined;
  const end = () => {
    progress?.[Symbol.dispose]();
    progress = undefined;
  };
  return {
    log(line) {
      end();
      log(line);
      if (!line.endsWith("…")) return;
      const text = withSeconds("  …");
      if (terminal) {
        const drawn = progressLine(terminal, redraw);
        drawn.show(text);
        progress = drawn;
      } else {
        const timer = setInterval(() => log(text()), announceEveryMs);
        progress = { [Symbol.dispose]: () => clearInterval(timer) };
      }
    },
    [Symbol.dispose]: end,
  };
}
