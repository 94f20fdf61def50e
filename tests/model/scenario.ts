import type { Type } from "../../shared/catalogue/events.ts";
import type { Kind } from "./logs.ts";

/** What the world may do beside answering: each costs one of a schedule's faults. */
export const faults = [
  "error",
  "answer lost",
  "request late",
  "crash",
  "crash after",
  "torn commit",
  "session timeout",
  "stop",
  "completion under way",
  "upload refused",
  "lifecycle abort",
  "foreign writer",
  "foreign file vanishes",
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

/** A topic of a scenario: the messages of each partition when it begins. */
export interface TopicSetup {
  readonly type: Type;
  readonly partitions: readonly (readonly Kind[])[];
}

/** What a downstream program does with files, by itself and without being a fault. */
export type Downstream =
  | "leaves"
  | "takes at once"
  | "archives at once"
  | "takes later"
  | "archives later";

/** How the world, or the wiring of the consumer in it, is broken on purpose. */
export interface Broken {
  /** S3 ignores `If-None-Match` on completions. */
  readonly unconditional?: boolean;
  /** Nobody looks into the archive. */
  readonly noArchive?: boolean;
  /** kafkajs fetches from the committed offset as soon as it has joined, and commits its default. */
  readonly fetchesFirst?: boolean;
  /** A generation goes on when its member joins another, and commits in that one's name. */
  readonly unfenced?: boolean;
  /** Topics are fetched by their names, whatever their ids are. */
  readonly unpinned?: boolean;
  /** Ages are measured by the member's own clock. */
  readonly ownClock?: boolean;
}

/** The small world that schedules are explored in. */
export interface Scenario {
  readonly name: string;
  readonly topics: readonly TopicSetup[];
  /** How many consumers each group has. */
  readonly groups: Readonly<Record<string, number>>;
  /** Whether all consumers are there when the world begins, instead of coming at any time. */
  readonly together?: boolean;
  /** Rows in a file. */
  readonly rows: number;
  /** Records in a fetch. */
  readonly fetch: number;
  /** How long S3 makes the ids of its uploads, in characters. @default as short as it can be */
  readonly idLength?: number;
  /** Messages that come to each partition later. */
  readonly later?: number;
  readonly downstream: Downstream;
  readonly faults: ReadonlySet<Fault>;
  /** Those of them that happen once at most. */
  readonly once?: ReadonlySet<Fault>;
  /**
   * Steps that nobody else can see are taken at once, not interleaved: uploads, the abort of what was
   * never planned, fetches, the waits before further tries, and what a member asks again of S3 about an
   * upload that stays unknown.
   */
  readonly eager: boolean;
  readonly broken?: Broken;
}
