import type { Admin } from "kafkajs";
import { pause } from "../shared/cli/backoff.ts";
import { UserError } from "../shared/cli/errors.ts";
import { type Type, types } from "../shared/catalogue/events.ts";
import { isInterruptedCode } from "../shared/cli/interruption.ts";
import { orAborted } from "../shared/cli/or_aborted.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { ANNOUNCE_AFTER_MS, catchUp, STOP_TIMEOUT_MS } from "./catch_up.ts";
import { addLoaded, type LoadedSum, publishedIn } from "./demo_sum.ts";
import { type Program, startProgram } from "./program.ts";
import { reportProgress } from "./report_progress.ts";

/** Five events of each system, six seconds apart; files of five events. */
const [INTERVAL_S, COUNT] = [6, 5];
const PRODUCER_ARGS = ["--interval", `${INTERVAL_S}`, "--count", `${COUNT}`];
const CONSUMER_ARGS = ["--batch-size", "5", "--timeout", "60"];
/** The loader loads what lands meanwhile, and in a last pass what has landed at the end. */
const LOADER_ARGS = ["--watch"];
/** How long the first event may take, in ms; then the time runs without it. */
const FIRST_EVENT_MS = 60_000;
/** How a loader sums up what it has done: the run has two, and one sum. */
const LOADER_SUM = /^(Stopped|Done): /;

/** What a run of the demo was. */
export interface DemoRun {
  /** The ids of the published events. */
  readonly published: ReadonlyMap<Type, readonly string[]>;
  /** What the loader has loaded. */
  readonly loaded: LoadedSum;
  /** How long it ran before it was interrupted, in s; undefined if it was not. */
  readonly interruptedAfter?: number;
}

/**
 * Runs loader, consumer and producers for a while, or until `signal` aborts, and stops them in the
 * order in which nothing stays behind.
 *
 * @param options.seconds from the first published event
 * @param options.show called from time to time with the run's progress
 * @param options.showEvery how often, in ms
 * @throws {UserError} when one of them fails, or ends before it was told to
 */
export async function runDemoPrograms(
  admin: Admin,
  settings: Settings,
  options: {
    seconds: number;
    log: (line: string) => void;
    show: (text: string) => void;
    showEvery: number;
    signal: AbortSignal;
  },
): Promise<DemoRun> {
  const { seconds, log, show, showEvery, signal } = options;
  // The time runs from the first event on: how long programs take to start is the machine's affair.
  let begun: number | undefined;
  const firstEvent = Promise.withResolvers<void>();
  const passed = () => begun === undefined ? 0 : (performance.now() - begun) / 1000;
  const published = new Map<Type, string[]>();
  let loaded: LoadedSum = { files: 0, rows: 0, facts: 0, rejected: 0, repeats: 0 };
  let lastEventsAt: number | undefined;
  const onLoaderLine = (line: string) => {
    loaded = addLoaded(loaded, line);
    if (!LOADER_SUM.test(line)) log(line);
  };
  await using loader = startProgram("loader", LOADER_ARGS, {
    onLine: onLoaderLine,
    endless: true,
  });
  await using consumer = startProgram("consumer", CONSUMER_ARGS, { onLine: log, endless: true });
  await using producers = startProgram("producer", PRODUCER_ARGS, {
    onLine(line) {
      log(line);
      const event = publishedIn(line);
      if (!event) return;
      firstEvent.resolve();
      published.set(event.type, [...published.get(event.type) ?? [], event.id]);
      lastEventsAt = passed();
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

  const timeUp = async () => {
    const late = AbortSignal.timeout(FIRST_EVENT_MS);
    await orAborted(firstEvent.promise, AbortSignal.any([signal, late])).catch(() => {});
    begun = performance.now();
    await pause(seconds * 1000, signal);
  };
  const over = new AbortController();
  const told = reportProgress(admin, settings, {
    every: showEvery,
    known: () => ({
      secondsLeft: seconds - passed(),
      published: [...published.values()].flat().length,
      planned: COUNT * types.length,
      nextEventsIn: lastEventsAt === undefined ? undefined : lastEventsAt + INTERVAL_S - passed(),
      loaded: loaded.files,
    }),
    show,
    signal: over.signal,
  });
  try {
    await Promise.race([
      timeUp().catch(() => {/* Ctrl-C only ends the run early. */}),
      tooEarly,
      failed(producers, "producer"),
    ]);
  } finally {
    over.abort();
    await told;
  }
  const interruptedAfter = signal.aborted ? passed() : undefined;
  log("");
  log("▶ Stopping");
  producers.stop();
  await Promise.race([producers.ended, tooEarly]);
  await Promise.race([readOn(admin, settings, { log, signal }), tooEarly]);
  consumer.stop();
  const consumed = await consumer.ended;
  loader.stop();
  const codes = { producer: await producers.ended, consumer: consumed, loader: await loader.ended };
  for (const [what, code] of Object.entries(codes)) {
    // Stopped before they had published all: the time was up.
    if (code !== 0 && !(what === "producer" && isInterruptedCode(code))) throw failure(what, code);
  }
  // Files that cannot be read make it end with 1; those of the run are looked for in the report.
  await using last = startProgram("loader", [], { onLine: onLoaderLine });
  await last.ended;
  return { published, loaded, interruptedAfter };
}

/** The consumer may have more to read than it could in this time: earlier runs may have left it. */
async function readOn(
  admin: Admin,
  settings: Settings,
  { log, signal }: { log: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  if (await catchUp(admin, settings, { consumers: 1, timeout: ANNOUNCE_AFTER_MS })) return;
  log(
    "The consumer is still catching up: the topics hold more than this run published. Press Ctrl-C to stop that",
  );
  const timeout = signal.aborted ? STOP_TIMEOUT_MS : undefined;
  await catchUp(admin, settings, {
    consumers: 1,
    timeout,
    signal: signal.aborted ? undefined : signal,
  }).catch((error) => {
    if (!signal.aborted) throw error;
  });
}

/** Rejects if the program fails, or is stopped by others; producers that are done are no failure. */
async function failed(program: Program, what: string): Promise<never> {
  const code = await program.ended;
  if (code !== 0) throw failure(what, code);
  return await new Promise(() => {});
}

function failure(what: string, code: number): UserError {
  return code === 0 || isInterruptedCode(code)
    ? new UserError(`The ${what} was stopped by another program`, "run the demo again")
    : new UserError(`The ${what} exited with code ${code}`, "see its output above");
}
