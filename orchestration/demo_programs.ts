import type { Admin } from "kafkajs";
import { pause } from "../shared/backoff.ts";
import { UserError } from "../shared/errors.ts";
import type { Type } from "../shared/events.ts";
import type { Settings } from "../shared/settings.ts";
import { catchUp, STOP_PATIENCE_MS, TELL_MS } from "./catch_up.ts";
import { publishedIn } from "./demo_sum.ts";
import { type Program, startProgram } from "./program.ts";

/** Five events of each system, six seconds apart; files of five events. */
const PRODUCER_ARGS = ["--interval", "6", "--count", "5"];
const CONSUMER_ARGS = ["--batch-size", "5", "--timeout", "60"];
/** The loader loads what lands meanwhile, and in a last pass what has landed at the end. */
const LOADER_ARGS = ["--watch"];

/**
 * Runs loader, consumer and producers for a while, or until `signal` aborts, and stops them in the
 * order in which nothing stays behind.
 *
 * @returns the ids of the published events
 * @throws {UserError} when one of them fails, or ends before it was told to
 */
export async function runDemoPrograms(
  admin: Admin,
  settings: Settings,
  options: { seconds: number; log: (line: string) => void; signal: AbortSignal },
): Promise<Map<Type, string[]>> {
  const { seconds, log, signal } = options;
  const published = new Map<Type, string[]>();
  await using loader = startProgram("loader", LOADER_ARGS, { onLine: log });
  await using consumer = startProgram("consumer", CONSUMER_ARGS, { onLine: log });
  await using producers = startProgram("producer", PRODUCER_ARGS, {
    onLine(line) {
      log(line);
      const event = publishedIn(line);
      if (event) published.set(event.type, [...published.get(event.type) ?? [], event.id]);
    },
  });
  const tooEarly = Promise.race([
    consumer.ended.then((code) => {
      throw failure("consumer", code);
    }),
    loader.ended.then((code) => {
      throw failure("loader", code);
    }),
  ]);
  tooEarly.catch(() => {/* Only of interest while it is awaited. */});

  await Promise.race([
    pause(seconds * 1000, signal).catch(() => {/* Ctrl-C only ends the run early. */}),
    tooEarly,
    failed(producers, "producer"),
  ]);
  producers.stop();
  await Promise.race([producers.ended, tooEarly]);
  await Promise.race([readOn(admin, settings, { log, signal }), tooEarly]);
  consumer.stop();
  const consumed = await consumer.ended;
  loader.stop();
  const codes = { producer: await producers.ended, consumer: consumed, loader: await loader.ended };
  for (const [what, code] of Object.entries(codes)) if (code !== 0) throw failure(what, code);
  // Files that cannot be read make it end with 1; those of the run are looked for in the report.
  await using last = startProgram("loader", [], { onLine: log });
  await last.ended;
  return published;
}

/** The consumer may have more to read than it could in this time: earlier runs may have left it. */
async function readOn(
  admin: Admin,
  settings: Settings,
  { log, signal }: { log: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  if (await catchUp(admin, settings, { consumers: 1, patience: TELL_MS })) return;
  log("The consumer reads on: there was more to read than in this run. Ctrl-C ends that");
  const patience = signal.aborted ? STOP_PATIENCE_MS : undefined;
  await catchUp(admin, settings, {
    consumers: 1,
    patience,
    signal: signal.aborted ? undefined : signal,
  }).catch((error) => {
    if (!signal.aborted) throw error;
  });
}

/** Rejects if the program fails; producers that are done are no failure. */
async function failed(program: Program, what: string): Promise<never> {
  const code = await program.ended;
  if (code !== 0) throw failure(what, code);
  return await new Promise(() => {});
}

function failure(what: string, code: number): UserError {
  return code === 0
    ? new UserError(`The ${what} was stopped from outside`, "run the demo again")
    : new UserError(`The ${what} ended with exit code ${code}`, "what it said stands above");
}
