/** Characters that a cell must be quoted for. */
const SPECIAL = /[",\n\r]/;

/**
 * One line of a CSV file without its end, as {@linkcode CsvReader} reads it: cells that need quotes
 * get them, quotes in them are doubled.
 */
export function csvLine(cells: readonly string[]): string {
  let line = "";
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]!;
    if (i > 0) line += ",";
    line += SPECIAL.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  }
  return line;
}

/** A record of a CSV file, the header too. */
export interface CsvRecord {
  readonly cells: string[];
  /** Its number in the file, from 1, counting empty lines. */
  readonly number: number;
  /** The line of the text that it begins in, from 1, as editors count. */
  readonly line: number;
  /** Whether its last line is terminated; only a file's last record may lack that. */
  readonly isEnded: boolean;
}

/** A file that is not valid CSV, and where. */
export class NotCsv extends Error {
  override name = "NotCsv";

  /**
   * @param what is wrong
   * @param line of the text, from 1, as editors count: a cell may have several
   * @param cell in the record, from 0; undefined if it is none
   */
  constructor(what: string, readonly line: number, readonly cell: number | undefined) {
    super(what);
  }
}

/** The longest record, in UTF-16 units. */
const MAX_RECORD = 64 * 1024 * 1024;

const [QUOTE, LF, CR] = [34, 10, 13];

/**
 * The parser's state: before a cell, in an unquoted or a quoted one, after a closing quote, after
 * CR.
 */
type State = "start" | "plain" | "quoted" | "closed" | "return";

/**
 * Reads CSV as strictly as RFC 4180 has it: a cell is quoted as a whole or not at all. A lenient
 * reader would take the text between two stray quotes for one cell, and rows would vanish in it.
 *
 * Lines end with LF or CRLF, or with CR alone if the first one does. Empty lines are no records.
 * Text comes in pieces of any length; nothing but the record that is being read is kept.
 */
export class CsvReader {
  #state: State = "start";
  #cells: string[] = [];
  #cell = "";
  /** UTF-16 units of the record's completed cells. */
  #length = 0;
  #isQuoted = false;
  #number = 1;
  #line = 1;
  /** Where the current record begins. */
  #began = 1;
  /** Where the current cell has its opening quote. */
  #opened = 1;
  #endsWithReturn: boolean | undefined;
  readonly #delimiter: number;

  /** @param delimiter between cells: one UTF-16 unit */
  constructor(delimiter = ",") {
    this.#delimiter = delimiter.charCodeAt(0);
  }

  /** The current line of the text, from 1. */
  get line(): number {
    return this.#line;
  }

  /**
   * Takes a piece of the text.
   *
   * @returns the records that end in it
   * @throws {NotCsv}
   */
  read(text: string): CsvRecord[] {
    const records: CsvRecord[] = [];
    let at = 0;
    while (at < text.length) {
      const char = text.charCodeAt(at);
      if (this.#state === "return") {
        if (char === LF) at++;
        else this.#endAlone();
        this.#endsWithReturn ??= char !== LF;
        this.#endRecord(records);
      } else if (this.#state === "start" && char === QUOTE) {
        this.#state = "quoted";
        this.#isQuoted = true;
        this.#opened = this.#line;
        at++;
      } else if (this.#state === "quoted") {
        at = this.#readQuoted(text, at);
      } else if (this.#state === "closed" && char === QUOTE) {
        this.#cell += '"';
        this.#state = "quoted";
        at++;
      } else {
        if (this.#state !== "closed") at = this.#readPlain(text, at);
        if (at < text.length) this.#endCell(text.charCodeAt(at++), records);
      }
      if (this.#length + this.#cell.length > MAX_RECORD) {
        const what = `the row that begins here has more than ${MAX_RECORD} characters`;
        throw new NotCsv(what, this.#began, this.#cells.length);
      }
    }
    return records;
  }

  /**
   * Ends the text.
   *
   * @returns its last record, if its line is not ended
   * @throws {NotCsv}
   */
  end(): CsvRecord[] {
    const records: CsvRecord[] = [];
    if (this.#state === "quoted") {
      throw new NotCsv(
        "a quote opens the cell, and none closes it",
        this.#opened,
        this.#cells.length,
      );
    }
    const isEnded = this.#state === "return";
    if (isEnded || this.#state !== "start" || this.#cells.length > 0) {
      if (!isEnded) this.#cells.push(this.#cell);
      this.#endRecord(records, isEnded);
    }
    return records;
  }

  #readPlain(text: string, from: number): number {
    let at = from;
    for (; at < text.length; at++) {
      const char = text.charCodeAt(at);
      if (char === this.#delimiter || char === LF || char === CR) break;
      if (char === QUOTE) {
        throw this.#wrong(
          'a quote stands in a cell without quotes (write "15"" rims", not 15" rims)',
        );
      }
    }
    this.#cell = this.#state === "plain" ? this.#cell + text.slice(from, at) : text.slice(from, at);
    this.#state = "plain";
    return at;
  }

  #readQuoted(text: string, from: number): number {
    const quote = text.indexOf('"', from);
    const to = quote === -1 ? text.length : quote;
    for (let end = text.indexOf("\n", from); end !== -1 && end < to;) {
      this.#line++;
      end = text.indexOf("\n", end + 1);
    }
    this.#cell += text.slice(from, to);
    if (quote === -1) return to;
    this.#state = "closed";
    return to + 1;
  }

  /** Ends the cell before a character that is not part of it. */
  #endCell(char: number, records: CsvRecord[]): void {
    if (char !== this.#delimiter && char !== LF && char !== CR) {
      throw this.#wrong(
        'text stands behind the closing quote (in quotes, write "" for ", not \\")',
      );
    }
    if (char === LF && this.#endsWithReturn) {
      throw this.#wrong("the line ends with LF, those before with CR");
    }
    this.#cells.push(this.#cell);
    this.#length += this.#cell.length;
    this.#cell = "";
    if (char === this.#delimiter) {
      this.#state = "start";
    } else if (char === CR) {
      this.#state = "return";
    } else {
      this.#endsWithReturn = false;
      this.#endRecord(records);
    }
  }

  /** Ends a line at a carriage return without a line feed. */
  #endAlone(): void {
    if (this.#endsWithReturn !== false) return;
    this.#cells.pop();
    throw this.#wrong("a carriage return stands alone in a cell without quotes");
  }

  #endRecord(records: CsvRecord[], isEnded = true): void {
    const cells = this.#cells;
    const isEmpty = cells.length === 1 && !this.#isQuoted && cells[0]!.trim() === "";
    if (!isEmpty) {
      records.push({ cells, number: this.#number, line: this.#began, isEnded });
    }
    this.#number++;
    this.#began = ++this.#line;
    this.#cells = [];
    this.#cell = "";
    this.#length = 0;
    this.#isQuoted = false;
    this.#state = "start";
  }

  #wrong(what: string): NotCsv {
    return new NotCsv(what, this.#line, this.#cells.length);
  }
}
