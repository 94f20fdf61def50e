import type { FileType } from "../../shared/catalogue/events.ts";

/** The session's table that a file of a type is copied into. */
export function stagedTable(type: FileType): string {
  return `staged_${type}`;
}
