import { UserError } from "../shared/cli/errors.ts";
import { exitCodeOf, isInterruptedCode } from "../shared/cli/interruption.ts";
import { READER_GONE } from "../shared/cli/printing.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { catchUpToStop } from "./catch_up.ts";
import type { OrchestratorOptions } from "./options.ts";
import { type Program, startProgram } from "./program.ts";

/** What our programs end with by themselves; anything else comes from outside of them. */
const isOwnCode = (code: number) => code <= 2 || code === READER_GONE || isInterruptedCode(code);

/**
 * Runs producers, the consumer, or both, and the loader beside them, in the foreground until they
 * end or the signal aborts; then producers are stopped first, so that the consumer lands what they
 * have published; then the consumer and the loader, if there is one. When one of them fails, the
 * others are stopped as well.
 *
 * @returns 0, the exit code of the first that failed, or 130 or 143 when producers were stopped
 * before
 *   they had published what they were to
 * @throws {UserError} when one was killed
 */
export async function runPrograms(
  options: OrchestratorOptions,
  settings: Settings,
  { log, signal }: { log: (line: string) => void; signal: AbortSignal },
): Promise<number> {
  await using consumer = options.consumer
    ? startProgram("consumer", args(options, ["batchSize", "timeout", "maxBuffer"]), {
      endless: true,
    })
    : undefined;
  await using producers = options.producers
    ? startProgram("producer", [
      "--type",
      options.producers,
      ...args(options, ["interval", "count", "seed", "backfill", "step"]),
    ], { endless: options.count === undefined })
    : undefined;

  await using loader = options.loader
    ? startProgram("loader", ["--watch"], { endless: true })
    : undefined;

  let stopping: Promise<void> | undefined;
  let failure: { what: string; code: number } | undefined;
  const stop = () => stopping ??= stopAll({ producers, consumer, loader }, settings, { log });
  const fail = (what: string) => (code: number) => {
    if (code === 0) return;
    failure ??= { what, code };
    stop();
  };
  const all = Promise.all([
    consumer?.ended.then(fail("consumer")),
    loader?.ended.then(fail("loader")),
    producers?.ended.then(fail("producer")).then(() => {
      if (!consumer || stopping) return;
      log(
        "The producers are done; the consumer keeps running. Press Ctrl-C to land the open batches and stop it.",
      );
    }),
  ]);
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  try {
    await all;
    await stopping;
  } finally {
    signal.removeEventListener("abort", stop);
  }
  if (failure && !isOwnCode(failure.code)) throw killed(failure);
  // We pass every signal on as SIGTERM.
  return failure && signal.aborted && isInterruptedCode(failure.code)
    ? exitCodeOf(signal)
    : failure?.code ?? 0;
}

/** The error for a program that was killed. */
export function killed({ what, code }: { what: string; code: number }): UserError {
  return new UserError(
    `The ${what} exited with code ${code}`,
    "it did not exit by itself: was it killed, or out of memory?",
  );
}

async function stopAll(
  { producers, consumer, loader }: { producers?: Program; consumer?: Program; loader?: Program },
  settings: Settings,
  { log }: { log: (line: string) => void },
): Promise<void> {
  producers?.stop();
  const code = await producers?.ended;
  if (code !== undefined && (code === 0 || isInterruptedCode(code)) && consumer) {
    const gone = new AbortController();
    consumer.ended.then(() => gone.abort());
    await catchUpToStop(settings, { log, consumers: 1, signal: gone.signal }).catch(() => {
      // The consumer has ended: nothing reads any more.
    });
  }
  consumer?.stop();
  await consumer?.ended;
  loader?.stop();
}

/** The given options as arguments of a child. */
function args(
  options: OrchestratorOptions,
  names: (keyof OrchestratorOptions & string)[],
): string[] {
  return names.flatMap((name) =>
    options[name] === undefined
      ? []
      : [`--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`, String(options[name])]
  );
}
