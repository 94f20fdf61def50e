import { NotCsv } from "../../shared/formats/csv.ts";
import { rootMessage } from "../../shared/cli/errors.ts";
import { sqlState } from "../../shared/postgres/sql_state.ts";
import { excerpt, printable } from "../../shared/cli/printable.ts";

/**
 * Why a file cannot be read at all; it is left where it is. Its message can be printed and stored.
 */
export class UnreadableFile extends Error {
  override name = "UnreadableFile";

  /** @param reason may contain anything from the file */
  constructor(reason: string, options?: ErrorOptions) {
    super(printable(excerpt(reason, MAX_REASON)), options);
  }
}

const MAX_REASON = 500;

/**
 * Runs work that reads CSV.
 *
 * @param header names the columns, if they are known
 * @throws {UnreadableFile} with line and column, where it is none
 */
export function asFileFault<T>(read: () => T, header: readonly string[] = []): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof NotCsv)) throw error;
    const name = error.cell === undefined ? undefined : header[error.cell];
    const column = name === undefined ? "" : `, column "${name}"`;
    throw new UnreadableFile(`line ${error.line}${column}: ${error.message}`, { cause: error });
  }
}

/**
 * Classes of PostgreSQL's codes that tell of what was sent, not of the server: data exceptions,
 * constraints, what is more than a row, a value or a statement may be, and what is more than this
 * server is configured to take (53400: a file too large for temp_file_limit, say).
 *
 * Source: https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const OF_THE_FILE = /^(22|23|54|53400)/;

/** PostgreSQL's words for a value of more than 1 GB, which it calls an internal error. */
const TOO_LARGE = /invalid memory alloc request size/;

/** Why a file is rejected, if the error is its fault; undefined otherwise. */
export function faultOf(error: unknown): UnreadableFile | undefined {
  if (error instanceof UnreadableFile) return error;
  const code = sqlState(error);
  if (code === undefined) return undefined;
  const message = rootMessage(error);
  if (!OF_THE_FILE.test(code) && !TOO_LARGE.test(message)) return undefined;
  return new UnreadableFile(message, { cause: error });
}
