import type { Settings } from "../shared/cli/settings.ts";
import type { ServiceName } from "./runtime.ts";

/** The folders of a native service. */
export interface Folders {
  /** Data, logs and records: an absolute path. */
  readonly runtimeDir: string;
  /** Jars and programs, shared by every runtime folder: an absolute path. */
  readonly downloads: string;
}

/** What the native runtime has to know of a service to run it. */
export interface NativeService {
  readonly name: ServiceName;

  /**
   * Gets ready to start: tools, downloads, folders and configuration.
   *
   * @throws {UserError} when something is missing
   */
  prepare(options: { log: (line: string) => void; signal?: AbortSignal }): Promise<ServiceCommand>;

  /** Asks once, over the service's own protocol, whether it can be used; rejects with why it cannot. */
  ask(signal: AbortSignal): Promise<void>;

  /** How long it may take until it answers, in ms. @default 60 s */
  readonly timeout?: number;

  /** Whether a service that ended with this at the end of its log is to be started once more. */
  readonly isTransient?: (log: string) => boolean;
}

/** How a service is started. */
export interface ServiceCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly cwd?: string;
}

/** Makes the description of a service for the settings. */
export type DefineService = (settings: Settings, folders: Folders) => NativeService;

/** The one argument of a service's command line that no process but this service has. */
export function markerOf(name: ServiceName, { runtimeDir }: Folders): string {
  if (name === "s3" || name === "airflow") return `${runtimeDir}/data/${name}`;
  if (name === "console") return `--runtime-dir=${runtimeDir}`;
  if (name === "warehouse") return `automotive.runtime=${runtimeDir}/warehouse`;
  return `${runtimeDir}/config/${name}.properties`;
}

/** The program that a service is, as its command line begins; the rest of it is before the marker. */
const PROGRAMS: Readonly<Record<ServiceName, RegExp>> = {
  zookeeper: /^(.*\/)?java\b.* org\.apache\.zookeeper\.server\.quorum\.QuorumPeerMain$/,
  kafka: /^(.*\/)?java\b.* kafka\.Kafka$/,
  "kafka-ui": /^(?!)/,
  s3: /^.*\/versitygw\b.* posix$/,
  warehouse: /^.*\/postgres\b.* -c$/,
  console: /deno\b.* console\/main\.ts --also=\d+$/,
  airflow: /python.* \S*airflow\/serve\.py$/,
};

/**
 * Whether a command line is that of a service of this runtime folder, by its program too: others may
 * have the folder's path on theirs.
 */
export function isService(args: string, name: ServiceName, folders: Folders): boolean {
  const marker = ` ${markerOf(name, folders)}`;
  const at = `${args} `.indexOf(`${marker} `);
  return at > 0 && PROGRAMS[name].test(args.slice(0, at));
}

/** Where a service's output goes. */
export function logFileOf(name: ServiceName, { runtimeDir }: Folders): string {
  return `${runtimeDir}/logs/${name}.log`;
}
