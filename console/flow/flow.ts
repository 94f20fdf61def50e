import type { ConsumerStatus } from "../../consumer/status/status.ts";
import type { Type } from "../../shared/catalogue/events.ts";

/** What flows of a type. */
export interface TypeFlow {
  readonly type: Type;
  readonly topic: string;
  /** Undefined: the topic is not there. */
  readonly topicState?: TopicFlow;
  /** Rows of it in batches that consumers of this machine have open, and what will cut them. */
  readonly open: readonly ConsumerStatus["openBatches"][number][];
  /** What the warehouse has of it; undefined: it is not known. */
  readonly loaded?: LoadedFlow;
}

/** A topic and how far the group is. */
export interface TopicFlow {
  readonly partitions: number;
  /** Records in the log now. */
  readonly records: number;
  /** Offsets up to the high watermarks: all that was ever published. */
  readonly end: number;
  /** Offsets that the group has not landed. */
  readonly lag: number;
  /** How old the oldest event is that has not landed, in s; undefined: there is none, or it is not known. */
  readonly lagSeconds?: number;
  /** Records that an open transaction holds back. */
  readonly held: number;
}

/** What the warehouse has of a type, and how fresh it is. */
export interface LoadedFlow {
  readonly files: number;
  readonly facts: number;
  readonly rejected: number;
  readonly repeats: number;
  readonly unreadable: number;
  /** When the last file of it was loaded, in ms since the epoch. */
  readonly lastAt?: number;
}

/** A program of this machine. */
export interface ProgramFlow {
  readonly role: string;
  readonly pid: number;
  /** What a consumer says of itself; undefined for others, and when it does not answer. */
  readonly consumer?: ConsumerStatus;
}

/** The files that a consumer has landed last, and those that wait for the loader. */
export interface BucketFlow {
  readonly waiting: number;
  /** The listing was ended at some thousand files. */
  readonly partial: boolean;
  /** When the oldest of them landed, in ms since the epoch. */
  readonly oldestAt?: number;
}

/** Something that keeps events from flowing, and what helps. */
export interface Problem {
  readonly where: "producers" | "kafka" | "consumer" | "s3" | "loader" | "warehouse";
  readonly what: string;
  /** A command, or what else to do. */
  readonly hint?: string;
}

/** The whole pipeline at one moment. */
export interface Flow {
  /** In ms since the epoch. */
  readonly at: number;
  readonly group: string;
  readonly bucket: string;
  /** How many consumers are in the group, on whichever machine; undefined: it is not known. */
  readonly members?: number;
  readonly types: readonly TypeFlow[];
  /** Undefined: it is not known, as from within a container. */
  readonly programs?: readonly ProgramFlow[];
  readonly files?: BucketFlow;
  /** Records of the dead letter topic; undefined: it is not there. */
  readonly letters?: { readonly topic: string; readonly records: number };
  readonly problems: readonly Problem[];
}

/** A point of the charts. */
export interface Point {
  /** In s since the epoch. */
  readonly at: number;
  /** Events published per second, by type, in the order of the catalogue; null: not known. */
  readonly rates: readonly (number | null)[];
  /** Rows landed per second. */
  readonly landed: number | null;
  /**
   * How long the files took whose offsets were committed since the look before, from the cut of their
   * batches on: their mean, in s; null: there was none.
   */
  readonly landingSeconds: number | null;
  /** Offsets not landed, of all topics. */
  readonly lag: number | null;
  /** The age of the oldest event that has not landed, in s. */
  readonly lagSeconds: number | null;
}
