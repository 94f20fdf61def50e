import { Buffer } from "node:buffer";

const QUOTE = 0x22;
const LF = 0x0a;
/** The first row's line; the header is line 1. */
const FIRST_LINE = 2;

/**
 * The lines of a CSV file, each behind its load's id and its number. A line ends at a line feed
 * that is not within quotes.
 *
 * @param body without the header
 * @param loadId digits
 */
export function numberedLines(
  body: Uint8Array,
  loadId: string,
): { readonly bytes: Uint8Array; readonly count: number } {
  const pieces: (string | Uint8Array)[] = [];
  let line = FIRST_LINE;
  let start = 0;
  let quotes = 0;
  for (let at = 0; at < body.length; at++) {
    if (body[at] === QUOTE) quotes++;
    if (body[at] !== LF || quotes % 2 === 1) continue;
    pieces.push(`${loadId},${line++},`, body.subarray(start, at + 1));
    start = at + 1;
  }
  if (start < body.length) pieces.push(`${loadId},${line++},`, body.subarray(start), "\n");
  const bytes = Buffer.allocUnsafeSlow(pieces.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const piece of pieces) {
    // A prefix is ASCII.
    if (typeof piece === "string") end += bytes.write(piece, end, "latin1");
    else {
      bytes.set(piece, end);
      end += piece.length;
    }
  }
  return { bytes, count: line - FIRST_LINE };
}
