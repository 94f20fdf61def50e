import type { Scenario } from "./scenario.ts";

/** A schedule that once failed; see `deno task simulate`, which prints what to put here. */
export interface Regression {
  /** The rule that was broken, in a few words. */
  readonly name: string;
  /** The commit at which it was found. */
  readonly found: string;
  readonly scenario: Omit<Scenario, "faults">;
  readonly schedule: readonly string[];
}

const GROUP = "automotive-consumer-group";

/** Schedules that must never fail again. */
export const regressions: readonly Regression[] = [
  {
    name: "an earlier file that was made later is no sign that nobody takes files away",
    found: "6ab4668",
    scenario: {
      name: "two members, four events",
      topics: [{ type: "sales", partitions: [["row", "row"], ["row", "row"]] }],
      groups: { [GROUP]: 2 },
      together: true,
      rows: 2,
      fetch: 2,
      downstream: "takes later",
      eager: false,
    },
    schedule: [
      "a1 rejoins",
      "a1 is assigned",
      "a2 is assigned",
      "a1 look ",
      "a1 has earlier sales/sales_99999999_999999.csv",
      "a1 fetches sales_topic/0 from 0",
      "a1 upload a1@sales_20260226_102345_p0.1 sales/sales_20260226_102345_p0.csv",
      "a1 commit sales_topic/0@0",
      "a2 look ",
      "a2 has earlier sales/sales_99999999_999999.csv",
      "a2 fetches sales_topic/1 from 0",
      "a2 upload a2@sales_20260226_102345_p1.1 sales/sales_20260226_102345_p1.csv",
      "a2 commit sales_topic/1@0",
      "a2 complete a2@sales_20260226_102345_p1.1",
      "sales/sales_20260226_102345_p1.csv is moved away",
      "a1 crashes",
      "a1's session expires",
      "a2 rejoins",
      "a2 is assigned",
      "a2 look ",
      "a2 complete a1@sales_20260226_102345_p0.1",
    ],
  },
  {
    name: "a plan after a truncation begins where its file begins",
    found: "4a4abac",
    scenario: {
      name: "one member, a log that is truncated",
      topics: [{ type: "sales", partitions: [["row", "row", "row"]] }],
      groups: { [GROUP]: 1 },
      together: true,
      rows: 2,
      fetch: 4,
      downstream: "leaves",
      eager: true,
    },
    schedule: [
      "a1 is assigned",
      "a1 look ",
      "a1 has earlier sales/sales_99999999_999999.csv",
      "a1 fetches sales_topic/0 from 0",
      "a1 commit sales_topic/0@0",
      "a1 complete a1@sales_20260226_102345.1",
      "a1 complete a1@sales_20260226_102345_001.1",
      "a1 commit sales_topic/0@3",
      "sales/0 is truncated, and 2 records are appended",
      "a1 finds sales_topic/0 out of range",
      "a1 look ",
      "a1 fetches sales_topic/0 from 2",
      "a1 commit sales_topic/0@2",
      "a1 commit sales_topic/0@3",
      "a1 complete a1@sales_20260226_102345_002.1",
      "a1 crashes",
    ],
  },
  {
    name: "where an epoch ends is asked again after an error",
    found: "4a4abac",
    scenario: {
      name: "one member, a log that is truncated while it is away",
      topics: [{ type: "sales", partitions: [["row", "row"]] }],
      groups: { [GROUP]: 1 },
      together: true,
      rows: 2,
      fetch: 2,
      downstream: "leaves",
      eager: true,
    },
    schedule: [
      "a1 is assigned",
      "a1 look ",
      "a1 has earlier sales/sales_99999999_999999.csv",
      "a1 fetches sales_topic/0 from 0",
      "a1 commit sales_topic/0@0",
      "a1 complete a1@sales_20260226_102345.1",
      "a1 commit sales_topic/0@2",
      "a1 is told to stop",
      "a1 leaves",
      "sales/0 is truncated, and 2 records are appended",
      `${GROUP} starts a consumer`,
      "a1 is assigned",
      "a1 look ",
      "a1 epoch sales_topic/0: error",
    ],
  },
];
