import type { OffsetRange } from "../../shared/formats/provenance.ts";
import type { Said } from "./said.ts";

/** A partition of a topic in one of its lives: a topic that is recreated begins the next. */
export interface Log {
  readonly topic: string;
  readonly life: number;
  readonly partition: number;
  /** Records before it were deleted. */
  readonly low: number;
  readonly high: number;
  /** The topic was deleted. */
  readonly over: boolean;
}

/** A file that has been in a bucket. */
export interface SeenFile {
  readonly key: string;
  readonly topic: string;
  readonly life: number;
  readonly ranges: readonly OffsetRange[];
  readonly ids: readonly string[];
  /** It holds rows of two lives, or another number of them than it says. */
  readonly isWrong: boolean;
}

/** An event of which it is known that the broker has it, or had it. */
export interface PublishedEvent {
  readonly topic: string;
  readonly life: number;
  /** It cannot be landed and has to become a dead letter. */
  readonly bad: boolean;
}

/** Where a dead letter comes from. */
export interface Letter {
  readonly topic: string;
  readonly life: number;
  readonly partition: number;
  readonly offset: number;
}

/** All that a run leaves behind. */
export interface Evidence {
  readonly logs: readonly Log[];
  readonly files: readonly SeenFile[];
  readonly letters: readonly Letter[];
  /** By event id. */
  readonly published: ReadonlyMap<string, PublishedEvent>;
  readonly said: Said;
  /** Topics that were recreated. */
  readonly remade: ReadonlySet<string>;
  /** Keys that were used a second time. */
  readonly reused: readonly string[];
  /** Rows of files that were loaded, and are not in the warehouse. */
  readonly notLoaded: readonly string[];
}
