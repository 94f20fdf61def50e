import type { Kafka } from "kafkajs";
import pLimit from "p-limit";
import { loadSettings } from "../../shared/cli/environment.ts";
import { pause } from "../../shared/cli/backoff.ts";
import { rootMessage, UserError } from "../../shared/cli/errors.ts";
import type { Type } from "../../shared/catalogue/events.ts";
import { exitCodeOf } from "../../shared/cli/interruption.ts";
import { connectAdmin, ensureTopics, kafkaClient } from "../../shared/kafka/client.ts";
import { READER_GONE } from "../../shared/cli/printing.ts";
import { registerRunning } from "../../shared/cli/running.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { explainingKafka, explainKafka, isKafkaError } from "../../shared/kafka/broker_errors.ts";
import type { Ask, Claim } from "../world/claim.ts";
import { keepAlive } from "./keep_alive.ts";
import { later } from "./later.ts";
import { parseProducerOptions, type ProducerOptions } from "../options.ts";
import { createOutput } from "./output.ts";
import { countPartitions } from "./partitions.ts";
import { planOf } from "./schedule.ts";
import { printEntity } from "./print_entity.ts";
import { printEvents } from "./print_events.ts";
import { publishWorld } from "./publish_world.ts";
import { connectPublisher } from "./publisher.ts";
import { requireReportFile, writeReport } from "./report_file.ts";
import { retryThroughOutages } from "./retry_through_outages.ts";
import { joinWorld, readPublishedWorld } from "../world/join_world.ts";
import { keepTruth, type Truth } from "./truth.ts";

/** How long events in flight may still take after the program was asked to stop, in ms. */
const GRACE_MS = 10_000;
/** The seed of faults where no world has one. */
const FAULTS_SEED = 1;

/**
 * What every producer does: publishes the events of some systems of the simulated business at their
 * pace, each printed when it is acknowledged, until the count is reached or the signal aborts.
 *
 * @param options.name the script's name in the help
 * @param options.type the one system of the script; without it, `--type` chooses
 * @returns the exit code
 * @throws {UserError} when Kafka cannot be reached at the start, or refuses an event; when the report
 *   cannot be written, before anything else
 */
export async function produce(
  args: readonly string[],
  options: { name: string; type?: Type; signal: AbortSignal },
): Promise<number> {
  const chosen = parseProducerOptions(args, options);
  const { faults: rates, seed = FAULTS_SEED, types, report, duration } = chosen;
  if (report !== undefined) await requireReportFile(report);
  const truth = keepTruth({ rates, seed, types, keepsBooks: report !== undefined });
  const ended = new AbortController();
  if (duration) pause(duration * 1_000, undefined, { ref: false }).then(() => ended.abort());
  const signal = AbortSignal.any([options.signal, ended.signal]);
  if (chosen.entity) return await printLife(chosen, signal);
  if (chosen.dryRun) {
    const code = await printEvents(chosen, truth, signal);
    await reportTotals(chosen, truth, (text) => Promise.resolve(console.error(text.trimEnd())));
    return code;
  }
  return await publish(chosen, truth, { stop: options.signal, signal });
}

