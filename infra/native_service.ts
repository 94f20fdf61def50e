import type { Settings } from "../shared/settings.ts";
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
  readonly patience?: number;

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
  if (name === "warehouse") return `automotive.runtime=${runtimeDir}/warehouse`;
  return `${runtimeDir}/config/${name}.properties`;
}

/** Where a service's output goes. */
export function logFileOf(name: ServiceName, { runtimeDir }: Folders): string {
  return `${runtimeDir}/logs/${name}.log`;
}
