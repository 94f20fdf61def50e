import type { Fault, Scenario, TopicSetup } from "./scenario.ts";

/** A scenario, and the number of faults that it is explored with. */
export interface Pass {
  readonly scenario: Scenario;
  readonly faults: number;
  /** Whether it takes only a few seconds. */
  readonly isSmall: boolean;
}

const GROUP = "automotive-consumer-group";
const sales: TopicSetup = { type: "sales", partitions: [["row", "row"], ["row", "row"]] };
/**
 * A crash after a request equals one before the next: nobody sees what a process does in between.
 */
const crashes: readonly Fault[] = ["crash", "session timeout"];
/** A second one of these only adds a second zombie. */
const once: ReadonlySet<Fault> = new Set(["session timeout"]);
const completions: readonly Fault[] = ["completion in progress", "upload refused"];
/** A late request that arrives at once is one whose response is lost. */
const protocol: readonly Fault[] = [...crashes, "late request", ...completions];

/** Two groups that land in one bucket. */
export const groups = { [GROUP]: 1, "other-group": 1 };

/** A small scenario, as most passes use it, with what differs in this one. */
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
 * What is explored exhaustively: each pass allows another set of faults, so that each fault is
 * combined with those it may interact with.
 */
export const passes: readonly Pass[] = [
  pass("two members, bad lines", 2, { members: 2, alphabet: [...crashes, "late request"], once }),
  pass("two members, S3 dies, and one of them", 2, {
    members: 2,
    alphabet: ["crash", ...completions],
  }),
  pass("two members, S3 dies, and one is missed", 2, {
    members: 2,
    alphabet: ["session timeout", ...completions],
    once,
  }),
  pass("two members, somebody else uses the bucket", 2, {
    isSmall: true,
    members: 2,
    alphabet: ["crash", "foreign writer", "file moved away"],
  }),
  pass("a member joins at any time", 1, {
    members: 2,
    together: false,
    alphabet: [...protocol, "error", "foreign writer", "file moved away", "file archived"],
  }),
  pass("one member, one fault more", 3, {
    alphabet: [...crashes, "late request", "completion in progress"],
  }),
  pass("files are moved away at once", 2, {
    isSmall: true,
    members: 1,
    downstream: "takes at once",
  }),
  pass("files are archived at once", 2, {
    isSmall: true,
    members: 1,
    downstream: "archives at once",
  }),
  pass("a file for each event", 1, {
    members: 2,
    rows: 1,
    alphabet: [...protocol, "foreign writer"],
  }),
  pass("a log changes", 2, {
    topics: [{ type: "sales", partitions: [["row", "row"]] }],
    later: 1,
    alphabet: ["crash", "retention", "truncation", "topic recreated"],
  }),
  pass("logs change under two members", 1, {
    topics: [{ type: "sales", partitions: [["row"], ["row"]] }],
    members: 2,
    alphabet: ["retention", "truncation"],
  }),
  pass("offsets are set or expire", 2, {
    isSmall: true,
    alphabet: ["crash", "offsets expire", "offsets set", "foreign writer"],
  }),
  pass("days pass", 3, { isSmall: true, alphabet: ["crash", "a day passes", "lifecycle abort"] }),
  pass("days pass, files are moved away", 2, {
    isSmall: true,
    downstream: "takes at once",
    alphabet: ["crash", "a day passes", "lifecycle abort"],
  }),
  pass("days pass, files are archived", 2, {
    isSmall: true,
    downstream: "archives at once",
    alphabet: ["crash", "a day passes", "a week passes", "server clock set back"],
  }),
  pass("two types, one of them refused", 2, {
    isSmall: true,
    topics: [
      { type: "sales", partitions: [["row", "row"]] },
      { type: "payments", partitions: [["row", "row"]] },
    ],
    alphabet: [...crashes, "torn commit", "late request"],
  }),
  pass("dead letters", 2, {
    isSmall: true,
    topics: [{ type: "sales", partitions: [["dead letter", "row"], ["tombstone", "dead letter"]] }],
    alphabet: ["error", "crash"],
  }),
  pass("two groups in one bucket", 1, {
    isSmall: true,
    topics: [{ type: "sales", partitions: [["row", "row"]] }],
    groups,
  }),
];
