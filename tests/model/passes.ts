import type { Fault, Scenario, TopicSetup } from "./scenario.ts";

/** A scenario, and with how many faults it is explored. */
export interface Pass {
  readonly scenario: Scenario;
  readonly faults: number;
  /** Whether it takes less than some two seconds. */
  readonly isSmall: boolean;
}

const GROUP = "automotive-consumer-group";
const sales: TopicSetup = { type: "sales", partitions: [["row", "row"], ["row", "row"]] };
const crashes: readonly Fault[] = ["crash", "crash after", "session timeout"];
const lines: readonly Fault[] = ["answer lost", "request late"];
const completions: readonly Fault[] = ["completion under way", "upload refused"];
const protocol: readonly Fault[] = [...crashes, ...lines, ...completions];

/** Two groups that land in one bucket. */
export const groups = { [GROUP]: 1, "other-group": 1 };

/** A small world, as most passes have it, and what is other in this one. */
export function pass(
  name: string,
  faults: number,
  { alphabet = protocol, members = 1, isSmall = false, ...rest }:
    & { alphabet?: readonly Fault[]; members?: number; isSmall?: boolean }
    & Partial<Scenario>,
): Pass {
  const scenario = {
    name,
    topics: [sales],
    groups: { [GROUP]: members },
    together: true,
    rows: 2,
    fetch: 2,
    downstream: "leaves",
    faults: new Set(alphabet),
    eager: true,
    ...rest,
  } as const;
  return { scenario, faults, isSmall };
}

/**
 * What is explored to the end: each pass gives the world another alphabet of faults, so that all of them
 * can be combined with those that they have to do with.
 */
export const passes: readonly Pass[] = [
  pass("two members, bad lines", 2, { members: 2, alphabet: [...crashes, ...lines] }),
  pass("two members, S3 dies", 2, { members: 2, alphabet: [...crashes, ...completions] }),
  pass("two members, somebody else uses the bucket", 2, {
    members: 2,
    alphabet: ["crash", "crash after", "foreign writer", "file moved away"],
  }),
  pass("a member joins at any time", 1, {
    members: 2,
    together: false,
    alphabet: [...protocol, "error", "foreign writer", "file moved away", "file archived"],
  }),
  pass("one member, one fault more", 3, {
    alphabet: [...crashes, "request late", "completion under way"],
  }),
  pass("files are moved away at once", 2, { members: 1, downstream: "takes at once" }),
  pass("files are archived at once", 2, { members: 1, downstream: "archives at once" }),
  pass("a file for each event", 1, {
    members: 2,
    rows: 1,
    alphabet: [...protocol, "foreign writer"],
  }),
  pass("a log changes", 2, {
    topics: [{ type: "sales", partitions: [["row", "row"]] }],
    later: 1,
    alphabet: ["crash", "crash after", "retention", "truncation", "topic made again"],
  }),
  pass("logs change under two members", 1, {
    topics: [{ type: "sales", partitions: [["row"], ["row"]] }],
    members: 2,
    alphabet: ["retention", "truncation"],
  }),
  pass("a topic is made again under two members", 1, {
    topics: [{ type: "sales", partitions: [["row"], ["row"]] }],
    members: 2,
    alphabet: ["topic made again"],
  }),
  pass("offsets are set or expire", 2, {
    alphabet: ["crash", "crash after", "offsets expire", "offsets set", "foreign writer"],
  }),
  pass("days pass", 3, {
    alphabet: ["crash", "crash after", "a day passes", "a week passes", "lifecycle abort"],
  }),
  pass("days pass, files are moved away", 2, {
    downstream: "takes at once",
    alphabet: ["crash", "crash after", "a day passes", "lifecycle abort"],
  }),
  pass("days pass, files are archived", 2, {
    downstream: "archives at once",
    alphabet: ["crash", "crash after", "a day passes", "a week passes", "server clock set back"],
  }),
  pass("two types, one of them refused", 2, {
    topics: [
      { type: "sales", partitions: [["row", "row"]] },
      { type: "payments", partitions: [["row", "row"]] },
    ],
    alphabet: ["crash", "crash after", "torn commit", "answer lost", "session timeout"],
  }),
  pass("dead letters", 2, {
    topics: [{ type: "sales", partitions: [["dead letter", "row"], ["tombstone", "dead letter"]] }],
    alphabet: ["error", "answer lost", "crash", "crash after", "session timeout"],
  }),
  pass("two groups in one bucket", 1, {
    topics: [{ type: "sales", partitions: [["row", "row"]] }],
    groups,
  }),
];
