/** Where progress is drawn. */
export interface ProgressTerminal {
  /** How many characters fit into a line. */
  columns(): number;
  /** Prints text as it is. */
  write(text: string): void;
}

/** How far something is, on a line that is drawn again in place. Disposing takes it away. */
export interface Progress extends Disposable {
  /**
   * Tells how far it is now: "12 of 340 files", or what says so whenever it is drawn. Cheap: it is
   * drawn some times a second at most.
   */
  show(text: string | (() => string)): void;
  /** Prints a line that stays, above it. */
  above(print: () => void): void;
}

/** Goes to the line's begin and empties it. */
const CLEAR = "\r\x1b[K";
/** What ends sooner needs no progress, in ms. */
const AFTER_MS = 2_000;
/** How often it is drawn, in ms. */
const EVERY_MS = 200;

/**
 * Tells on a terminal how far something is, once it takes longer than two seconds. Without a terminal
 * nothing is told: a log needs no line that is over when it is read.
 */
export function progressLine(
  terminal: ProgressTerminal | undefined = stderrTerminal(),
  { afterMs = AFTER_MS, everyMs = EVERY_MS } = {},
): Progress {
  const begun = performance.now();
  let text: string | (() => string) = "";
  let drawn = "";
  const draw = (wanted: string) => {
    if (wanted !== drawn) terminal?.write(CLEAR + wanted);
    drawn = wanted;
  };
  const timer = terminal && setInterval(() => {
    if (performance.now() - begun < afterMs) return;
    const now = typeof text === "string" ? text : text();
    draw([...now].slice(0, terminal.columns() - 1).join(""));
  }, everyMs);
  return {
    show: (now) => void (text = now),
    above(print) {
      draw("");
      print();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      draw("");
    },
  };
}

/** What is under way, and for how long: "Searching… 12 s". */
export function withSeconds(text: string): () => string {
  const begun = performance.now();
  return () => `${text} ${Math.round((performance.now() - begun) / 1000)} s`;
}

/** The terminal of the standard error, if it is one. */
export function stderrTerminal(): ProgressTerminal | undefined {
  if (!Deno.stderr.isTerminal()) return undefined;
  const encoder = new TextEncoder();
  return {
    columns() {
      try {
        // Some terminals do not know their width.
        return Deno.consoleSize().columns || 80;
      } catch {
        return 80;
      }
    },
    write(text) {
      try {
        Deno.stderr.writeSync(encoder.encode(text));
      } catch {
        // It was closed: there is nobody who could be told.
      }
    },
  };
}
