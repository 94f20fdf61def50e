/** A service that the pipeline runs on. */
export type ServiceName =
  | "zookeeper"
  | "kafka"
  | "kafka-ui"
  | "s3"
  | "warehouse"
  | "console"
  | "airflow";

/** One service as `status` shows it. */
export interface ServiceStatus {
  readonly name: ServiceName;
  /** `unknown`: it is running but unusable, or it cannot be determined whether it is running. */
  readonly state: "running" | "stopped" | "unknown";
  /** Why it is unknown. */
  readonly why?: string;
  /** Where it listens on this machine, in words. */
  readonly address: string;
  /** Its process, where the runtime knows it (native). */
  readonly pid?: number;
}

/** Options of a runtime's commands. */
export interface RuntimeOptions {
  /** These services only. @default all that the runtime has; to start: but for those on demand */
  readonly services?: readonly ServiceName[];
  /** Called with progress, one line at a time. */
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Which logs are shown, and how much of them. */
export interface LogOptions {
  /** @default all that have a log */
  readonly service?: ServiceName;
  /** How many lines of the end of each. */
  readonly lines: number;
  /** Goes on with what comes, until the signal aborts. */
  readonly follow: boolean;
  /** Called with each line; of several services each begins with the name of its own. */
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** A way to run the services on this machine: the same services on the same ports, whichever it is. */
export interface Runtime {
  readonly name: "docker" | "native";

  /**
   * Starts the services that do not run yet, and waits until each answers over its own protocol.
   * When it fails or is aborted, what this call had started is stopped again.
   *
   * @throws {UserError} when a port is taken, a tool is missing or a service does not come up
   */
  start(options: RuntimeOptions): Promise<{ alreadyRunning: boolean }>;

  /**
   * Stops the services; Kafka before the ZooKeeper that it signs off from.
   *
   * @param options.purge deletes their data and logs too (never the downloads)
   * @throws {UserError} when a service cannot be stopped, or it cannot be told whether one runs:
   * nothing
   *   is deleted then; `signal.reason` when aborted, with what is not stopped yet left running
   */
  stop(options: RuntimeOptions & { readonly purge?: boolean }): Promise<{ wasRunning: boolean }>;

  /** The services of this runtime, and which of them run. Changes nothing. */
  status(): Promise<ServiceStatus[]>;

  /**
   * Prints what the services have logged. Changes nothing.
   *
   * @throws {UserError} when there is no log; `signal.reason` when aborted
   */
  logs(options: LogOptions): Promise<void>;
}
