import { crashPoints } from "./crash_points.ts";
import type { Fault } from "./fault.ts";
import { topicFaults } from "./kafka_faults.ts";
import { s3FaultNames } from "./s3_faults.ts";

/** How long S3's line may be slow, and its disk full, in ms. */
const SLOW_MS = 40_000;
const FULL_MS = 10_000;
const SLOW_RATES = [2_000, 20_000, 200_000];

/** Done to a program that runs only when the fault was chosen. */
export const LOADER_KILLED = "loader killed";
/** Done to a program that runs only when the fault was chosen. */
export const PRODUCER_KILLED = "producer killed";

/** All faults. */
export const allFaults: readonly Fault[] = [
  { name: "SIGKILL", weight: 4, strike: ({ fleet }) => void fleet.signal("SIGKILL") },
  { name: "SIGTERM", weight: 2, strike: ({ fleet }) => void fleet.signal("SIGTERM") },
  {
    name: "SIGSTOP beyond the session timeout",
    weight: 3,
    strike: ({ fleet, random }) => void fleet.freeze(7_000 + random(6_000)),
  },
  { name: "a consumer more", weight: 2, strike: ({ fleet }) => fleet.add() },
  { name: "broker restarted", weight: 1, strike: ({ restart }) => restart("kafka", "stop") },
  { name: "broker killed", weight: 1, strike: ({ restart }) => restart("kafka", "kill") },
  { name: "S3 restarted", weight: 1, strike: ({ restart }) => restart("s3", "stop") },
  { name: "S3 killed", weight: 2, strike: ({ restart }) => restart("s3", "kill") },
  { name: "broker connections cut", weight: 2, strike: ({ kafkaProxy }) => kafkaProxy.cut() },
  ...s3FaultNames.map((name): Fault => ({
    name,
    weight: 1,
    strike: ({ s3Faults, random }) => s3Faults.strike(name, 1 + random(12)),
  })),
  ...crashPoints.map((point): Fault => ({
    name: `crash ${point}`,
    weight: 1,
    strike: ({ fleet, random }) => fleet.add({ point, time: 1 + random(3) }),
  })),
  ...topicFaults,
  {
    name: "slow line to S3",
    weight: 1,
    lasts: SLOW_MS,
    strike({ s3Line, later, random }) {
      s3Line.slowDown(SLOW_RATES[random(SLOW_RATES.length)]!);
      later(5_000 + random(SLOW_MS - 5_000), () => s3Line.slowDown(Infinity));
    },
  },
  {
    name: "disk of S3 full",
    weight: 1,
    lasts: FULL_MS,
    impossible: ({ disk }) =>
      disk ? undefined : "a small disk can be mounted by root on Linux only",
    async strike({ disk, later, random }) {
      await disk!.fill();
      later(1_000 + random(FULL_MS - 1_000), () => disk!.free());
    },
  },
  { name: LOADER_KILLED, weight: 2, strike: ({ loader }) => loader!.kill() },
  { name: PRODUCER_KILLED, weight: 2, strike: ({ producer }) => producer!.kill() },
];

/** The faults whose names contain one of the parts; all when there are none. */
export function chooseFaults(parts: readonly string[]): readonly Fault[] {
  if (parts.length === 0) return allFaults;
  const isPartOf = (part: string, { name }: Fault) =>
    name.toLowerCase().includes(part.toLowerCase());
  return allFaults.filter((fault) => parts.some((part) => isPartOf(part, fault)));
}

/** A random fault. */
export function pickFault(faults: readonly Fault[], random: (below: number) => number): Fault {
  let lot = random(faults.reduce((sum, { weight }) => sum + weight, 0));
  return faults.find(({ weight }) => (lot -= weight) < 0)!;
}
