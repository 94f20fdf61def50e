import { Buffer } from "node:buffer";
import { CsvReader, type CsvRecord, NotCsv } from "./csv.ts";

const LF = 10;

/**
 * A CSV file of these lines, the header first, as {@linkcode CsvBytes} reads it: UTF-8, each line
 * ended by LF. Written line by line, because one text of them all would double them.
 */
export function encodeLines(lines: readonly string[]): Uint8Array {
  const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
  const body = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const line of lines) {
    at += body.write(line, at);
    body[at++] = LF;
  }
  return body;
}

/**
 * Reads the bytes of a CSV file: UTF-8, with or without a byte order mark. A Ctrl-Z at the very
 * end, which old programs write, is none of its text.
 */
export class CsvBytes {
  readonly #reader: CsvReader;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #held = "";

  /** @param delimiter between cells */
  constructor(delimiter = ",") {
    this.#reader = new CsvReader(delimiter);
  }

  /**
   * Takes a piece of the file.
   *
   * @returns the records that end in it
   * @throws {NotCsv}
   */
  read(bytes: Uint8Array): CsvRecord[] {
    let text = this.#held + this.#decode(bytes, true);
    this.#held = "";
    if (text.endsWith(CTRL_Z)) {
      text = text.slice(0, -1);
      this.#held = CTRL_Z;
    }
    const nul = text.indexOf("\0");
    if (nul === -1) return this.#reader.read(text);
    throw this.#wrong(
      `${NO_TEXT}: there is a NUL in it`,
      text.slice(0, nul).split("\n").length - 1,
    );
  }

  /**
   * Ends the file.
   *
   * @returns its last record, if its line is not ended
   * @throws {NotCsv}
   */
  end(): CsvRecord[] {
    const rest = this.#reader.read(this.#decode(new Uint8Array(), false));
    return [...rest, ...this.#reader.end()];
  }

  #decode(bytes: Uint8Array, stream: boolean): string {
    try {
      return this.#decoder.decode(bytes, { stream });
    } catch {
      throw this.#wrong(NO_TEXT, linesUntilInvalid(bytes));
    }
  }

  #wrong(what: string, lines: number): NotCsv {
    return new NotCsv(what, this.#reader.line + lines, undefined);
  }
}

const CTRL_Z = "\x1a";
const NO_TEXT = "it is not UTF-8 (save it as “CSV UTF-8”)";

/** The number of lines before the bytes that are not UTF-8. */
function linesUntilInvalid(bytes: Uint8Array): number {
  // It may begin with the rest of a character.
  let from = 0;
  while (from < 3 && (bytes[from]! & 0xc0) === 0x80) from++;
  for (let lines = 0;; lines++) {
    const end = bytes.indexOf(LF, from);
    const isLast = end === -1;
    try {
      const line = bytes.subarray(from, isLast ? undefined : end);
      new TextDecoder("utf-8", { fatal: true }).decode(line, { stream: isLast });
    } catch {
      return lines;
    }
    // All of it is valid, except what began before.
    if (isLast) return 0;
    from = end + 1;
  }
}
