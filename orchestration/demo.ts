import type { Admin } from "kafkajs";
import { accessPoints } from "../infra/access_points.ts";
import type { Runtime } from "../infra/runtime.ts";
import { deadLetterTopic } from "../shared/events.ts";
import { connectAdmin, ensureTopics, kafkaClient } from "../shared/kafka.ts";
import { ensureBucket, s3Client } from "../shared/s3.ts";
import type { Settings } from "../shared/settings.ts";
import { borrowServices } from "./borrow_services.ts";
import { type Before, demoReport, listBoth } from "./demo_report.ts";
import { runDemoPrograms } from "./demo_programs.ts";
import { explain } from "../warehouse/verify/explain.ts";
import { requireNoConsumer, untilGroupIsEmpty } from "./sole_consumer.ts";

/**
 * The main job from start to end: services, loader, consumer and producers for a while, then
 * everything stopped, what landed, and the proof of the whole way. What it has started it stops, on Ctrl-C too, which only ends the run
 * early; services that ran already go on running.
 *
 * @param options.seconds how long producers and consumer run
 * @returns 0 if every event of the run landed exactly once and is in the warehouse, or is a dead letter,
 *   and the proof holds, else 1
 * @throws {UserError} when a part of it does not come up, or another consumer runs
 */
export async function demo(
  settings: Settings,
  runtime: Runtime,
  options: { seconds: number; log: (line: string) => void; signal: AbortSignal },
): Promise<number> {
  const { log } = options;
  await requireNoConsumer(settings);
  const { lines, code } = await run(settings, runtime, options).catch((error) => {
    throw explain(error, settings);
  });
  log("");
  for (const line of lines) log(line);
  return code;
}

async function run(
  settings: Settings,
  runtime: Runtime,
  options: { seconds: number; log: (line: string) => void; signal: AbortSignal },
): Promise<{ lines: string[]; code: number }> {
  const { seconds, log, signal } = options;
  log("▶ Services");
  await using _services = await borrowServices(runtime, { log, signal });
  for (const line of accessPoints(settings, runtime.name)) log(line);
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
  const published = await runDemoPrograms(admin, settings, options);

  log("");
  log("▶ Stopping");
  return await demoReport({ settings, kafka, admin, s3, before, published });
}

async function ends(admin: Admin, topic: string): Promise<Map<number, number>> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
}
