import { UserError } from "../../shared/cli/errors.ts";
import type { Range } from "./scan.ts";

/** What is left of a search as text: `newest;0:10-500;1:0-20`. */
export function formatCursor(newestFirst: boolean, left: readonly Range[]): string {
  const parts = left.map(({ partition, from, to }) => `${partition}:${from}-${to}`);
  return [newestFirst ? "newest" : "oldest", ...parts].join(";");
}

/** Reads what {@linkcode formatCursor} wrote. @throws {UserError} when it is none */
export function parseCursor(text: string): { newestFirst: boolean; ranges: Range[] } {
  const [order, ...parts] = text.split(";");
  const ranges = parts.map((part) => {
    const [, partition, from, to] = /^(\d{1,9}):(\d{1,15})-(\d{1,15})$/.exec(part) ?? [];
    if (to === undefined) throw unreadable(text);
    return { partition: Number(partition), from: Number(from), to: Number(to) };
  });
  if (order !== "newest" && order !== "oldest") throw unreadable(text);
  return { newestFirst: order === "newest", ranges };
}

function unreadable(text: string): UserError {
  return new UserError(`A search cannot go on from "${text}"`, "search anew");
}
