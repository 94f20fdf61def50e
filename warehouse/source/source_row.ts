/** A row of a file of any format, before anything is known about its columns. */
export interface SourceRow {
  /**
   * What the row is counted by: records of CSV with the header as 1, elements of JSON from 1, rows
   * of a sheet.
   */
  readonly number: number;
  /** The names of its columns; the same array where rows have the same columns. */
  readonly names: readonly string[];
  /** As long as the names; "" for what is not there. */
  readonly cells: readonly string[];
  /** Why it cannot be a row at all. */
  readonly fault?: string;
}

/** Rows as they become known, some at a time. */
export type SourceRows = AsyncGenerator<SourceRow[], void, undefined>;

/** What the ledger records about a file's form. */
export interface SourceForm {
  readonly format: "csv" | "json" | "xlsx";
  gzip?: true;
  delimiter?: string;
  sheet?: string;
}

/** Whether a name is that of a column that can identify a row. */
export type IsId = (name: string) => boolean;
