import { parse } from "csv-parse/sync";
import { Buffer } from "node:buffer";
import { finished } from "node:stream/promises";
import pg from "pg";
import { from } from "pg-copy-streams";

/**
 * Reads a CSV file by PostgreSQL's COPY into a table of text columns named as in the file's header.
 *
 * @returns the rows after the header, in order; an unquoted empty cell is null
 * @throws what PostgreSQL says of a file that it cannot read
 */
export async function postgresCopy(
  client: pg.Client,
  csv: Uint8Array,
): Promise<(string | null)[][]> {
  const [header]: string[][] = parse(csv, { toLine: 1 });
  const columns = header!.map((name) => `${pg.escapeIdentifier(name)} text`);
  await client.query("BEGIN");
  try {
    await client.query(`CREATE TEMPORARY TABLE landed (${columns}) ON COMMIT DROP`);
    // MATCH is true, and also demands the header's names.
    const copy = client.query(from("COPY landed FROM STDIN WITH (FORMAT csv, HEADER MATCH)"));
    copy.end(Buffer.from(csv));
    await finished(copy);
    const text = "SELECT * FROM landed ORDER BY ctid";
    return (await client.query<(string | null)[]>({ text, rowMode: "array" })).rows;
  } finally {
    await client.query("ROLLBACK");
  }
}
