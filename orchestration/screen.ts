import type { Paint } from "../shared/cli/colour.ts";
import type { Terminal } from "./status_line.ts";

/** A terminal that is drawn on as a whole. */
export interface ScreenTerminal extends Terminal {
  /** How many lines fit. */
  rows(): number;
}

/** Draws over what was drawn before; disposing gives the terminal back as it was. */
export interface Screen extends Disposable {
  /** Draws lines; those that do not fit are left out, and counted. */
  draw(lines: readonly string[]): void;
}

/** The other page of a terminal, which has no history, and its cursor. */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/**
 * Takes a terminal's other page to draw on. It is left as soon as the signal aborts, whatever is under
 * way: who stops a program at once must get the terminal back.
 *
 * @param paint colours the lines, once they fit
 */
export function screen(terminal: ScreenTerminal, signal: AbortSignal, paint: Paint): Screen {
  let isOpen = true;
  const leave = () => {
    if (isOpen) terminal.write(LEAVE);
    isOpen = false;
    signal.removeEventListener("abort", leave);
  };
  terminal.write(ENTER);
  signal.addEventListener("abort", leave);
  if (signal.aborted) leave();
  return {
    draw(lines) {
      if (isOpen) terminal.write(frameOf(lines, terminal, paint));
    },
    [Symbol.dispose]: leave,
  };
}

function frameOf(lines: readonly string[], terminal: ScreenTerminal, paint: Paint): string {
  const columns = terminal.columns();
  const rows = terminal.rows();
  const fits = lines.length <= rows;
  const shown = fits
    ? lines
    : [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines`];
  const cut = shown.map((line) => paint([...line].slice(0, columns).join("")) + CLEAR_LINE);
  return HOME + cut.join("\r\n") + CLEAR_BELOW;
}
