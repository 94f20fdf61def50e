import { csvLine, CsvReader } from "../../shared/formats/csv.ts";
import { catalogue, columnsOf, type Type } from "../../shared/catalogue/events.ts";

/** Columns of a type, as the bits of a number: the lowest is the first of {@linkcode columnsOf}. */
export type ColumnSet = number;

/**
 * The columns of a file: those that a row of it fills, and those that downstream programs require.
 * They drop a whole file for another column that is empty in all of its rows.
 */
export class FileColumns {
  readonly #all: readonly string[];
  readonly #required: ColumnSet;
  /** Those that every row so far leaves empty. */
  #empty: ColumnSet = ~0;

  constructor(type: Type) {
    this.#all = columnsOf(type);
    this.#required = catalogue[type].required
      .reduce((set, name) => set | 1 << this.#all.indexOf(name), 0);
  }

  /**
   * Registers a row.
   *
   * @param empty the columns that it leaves empty
   */
  take(empty: ColumnSet = 0): void {
    this.#empty &= empty;
  }

  /** The names of the columns, in the catalogue's order. */
  get names(): string[] {
    return this.#all.filter((_, at) => this.#has(at));
  }

  /**
   * Returns the function that removes the cells of the other columns from the line of a row;
   * undefined if there are no others.
   */
  narrower(): ((line: string) => string) | undefined {
    const places = [...this.#all.keys()].filter((at) => this.#has(at));
    if (places.length === this.#all.length) return undefined;
    const narrowed = (cells: readonly string[]) => places.map((at) => cells[at]!);
    return (line) =>
      line.includes('"')
        ? csvLine(narrowed(new CsvReader().read(`${line}\n`)[0]!.cells))
        : narrowed(line.split(",")).join(",");
  }

  #has(at: number): boolean {
    return (this.#empty & ~this.#required & 1 << at) === 0;
  }
}
