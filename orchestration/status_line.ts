/** A terminal as far as a line that is drawn again in place needs it. */
export interface Terminal {
  /** How many characters fit into a line. */
  columns(): number;
  /** Prints text as it is. */
  write(text: string): void;
}

/** Lines that stay, and below them one that tells the state of this moment. */
export interface StatusLine extends Disposable {
  /** Prints a line that stays. */
  log(line: string): void;
  /** Tells the state of this moment. */
  show(text: string): void;
}

/** Goes to the line's begin and empties it. */
const CLEAR = "\r\x1b[K";

/**
 * On a terminal the state is one line that is drawn again in place; elsewhere, as in a log file, each
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
