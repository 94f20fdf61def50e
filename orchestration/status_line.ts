/** The part of a terminal that a line redrawn in place needs. */
export interface Terminal {
  /** How many characters fit into a line. */
  columns(): number;
  /** Prints text as it is. */
  write(text: string): void;
}

/** Lines that stay, and below them one with the present state. */
export interface StatusLine extends Disposable {
  /** Prints a line that stays. */
  log(line: string): void;
  /** Shows the present state. */
  show(text: string): void;
}

/** Moves to the beginning of the line and clears it. */
const CLEAR = "\r\x1b[K";

/**
 * On a terminal the state is one line, redrawn in place; elsewhere, as in a log file, each
 * state is a line. Disposing takes it away.
 */
export function statusLine(log: (line: string) => void, terminal?: Terminal): StatusLine {
  let shown = "";
  const draw = (text: string) => {
    if (text || shown) terminal?.write(CLEAR + text);
    shown = text;
  };
  return {
    log(line) {
      const state = shown;
      draw("");
      log(line);
      if (state) draw(state);
    },
    show(text) {
      if (terminal) draw([...text].slice(0, terminal.columns() - 1).join(""));
      else log(text);
    },
    [Symbol.dispose]: () => draw(""),
  };
}
