import type { UserError } from "../shared/cli/errors.ts";
import type { FileType, Type } from "../shared/catalogue/events.ts";
import type { CellCheck } from "./cells.ts";
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
  /**
   * Offsets that nobody can look into any more, as Kafka's retention has deleted what would tell.
   */
  readonly unprovable: number;
  /** Not committed yet. */
  readonly lag: number;
}

/** Rows of a type's files, and what became of them. */
export interface FileSum {
  readonly type: FileType;
  readonly files: number;
  readonly rows: number;
  /** Rows of files that are not loaded yet, or cannot be; of other writers' files nobody knows. */
  readonly waiting: number;
  readonly facts: number;
  readonly rejected: number;
  readonly repeats: number;
}

/** The outcome for the whole way. */
export interface Verification {
  readonly topics: readonly TopicSum[];
  readonly warehouse: Loaded | NotLookedAt;
  /** What does not add up; empty if all is proved. */
  readonly problems: readonly string[];
  /** How many differences there are: of very many, only the first ones are named. */
  readonly differences: number;
  /** What can no longer be proved, and is not a difference. */
  readonly unprovable: readonly string[];
  /** What is worth knowing, but not a fault. */
  readonly notes: readonly string[];
}

/** What the warehouse has of the files. */
export interface Loaded {
  readonly files: readonly FileSum[];
  readonly cells: Omit<CellCheck, "problems">;
  readonly freshness: readonly Freshness[];
}

/** The second half of the way was not checked. */
export interface NotLookedAt {
  /** Undefined if that was asked for; else why not. */
  readonly because?: UserError;
}
