import type { Type } from "../../shared/events.ts";
import type { Freshness } from "./warehouse_counts.ts";

/** Offsets of a type's topic, up to what the group has committed, and what became of them. */
export interface TopicSum {
  readonly type: Type;
  readonly published: number;
  readonly landed: number;
  readonly deadLetters: number;
  readonly repeats: number;
  readonly tombstones: number;
  /** Offsets without a message, such as a transaction's markers. */
  readonly empty: number;
  /** Not committed yet. */
  readonly toCome: number;
}

/** Rows of a type's files, and what became of them. */
export interface FileSum {
  readonly type: Type;
  readonly files: number;
  readonly rows: number;
  /** Rows of files that are not loaded yet, or cannot be; of other writers' files nobody knows. */
  readonly waiting: number;
  readonly facts: number;
  readonly rejected: number;
  readonly repeats: number;
}

/** What the whole way was found to be. */
export interface Verification {
  readonly topics: readonly TopicSum[];
  readonly files: readonly FileSum[];
  readonly freshness: readonly Freshness[];
  /** What does not add up; empty if all is proved. */
  readonly problems: readonly string[];
  /** What is worth knowing, and is no fault. */
  readonly notes: readonly string[];
}