async function publish(
  options: ProducerOptions,
  truth: Truth,
  { stop, signal: ending }: { stop: AbortSignal; signal: AbortSignal },
): Promise<number> {
  const settings = loadSettings();
  const kafka = kafkaClient(settings, "producer");
  await using _registered = await registerRunning(settings.runtimeDir, { role: "producer" });
  const closed = new AbortController();
  const print = createOutput(() => closed.abort());
  const failed = new AbortController();
  const signal = AbortSignal.any([ending, closed.signal, failed.signal]);
  const onWait = (why: string) =>
    console.error(`Waiting for Kafka at ${settings.brokers.join(", ")}: ${why}`);
  const say = (line: string) => console.error(line);

  const onRecovered = () => say("Kafka is back");
  const ask: Ask = (question) =>
    retryThroughOutages(question, {
      ...{ signal, onWait, onRecovered },
      fatal: (error) =>
        isKafkaError(error) && explainKafka(error, settings).canRetry ? undefined : error as Error,
    });

  const ready = await prepare(kafka, settings, { signal, onWait }).catch(unlessStopped);
  if (!ready) return await finish(0);
  await using admin = ready;
  const partitions = await ask(() => countPartitions(admin, settings.topicPrefix))
    .catch(unlessStopped);
  if (!partitions) return await finish(0);
  await using publisher = await connectPublisher(kafka, {
    settings,
    partitions,
    giveUp: later(signal, GRACE_MS),
    onWait,
    onRecovered,
    warn: say,
  });
  // Events and the records of the claim take turns.
  const turn = pLimit(1);
  const serialized = {
    publish: (...args: Parameters<typeof publisher.publish>) =>
      turn(() => publisher.publish(...args)),
    append: (...args: Parameters<typeof publisher.append>) => turn(() => publisher.append(...args)),
    ends: publisher.ends,
  };

  let published = 0;
  let claim: Claim | undefined;
  using marking = new DisposableStack();
  try {
    const plan = planOf(options);
    const joined = await joinWorld(options, plan, {
      ...{ kafka, admin, settings, publisher: serialized, signal, say, ask },
      onPast: options.report === undefined ? undefined : truth.addPast,
      onClaim(claim) {
        truth.follow(claim.faultsAt);
        marking.use(keepAlive(claim, (error) => failed.abort(error)));
      },
    }).catch(unlessStopped);
    if (!joined) return await finish(0);
    claim = joined.claim;
    await publishWorld(joined.world, plan, {
      ...{ options, claim, truth, publisher: serialized, signal, print },
      onAck: (events) =>
        print(
          events.map(({ event_type, event_id }) =>
            `✓ Published ${event_type}_#${++published}: ${event_id}\n`
          ).join(""),
        ),
    });
    failed.signal.throwIfAborted();
    await claim?.mark({ isOver: true });
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (!signal.aborted) throw isKafkaError(error) ? explainKafka(error, settings) : error;
    throw new UserError(
      `Stopped after ${published} events: Kafka did not acknowledge the next in time (${
        rootMessage(error)
      })`,
      "these may or may not be in their topics; all that were printed are",
    );
  }
  await reportTotals(options, truth, print, { topic: claim?.topic });
  return await finish(published);

  /** Until the first event: if it is stopped before that, nothing is outstanding. */
  function unlessStopped(error: unknown): void {
    if (!signal.aborted || error instanceof UserError) throw error;
  }

  /** Prints how it ended; returns the exit code. */
  async function finish(published: number): Promise<number> {
    const { count, types, faults } = options;
    const wanted = count === undefined ? undefined : count * types.length;
    // Faults change how many it takes.
    const isWhole = published === wanted && Object.keys(faults).length === 0;
    const isDone = isWhole || !stop.aborted && !closed.signal.aborted;
    const of = wanted === undefined || isDone ? "" : ` of ${wanted}`;
    await print(`${isDone ? "Done" : "Stopped"}: ${published}${of} events published\n`);
    if (closed.signal.aborted) return READER_GONE;
    return wanted === undefined || isDone ? 0 : exitCodeOf(stop);
  }
}

/** Connects, and makes sure that the topics are there. */
async function prepare(
  kafka: Kafka,
  settings: Settings,
  { signal, onWait }: { signal: AbortSignal; onWait: (why: string) => void },
) {
  const onRetry = (why: unknown) => onWait(rootMessage(why));
  const admin = await connectAdmin(kafka, settings, { signal, onRetry });
  try {
    await ensureTopics(admin, settings, signal);
    return admin;
  } catch (error) {
    await admin.disconnect();
    throw error;
  }
}

/** Prints what was really published, and writes the report, where asked for. */
async function reportTotals(
  { faults, report, types, seed, startTime }: ProducerOptions,
  truth: Truth,
  print: (text: string) => Promise<void>,
  { topic }: { topic?: string } = {},
): Promise<void> {
  if (Object.keys(faults).length === 0 && report === undefined) return;
  await print(truth.totals());
  if (report === undefined) return;
  await writeReport(report, truth.report({ topic, types, seed, startTime }));
}

async function printLife(options: ProducerOptions, signal: AbortSignal): Promise<number> {
  if (options.seed !== undefined) return await printEntity(options, signal);
  const settings = loadSettings();
  const kafka = kafkaClient(settings, "producer");
  await using admin = await connectAdmin(kafka, settings, { signal });
  const found = await explainingKafka(
    settings,
    () => readPublishedWorld(options, { kafka, admin, settings, signal }),
  );
  return await printEntity(options, signal, found);
}
