import { Tokenizer, TokenType } from "@streamparser/json";
import { excerpt, printable } from "../../shared/cli/printable.ts";
import { UnreadableFile } from "./unreadable_file.ts";
import type { IsId, SourceRow } from "./source_row.ts";

/** The longest row, in bytes. */
const MAX_ROW = 64 * 1024 * 1024;
/** The deepest nesting of a row's values. */
const MAX_DEPTH = 100;

/** Numbers stay the digits that were written. */
class Digits extends Tokenizer {
  protected override parseNumber(text: string): number {
    return text as unknown as number;
  }
}

/** What may come next. */
type Next =
  | "value"
  | "value or end"
  | "name"
  | "name or end"
  | "colon"
  | "comma or end"
  | "document";

/** How rows lie in the file: in an array, one after the other, or in an array of an object. */
type Shape = "array" | "lines" | "wrapped";

/** A row that is being read. */
interface Open {
  readonly values: Map<string, string>;
  /** The names of its fields that have been there before. */
  readonly twice: string[];
  name: string;
  /** The text of the array or object that is being read. */
  nested: string;
}

/**
 * Builds rows from the tokens of a JSON file. A field's text is what a CSV file would have: strings
 * without quotes, digits as they were written, arrays and objects as JSON.
 */
export class JsonReader {
  readonly #tokenizer = new Digits();
  readonly #isId: IsId;
  readonly #names = new Map<string, readonly string[]>();
  #rows: SourceRow[] = [];
  #stack = "";
  #next: Next = "document";
  #shape: Shape | undefined;
  #row: Open | undefined;
  #count = 0;
  /**
   * In an object around the rows: the name that is being read, that of the rows, and whether in
   * them.
   */
  #outerName = "";
  #rowsName: string | undefined;
  #inRows = false;
  #bytes = 0;
  #rowEnd = 0;

  constructor(isId: IsId) {
    this.#isId = isId;
    this.#tokenizer.onToken = ({ token, value }) => this.#take(token, value);
  }

  /** Whether its objects stand for themselves, in no array. */
  get isOfLines(): boolean {
    return this.#shape === "lines";
  }

  /**
   * Takes a piece of the file.
   *
   * @returns the rows that end in it
   * @throws {UnreadableFile}
   */
  read(bytes: Uint8Array): SourceRow[] {
    try {
      this.#tokenizer.write(bytes);
    } catch (error) {
      throw this.#explained(error);
    }
    this.#bytes += bytes.length;
    if (this.#bytes - this.#rowEnd > MAX_ROW + bytes.length) {
      throw this.#wrong(`it has more than ${MAX_ROW} bytes`);
    }
    const rows = this.#rows;
    this.#rows = [];
    if (rows.length > 0) this.#rowEnd = this.#bytes;
    return rows;
  }

