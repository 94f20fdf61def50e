import type { ServiceName } from "../../infra/runtime.ts";
import { crashPoints } from "./crash_points.ts";
import type { Fleet } from "./fleet.ts";
import { s3FaultNames, type S3Faults } from "./s3_faults.ts";
import type { TcpProxy } from "./tcp_proxy.ts";

/** What the faults are done to. */
export interface Victims {
  readonly fleet: Fleet;
  readonly s3Faults: S3Faults;
  readonly kafkaProxy: TcpProxy;
  /** Ends a service, by SIGKILL or in order, and starts it again. */
  readonly restart: (service: ServiceName, how: "kill" | "stop") => Promise<void>;
  /** Gives a whole number below its argument. */
  readonly random: (below: number) => number;
}

/** Something that production does. It resolves when it has been done. */
export interface Fault {
  readonly name: string;
  /** How often it is chosen, against the others. */
  readonly weight: number;
  readonly strike: (victims: Victims) => Promise<void> | void;
}

/** All faults. */
export const faults: readonly Fault[] = [
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
];

/** A fault by lot. */
export function pickFault(random: (below: number) => number): Fault {
  let lot = random(faults.reduce((sum, { weight }) => sum + weight, 0));
  return faults.find(({ weight }) => (lot -= weight) < 0)!;
}
