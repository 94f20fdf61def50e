import type { Admin } from "kafkajs";
import { accessPoints } from "../infra/access_points.ts";
import type { Runtime } from "../infra/runtime.ts";
import { deadLetterTopic } from "../shared/catalogue/events.ts";
import { connectAdmin, ensureTopics, kafkaClient } from "../shared/kafka/client.ts";
import { interrupted } from "../shared/cli/interruption.ts";
import type { LeftBehind } from "../shared/cli/left_behind.ts";
import { ensureBucket, s3Client } from "../shared/s3/client.ts";
import { recordRun } from "../shared/cli/run_records.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { taskCommand } from "../shared/cli/task_command.ts";
import { afterwards } from "./afterwards.ts";
import { acquireServices } from "./acquire_services.ts";
import { type Before, demoReport, listBoth } from "./demo_report.ts";
import { runDemoPrograms } from "./demo_programs.ts";
import { explain } from "../verify/explain_verify.ts";
import { statusLine, type Terminal } from "./status_line.ts";
import { requireNoConsumer, untilGroupIsEmpty } from "./sole_consumer.ts";

/** How often the demo shows its progress, in ms: in place on a terminal, elsewhere as a line. */
const [REDRAW_MS, ANNOUNCE_AFTER_MS] = [1_000, 10_000];

interface DemoOptions {
  /** How long producers and consumer run. */
  readonly seconds: number;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  readonly leftBehind: LeftBehind;
  /** Where the state is drawn in place. */
  readonly terminal?: Terminal;
}

/**
 * The main job from start to end: services, loader, consumer and producers for a while, then
 * everything stopped, what landed, and the proof of the whole way. What it has started it stops, on
 * Ctrl-C too, which only ends the run early; services that ran already go on running.
 *
 * @returns 0 if every event of the run landed exactly once and is in the warehouse, or is a dead
 *   letter, and the proof holds, else 1
 * @throws {UserError} when a part of it does not come up, or another consumer runs; when it was
 *   interrupted, after its report
 */
export async function demo(
  settings: Settings,
  runtime: Runtime,
  options: DemoOptions,
): Promise<number> {
  const { log, seconds, signal } = options;
  await requireNoConsumer(settings);
  const startedAt = new Date();
  const ran = await run(settings, runtime, options).catch((error) => {
    if (error !== signal.reason) throw explain(error, settings);
    throw interrupted(
      signal,
      "the demo did not run; what it had started was stopped",
      `run it again: ${taskCommand("demo")}`,
    );
  });
  const { lines, code, figures, interruptedAfter } = ran;
  log("");
  for (const line of lines) log(line);
  await recordRun(settings.runtimeDir, {
    kind: "demo",
    startedAt,
    outcome: code === 0 ? "passed" : "failed",
    arguments: ["--duration", String(seconds)],
    figures,
  });
  if (code !== 0 || interruptedAfter === undefined) return code;
  throw interrupted(
    signal,
    `the demo ran for ${
      Math.floor(interruptedAfter)
    } of ${seconds} s; what it had published until then has come through`,
    `run it to its end: ${taskCommand("demo")}`,
  );
}

/** What a run of the demo has to say. */
interface Ran {
  readonly lines: readonly string[];
  readonly code: 0 | 1;
  readonly figures: Record<string, number>;
  /** In s; undefined: it ran to its end. */
  readonly interruptedAfter?: number;
}

async function run(
  settings: Settings,
  runtime: Runtime,
  options: DemoOptions,
): Promise<Ran> {
  const { seconds, signal, terminal } = options;
  using line = statusLine(options.log, terminal);
  const { log, show } = line;
  log("▶ Services");
  await using services = await acquireServices(runtime, { ...options, log });
  for (const line of accessPoints(settings, runtime.name)) log(line);
  if (services.started.length > 0) log("   The demo stops them at the end; their data is kept");
  const kafka = kafkaClient(settings, "orchestrator");
  const s3 = s3Client(settings);
  await using admin = await connectAdmin(kafka, settings, { signal });
  await ensureTopics(admin, settings, signal);
  await ensureBucket(s3, settings, signal);
  await ensureBucket(s3, settings, signal, "ARCHIVE_BUCKET");
  await untilGroupIsEmpty(admin, settings, { log, signal });
  const before: Before = {
    keys: new Set((await listBoth(s3, settings)).map(({ key }) => key)),
    deadLetters: await ends(admin, deadLetterTopic(settings.topicPrefix)),
  };

  log("");
  log(`▶ Producers, consumer and loader, for ${seconds} s`);
  const showEvery = terminal ? REDRAW_MS : ANNOUNCE_AFTER_MS;
  const ran = await runDemoPrograms(admin, settings, { seconds, signal, log, show, showEvery });
  log("Checking and verifying what landed…");
  const report = await demoReport({ settings, kafka, admin, s3, before, ...ran });
  const { interruptedAfter } = ran;
  const lines = [...report.lines, "", ...afterwards(settings, runtime.name, services.started)];
  return { ...report, lines, interruptedAfter };
}

async function ends(admin: Admin, topic: string): Promise<Map<number, number>> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
}