  /**
   * Ends the file.
   *
   * @returns the rows that were not sure to be rows before
   * @throws {UnreadableFile}
   */
  end(): SourceRow[] {
    try {
      this.#tokenizer.end();
    } catch (error) {
      if (this.#shape !== undefined) throw this.#cut(error);
      throw this.#explained(error);
    }
    if (this.#shape === undefined) throw new UnreadableFile("it is empty");
    if (this.#stack !== "") throw this.#cut();
    return this.#rows;
  }

  #take(token: TokenType, value: unknown): void {
    switch (token) {
      case TokenType.LEFT_BRACE:
        return this.#open("{");
      case TokenType.LEFT_BRACKET:
        return this.#open("[");
      case TokenType.RIGHT_BRACE:
        return this.#close("{", "}");
      case TokenType.RIGHT_BRACKET:
        return this.#close("[", "]");
      case TokenType.COLON:
        if (this.#next !== "colon") throw this.#misplaced(":");
        this.#punctuate(":");
        this.#next = "value";
        return;
      case TokenType.COMMA:
        if (this.#next !== "comma or end") throw this.#misplaced(",");
        this.#punctuate(",");
        this.#next = this.#stack.endsWith("{") ? "name" : "value";
        return;
      case TokenType.STRING:
        if (this.#next.startsWith("name")) return this.#nameField(value as string);
        return this.#scalar(value as string, JSON.stringify(value));
      case TokenType.NULL:
        return this.#scalar("", "null");
      default:
        return this.#scalar(String(value), String(value));
    }
  }

  #open(bracket: "{" | "["): void {
    this.#expectValue(bracket);
    const depth = this.#stack.length;
    if (depth >= MAX_DEPTH) throw this.#wrong(`it is nested deeper than ${MAX_DEPTH} levels`);
    if (this.#row) {
      if (bracket === "{" && this.#wraps()) this.#unwrap();
      else this.#nest(bracket);
    } else if (depth === 0) {
      if (bracket === "[" && this.#shape) throw this.#wrong("an array stands behind it");
      this.#shape ??= bracket === "[" ? "array" : "lines";
    } else if (this.#shape === "wrapped" && !this.#inRows && depth === 2 && bracket === "{") {
      if (this.#stack === "{[") {
        throw new UnreadableFile(
          `it has two arrays of objects, "${this.#rowsName}" and "${this.#outerName}": which are the rows?`,
        );
      }
    }
    if (!this.#row && this.#isRowDepth(depth)) {
      if (bracket === "[") throw this.#wrong("it is an array, not an object");
      this.#begin();
    }
    this.#stack += bracket;
    this.#next = bracket === "{" ? "name or end" : "value or end";
  }

  #close(open: "{" | "[", bracket: string): void {
    if (!this.#next.endsWith("or end") || !this.#stack.endsWith(open)) {
      throw this.#misplaced(bracket);
    }
    this.#stack = this.#stack.slice(0, -1);
    const depth = this.#stack.length;
    if (this.#row) {
      if (depth === this.#rowDepth()) {
        this.#end(this.#row);
      } else {
        this.#nest(bracket);
        if (depth === this.#rowDepth() + 1) this.#set(this.#row.nested);
      }
    } else if (this.#inRows && depth === 1) {
      this.#inRows = false;
    }
    this.#next = depth === 0 ? "document" : "comma or end";
  }

  #nameField(name: string): void {
    this.#next = "colon";
    const isOwn = this.#row && this.#stack.length === this.#rowDepth() + 1;
    if (isOwn) {
      this.#row!.name = name;
      this.#row!.nested = "";
    } else if (this.#row) {
      this.#nest(JSON.stringify(name));
    } else if (this.#stack.length === 1) {
      this.#outerName = name;
      if (!this.#isId(name)) return;
      throw new UnreadableFile(
        `"${name}" stands beside the array "${this.#rowsName}": is the object a row, or are those in the array?`,
      );
    }
  }

  #scalar(cell: string, json: string): void {
    this.#expectValue(json);
    const depth = this.#stack.length;
    if (this.#row) {
      if (depth === this.#rowDepth() + 1) this.#set(cell);
      else this.#nest(json);
    } else if (this.#isRowDepth(depth)) {
      throw this.#wrong(`it is ${excerpt(json)}, not an object`);
    }
    this.#next = "comma or end";
  }

  #expectValue(text: string): void {
    if (!this.#next.startsWith("value") && this.#next !== "document") throw this.#misplaced(text);
    if (this.#next === "document" && this.#shape && this.#shape !== "lines") {
      throw new UnreadableFile(`${printable(excerpt(text))} stands behind its end`);
    }
  }

  #isRowDepth(depth: number): boolean {
    return depth === this.#rowDepth() && (this.#shape !== "wrapped" || this.#inRows);
  }

  #rowDepth(): number {
    return this.#shape === "wrapped" ? 2 : this.#shape === "array" ? 1 : 0;
  }

  /**
   * Whether the first object of the file shows now to be one around the rows: in its array stands
   * an object.
   */
  #wraps(): boolean {
    return this.#shape === "lines" && this.#count === 1 && this.#stack === "{[" &&
      this.#row!.nested === "[" && ![...this.#row!.values.keys()].some(this.#isId);
  }

  #unwrap(): void {
    this.#rowsName = this.#outerName = this.#row!.name;
    this.#shape = "wrapped";
    this.#inRows = true;
    this.#row = undefined;
    this.#count = 0;
  }

  #begin(): void {
    this.#count++;
    this.#row = { values: new Map(), twice: [], name: "", nested: "" };
  }

  #set(cell: string): void {
    const { values, twice, name } = this.#row!;
    if (values.has(name)) twice.push(name);
    values.set(name, cell);
  }

  #end({ values, twice }: Open): void {
    const key = JSON.stringify([...values.keys()]);
    let names = this.#names.get(key);
    if (!names) {
      if (this.#names.size === MAX_KNOWN) this.#names.clear();
      this.#names.set(key, names = [...values.keys()]);
    }
    const row = { number: this.#count, names, cells: [...values.values()] };
    const [name] = twice;
    this.#rows.push(
      name === undefined ? row : { ...row, fault: `it has the field "${excerpt(name)}" twice` },
    );
    this.#row = undefined;
  }

  #nest(text: string): void {
    if (this.#row && this.#stack.length > this.#rowDepth()) this.#row.nested += text;
  }

  /** What stands between the values of a row is none of their text. */
  #punctuate(text: string): void {
    if (this.#stack.length > this.#rowDepth() + 1) this.#nest(text);
  }

  #misplaced(text: string): UnreadableFile {
    return this.#wrong(`it is not JSON: ${excerpt(text)} where ${EXPECTED[this.#next]} belongs`);
  }

  #cut(cause?: unknown): UnreadableFile {
    return new UnreadableFile(`it ends within row ${this.#count} or behind it: it is cut off`, {
      cause,
    });
  }

  #wrong(what: string): UnreadableFile {
    return new UnreadableFile(this.#count === 0 ? what : `row ${this.#count}: ${what}`);
  }

  #explained(error: unknown): unknown {
    if (error instanceof UnreadableFile || !(error instanceof Error)) return error;
    const [, char, at] =
      /^Unexpected "(.+?)" .*\(absolute position "(\d+)"\)/s.exec(error.message) ?? [];
    if (char === undefined) return this.#wrong(`it is not JSON: ${error.message}`);
    const hint = /[NI]/.test(char) ? " (NaN and Infinity are not JSON: write null)" : "";
    return this.#wrong(`it is not JSON: "${char}" at byte ${at}${hint}`);
  }
}

/** The most different sets of fields that are remembered. */
const MAX_KNOWN = 1_000;

const EXPECTED: Readonly<Record<Next, string>> = {
  value: "a value",
  "value or end": "a value",
  name: "a name in quotes",
  "name or end": "a name in quotes",
  colon: "a colon",
  "comma or end": "a comma",
  document: "an array or an object",
};
