import { constants } from "node:os";
import { UserError } from "./errors.ts";
import { orAborted } from "./or_aborted.ts";

/** The signals that ask a program to stop. */
export type StopRequest = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Why a program's signal is aborted: it was asked to stop. */
export class Interruption extends Error {
  // The name by which libraries recognise an abort.
  override name = "AbortError";

  constructor(
    /** Which signal it was. */
    readonly by: StopRequest,
  ) {
    super("interrupted");
  }

  /** What a shell reports for a program that the signal killed: 130 for SIGINT, 143 for SIGTERM. */
  get exitCode(): number {
    return 128 + constants.signals[this.by];
  }
}

/** The exit code of work that `signal` interrupted: 130 after SIGINT, 143 after SIGTERM. */
export function exitCodeOf(signal: AbortSignal): number {
  const { reason } = signal;
  return reason instanceof Interruption ? reason.exitCode : new Interruption("SIGINT").exitCode;
}

/** Whether a program that ended with this code was interrupted before its work was done. */
export function isInterruptedCode(code: number): boolean {
  return (["SIGINT", "SIGTERM", "SIGHUP"] as const)
    .some((by) => new Interruption(by).exitCode === code);
}

/**
 * The error of work that `signal` interrupted before it was done: the program ends with 130 or 143.
 *
 * @param message what was done, and what not
 * @param hint how to do the rest
 */
export function interrupted(signal: AbortSignal, message: string, hint?: string): UserError {
  return new UserError(`Interrupted: ${message}`, hint, {
    exitCode: exitCodeOf(signal),
    cause: signal.reason,
  });
}

/**
 * Does work that is worth nothing unfinished, such as a status or a proof: abandons it at once when
 * `signal` aborts.
 *
 * @param message what was not done then
 * @throws {UserError} when interrupted
 */
export async function orInterrupted<T>(
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  [message, hint]: readonly [message: string, hint?: string],
): Promise<T> {
  try {
    return await orAborted(work(signal), signal);
  } catch (error) {
    throw signal.aborted ? interrupted(signal, message, hint) : error;
  }
}

/**
 * Runs what is meant to run until it is stopped: an interruption is its normal end, even one
 * that comes before it has begun.
 *
 * @returns what `run` gives; 0 when it rejects with the interruption
 */
export async function untilStopped(
  stop: AbortSignal,
  run: () => Promise<number | void>,
): Promise<number | void> {
  try {
    return await run();
  } catch (error) {
    if (!stop.aborted || error !== stop.reason) throw error;
    console.log("Stopped before it started");
    return 0;
  }
}
