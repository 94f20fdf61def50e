import type { ConsumerStatus } from "../consumer/status/status.ts";
import type { Runtime, ServiceStatus } from "../infra/runtime.ts";
import { rootMessage, UserError } from "../shared/cli/errors.ts";
import { listRunning, type RunningProgram } from "../shared/cli/running.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { noResponse, within } from "../shared/cli/within.ts";
import { consumerStatus } from "../consumer/status/ask_status.ts";
import type { BucketStatus } from "./files_status.ts";
import type { TopicStatus } from "./topic_status.ts";
import type { WarehouseStatus } from "./warehouse_status.ts";

/** A running producer or consumer; `consumer` is a consumer's own status, if it responds. */
export type ProgramStatus = RunningProgram & { readonly consumer?: ConsumerStatus };

/** The state of everything; what cannot be told says why instead. */
export interface PipelineStatus {
  readonly runtime: Runtime["name"];
  readonly services: readonly ServiceStatus[] | UserError;
  readonly topics: readonly TopicStatus[] | UserError;
  readonly files: BucketStatus | UserError;
  readonly warehouse: readonly WarehouseStatus[] | UserError;
  readonly programs: readonly ProgramStatus[] | UserError;
}

/** How long each may take, in ms: one that hangs must not hold up the others. */
const TIMEOUT_MS = 10_000;
/** How long each may count, in ms: then it gives what it has found. */
const COUNTING_MS = 7_000;

/**
 * The state of everything.
 *
 * @param options how to reach Kafka, the bucket and the warehouse; each may fail. What they are
 *   given is aborted when they should give what they have found
 * @throws `signal.reason` when aborted
 */
export async function pipelineStatus(
  settings: Settings,
  runtime: Runtime,
  options: {
    topics: (over: AbortSignal) => Promise<TopicStatus[]>;
    files: (over: AbortSignal) => Promise<BucketStatus>;
    warehouse: (over: AbortSignal) => Promise<WarehouseStatus[]>;
    signal: AbortSignal;
  },
): Promise<PipelineStatus> {
  const { signal } = options;
  const [services, topics, files, warehouse, programs] = await Promise.all([
    orWhy("The runtime", () => runtime.status(), signal),
    orWhy("Kafka", options.topics, signal),
    orWhy("S3", options.files, signal),
    orWhy("PostgreSQL", options.warehouse, signal),
    orWhy("The runtime folder", () => programStatus(settings), signal),
  ]);
  return {
    runtime: runtime.name,
    services,
    topics,
    files,
    warehouse,
    programs,
  };
}

async function programStatus({ runtimeDir }: Settings): Promise<ProgramStatus[]> {
  const programs = await listRunning(runtimeDir);
  return await Promise.all(programs.map(async (program) => ({
    ...program,
    consumer: program.role === "consumer" && program.statusPort
      ? await consumerStatus(program.statusPort)
      : undefined,
  })));
}

async function orWhy<T>(
  what: string,
  ask: (over: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T | UserError> {
  const counted = new AbortController();
  const counting = setTimeout(() => counted.abort(noResponse(what, COUNTING_MS)), COUNTING_MS);
  try {
    const asked = ask(AbortSignal.any([signal, counted.signal]));
    return await within(asked, { what, ms: TIMEOUT_MS, signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return error instanceof UserError
      ? error
      : new UserError(`${what} is not available: ${rootMessage(error)}`, undefined, {
        cause: error,
      });
  } finally {
    clearTimeout(counting);
  }
}
