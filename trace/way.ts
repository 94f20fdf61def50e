import type { FileType } from "../shared/catalogue/events.ts";
import type { OffsetRange } from "../shared/formats/provenance.ts";
import type { Place } from "../shared/formats/place.ts";

/** A message in its topic. */
export interface TracedMessage extends Place {
  /** When the producer (or the broker) says it was published, in ms since the epoch. */
  readonly at: number;
  readonly key: string | undefined;
  /** Its text; invalid UTF-8 is replaced. */
  readonly value: string;
  readonly eventId: string | undefined;
}

/** A file, and where in it. */
export interface TracedFile {
  readonly key: string;
  readonly type: FileType;
  /** Where it lies now. */
  readonly in: "raw bucket" | "archive" | "neither bucket";
  readonly landedAt: Date | undefined;
  /** Undefined for files of other writers. */
  readonly written?: {
    readonly group: string;
    readonly topic: string;
    readonly ranges: readonly Pick<OffsetRange, "partition" | "from" | "to">[];
  };
  /** The line of the event, the header being line 1. */
  readonly line?: number;
}

/** What became of a row in the warehouse. */
export interface TracedRow {
  readonly table: string;
  readonly line: number;
  readonly key: string;
  readonly loadedAt: Date;
  /** Why it was rejected; undefined: it is a fact. */
  readonly rejected?: string;
}

/** A message that could not be landed. */
export interface TracedLetter {
  readonly reason: string;
  /** When it became a dead letter, in ms since the epoch. */
  readonly at: number;
  readonly replayedTo?: Place;
}

/** The way of one event, as far as it is known: each step is evidence, none is a guess. */
export interface Way {
  readonly eventId: string | undefined;
  readonly message?: TracedMessage;
  readonly letter?: TracedLetter;
  readonly file?: TracedFile;
  readonly row?: TracedRow;
  /** What is missing, and why. */
  readonly notes: readonly string[];
}
