import type { ServiceName } from "../../infra/runtime.ts";
import type { Fleet } from "./fleet.ts";
import type { Other } from "./others.ts";
import type { S3Faults } from "./s3_faults.ts";
import type { SmallDisk } from "./small_disk.ts";
import type { TcpProxy } from "./tcp_proxy.ts";
import type { Topics } from "./topics.ts";
import type { Traffic } from "./traffic.ts";

/** What the faults are done to. */
export interface Victims {
  readonly fleet: Fleet;
  readonly topics: Topics;
  readonly traffic: Traffic;
  readonly s3Faults: S3Faults;
  readonly s3Line: TcpProxy;
  readonly kafkaProxy: TcpProxy;
  /** The disk that S3 has for itself. */
  readonly disk: SmallDisk | undefined;
  /** Run when a fault that is done to them was chosen. */
  readonly loader: Other | undefined;
  readonly producer: Other | undefined;
  /** Ends a service, by SIGKILL or in order, and starts it again. */
  readonly restart: (service: ServiceName, how: "kill" | "stop") => Promise<void>;
  /** Takes a lasting fault back after so many ms, and before the end of the run in any case. */
  readonly later: (ms: number, takeBack: () => Promise<void> | void) => void;
  /** Gives a whole number below its argument. */
  readonly random: (below: number) => number;
}

/** Something that production does. It resolves when it has been done. */
export interface Fault {
  readonly name: string;
  /** How often it is chosen, against the others. */
  readonly weight: number;
  /** How long it lasts at the most, in ms: until then it is not done once more. */
  readonly lasts?: number;
  /** Why it cannot be done here. */
  readonly impossible?: (victims: Pick<Victims, "disk">) => string | undefined;
  readonly strike: (victims: Victims) => Promise<void> | void;
}
