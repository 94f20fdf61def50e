import { rename } from "node:fs/promises";
import { pause } from "../shared/cli/backoff.ts";
import { rootMessage, UserError } from "../shared/cli/errors.ts";
import { logTail } from "./log_tail.ts";
import {
  type Folders,
  logFileOf,
  markerOf,
  type NativeService,
  type ServiceCommand,
} from "./native_service.ts";
import { type Detached, endProcess, isAlive, startDetached } from "./process.ts";
import { writeRecord } from "./service_record.ts";
import { services } from "./services.ts";

/** How long a service may take until it answers, in ms. */
const TIMEOUT_MS = 60_000;
/** How long one health check may take, in ms. */
const HEALTH_CHECK_TIMEOUT_MS = 5_000;
const POLL_MS = 100;

/**
 * Starts a service as a detached process and waits until it answers.
 *
 * @param ports recorded, to tell later where it runs
 * @throws {UserError} with the last lines of its log when it ends or does not answer in time
 */
export async function startService(
  service: NativeService,
  command: ServiceCommand,
  options: { folders: Folders; ports: number[]; signal?: AbortSignal; timeout?: number },
): Promise<void> {
  const { folders, ports, signal, timeout = TIMEOUT_MS } = options;
  const deadline = performance.now() + timeout;
  const logFile = logFileOf(service.name, folders);
  const marker = markerOf(service.name, folders);
  for (;;) {
    signal?.throwIfAborted();
    await keepPrevious(logFile);
    const child = startDetached({ ...command, logFile });
    try {
      writeRecord(folders.runtimeDir, service.name, { pid: child.pid, marker, ports });
    } catch (error) {
      await endProcess(child.pid, marker);
      throw error;
    }
    const why = await untilAnswers(service, child, { deadline, signal });
    if (why === undefined) return;
    const log = await logTail(logFile);
    if (performance.now() >= deadline || !child.ended.aborted || !service.isTransient?.(log)) {
      throw failure(service, why, logFile, log);
    }
    await pause(POLL_MS * 10, signal);
  }
}

/**
 * Waits until a service that runs already answers.
 *
 * @throws {UserError} when it ends or does not answer in time
 */
export async function awaitService(
  service: NativeService,
  options: { folders: Folders; pid: number; signal?: AbortSignal; timeout?: number },
): Promise<void> {
  const { folders, pid, signal, timeout = TIMEOUT_MS } = options;
  const deadline = performance.now() + timeout;
  const child = { pid, ended: new AbortController().signal };
  const why = await untilAnswers(service, child, { deadline, signal });
  if (why === undefined) return;
  const logFile = logFileOf(service.name, folders);
  const state = await isAlive(pid, markerOf(service.name, folders)) ? why : "it ended";
  throw failure(service, state, logFile, await logTail(logFile));
}

/** Resolves to undefined when the service answers, else to why it does not. */
async function untilAnswers(
  service: NativeService,
  child: Detached,
  { deadline, signal }: { deadline: number; signal?: AbortSignal },
): Promise<string | undefined> {
  for (;;) {
    let why: unknown;
    try {
      await service.ask(
        AbortSignal.any([child.ended, AbortSignal.timeout(HEALTH_CHECK_TIMEOUT_MS)]),
      );
    } catch (error) {
      why = error;
    }
    signal?.throwIfAborted();
    // Checked first: a stranger on the port may respond, while our process has ended.
    if (child.ended.aborted) return `it ended with ${child.ended.reason}`;
    if (why === undefined) return undefined;
    if (performance.now() >= deadline) return `it is not responding (${rootMessage(why)})`;
    await pause(POLL_MS, signal);
  }
}

function failure(service: NativeService, why: string, logFile: string, log: string): UserError {
  const { title } = services[service.name];
  return new UserError(
    `${title} did not start: ${why}${log ? `. Last lines of its log:\n${log}` : ""}`,
    `see ${logFile}`,
  );
}

async function keepPrevious(logFile: string): Promise<void> {
  await Deno.mkdir(logFile.slice(0, logFile.lastIndexOf("/")), { recursive: true });
  await rename(logFile, logFile.replace(/\.log$/, ".previous.log")).catch(() => {});
}
