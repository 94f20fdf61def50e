import type { Type } from "../../shared/catalogue/events.ts";
import type { Kind } from "./logs.ts";

/** The faults of the model; each counts towards the maximum of a schedule. */
export const faults = [
  "error",
  "response lost",
  "late request",
  "crash",
  "crash after",
  "torn commit",
  "session timeout",
  "stop",
  "completion in progress",
  "upload refused",
  "lifecycle abort",
  "foreign writer",
  "foreign file deleted",
  "file moved away",
  "file archived",
  "retention",
  "truncation",
  "topic recreated",
  "offsets expire",
  "offsets set",
  "a day passes",
  "a week passes",
  "server clock set back",
  "member clock jumps",
] as const;

/** One of {@linkcode faults}. */
export type Fault = typeof faults[number];

/** A topic of a scenario, with the initial messages of each partition. */
export interface TopicSetup {
  readonly type: Type;
  readonly partitions: readonly (readonly Kind[])[];
}

/** What a downstream program ordinarily does with files. */
export type Downstream =
  | "leaves"
  | "takes at once"
  | "archives at once"
  | "takes later"
  | "archives later";

/** What is deliberately broken in the model, or in how the consumer is wired into it. */
export interface Broken {
  /** S3 ignores `If-None-Match` on completions. */
  readonly unconditional?: boolean;
  /** The archive is not searched. */
  readonly noArchive?: boolean;
  /**
   * kafkajs fetches from the committed offset right after joining, and commits its default offset.
   */
  readonly fetchesFirst?: boolean;
  /** A generation continues after its member has rejoined, and commits as the new one. */
  readonly unfenced?: boolean;
  /** Topics are fetched by name, whatever their ids. */
  readonly unpinned?: boolean;
  /** Ages are measured by the member's own clock. */
  readonly ownClock?: boolean;
}

/** A small setup whose schedules are explored. */
export interface Scenario {
  readonly name: string;
  readonly topics: readonly TopicSetup[];
  /** How many consumers each group has. */
  readonly groups: Readonly<Record<string, number>>;
  /** Whether all consumers have joined before the run, instead of starting at any time. */
  readonly together?: boolean;
  /** Rows in a file. */
  readonly rows: number;
  /** Records in a fetch. */
  readonly fetch: number;
  /** Length of the upload ids, in characters. @default as short as possible */
  readonly idLength?: number;
  /** Messages that arrive in each partition later. */
  readonly later?: number;
  readonly downstream: Downstream;
  readonly faults: ReadonlySet<Fault>;
  /** Faults that happen at most once. */
  readonly once?: ReadonlySet<Fault>;
  /**
   * Whether steps that nobody else can observe are taken at once instead of interleaved: uploads,
   * aborts of what was never planned, fetches, back-off, and repeated requests to S3 about an
   * upload that stays unknown.
   */
  readonly eager: boolean;
  readonly broken?: Broken;
}
