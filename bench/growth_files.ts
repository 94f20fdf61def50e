import { CreateBucketCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import pLimit from "p-limit";
import { Batch } from "../consumer/batching/batch.ts";
import { decoder } from "../consumer/batching/decode.ts";
import { createSimulation } from "../producers/simulation/simulation.ts";
import { topicOf, type Type } from "../shared/catalogue/events.ts";
import { pause } from "../shared/cli/backoff.ts";
import { formatName, keyOf, nextName } from "../shared/formats/file_name.ts";
import { provenanceOf, toMetadata } from "../shared/formats/provenance.ts";
import {
  connectAdmin,
  ensureCoordinator,
  ensureTopics,
  kafkaClient,
} from "../shared/kafka/client.ts";
import { s3Client } from "../shared/s3/client.ts";
import { startConsole } from "../tests/integration/console_client.ts";
import { program } from "../tests/integration/program.ts";
import { type OwnServices, ownServices } from "../tests/integration/services.ts";
import { fillTopic } from "./fill_topic.ts";
import type { Growth, Point, Series } from "./growth_report.ts";
import { cpuOf, cpuOfChildren, peakMiB } from "./usage.ts";

const FILES = [1_000, 10_000, 200_000];
/** A file of each event: files are what is varied, rows are not. */
const TYPE: Type = "telemetry";
/** Requests under way at once. */
const IN_FLIGHT = 24;
/** When the first file was cut, in ms since the epoch; the others a second after each other. */
const FIRST_CUT = Date.UTC(2025, 0, 1);
/** How often the memory of a command is looked at, in ms. */
const EVERY_MS = 50;
const BOUND_MS = 4 * 3_600_000;

/** A command's script, its permission set, and its flags. */
const commands = {
  status: ["orchestrator.ts", "orchestrator", "--status"],
  verify: ["verify/main.ts", "verify"],
  etl: ["warehouse/main.ts", "loader"],
} as const;

/** What looks at files, while they are in the raw bucket, and when they are in the archive. */
export async function growFiles(scale: number, signal: AbortSignal): Promise<Growth[]> {
  const raw = new Map<string, Point[]>();
  const archive = new Map<string, Point[]>();
  for (const files of FILES.map((files) => Math.max(10, Math.round(files * scale)))) {
    await using own = await ownServices("bench");
    const note = (to: Map<string, Point[]>, name: string, figures: Figures) => {
      console.error(`${files} files, ${name}: ${figures.seconds.toFixed(2)} s`);
      const { seconds, ...more } = figures;
      to.set(name, [...to.get(name) ?? [], { x: files, y: seconds, more }]);
    };
    const look = async (to: Map<string, Point[]>, place: "raw" | "archive") => {
      note(to, "status", await run(own, "status", signal));
      note(to, "verify", await run(own, "verify", signal));
      note(to, "console, a page of files", await askConsole(own, place));
    };
    const s3 = s3Client(own.settings);
    await s3.send(new CreateBucketCommand({ Bucket: own.settings.bucket }));
    // It makes the schema.
    await run(own, "etl", signal);
    await makeFiles(own, s3, { files, signal });
    s3.destroy();
    await look(raw, "raw");
    note(raw, "etl, loads all", await run(own, "etl", signal));
    await look(archive, "archive");
    note(archive, "etl, nothing to load", await run(own, "etl", signal));
  }
  return [
    growth("Files in the raw bucket", raw),
    growth("Files in the archive, and in the ledger", archive),
  ];
}

interface Figures extends Record<string, number> {
  readonly seconds: number;
}

/** Publishes events, and makes the files and commits the offsets as a consumer would have. */
async function makeFiles(
  own: OwnServices,
  s3: S3Client,
  { files, signal }: { files: number; signal: AbortSignal },
): Promise<void> {
  const { settings } = own;
  const simulation = createSimulation([TYPE], { seed: 1, interval: 1 });
  const values = Array.from({ length: files }, () => JSON.stringify(simulation.round()[0]));
  const topic = topicOf(TYPE, settings.topicPrefix);
  const messageOf = (n: number) => values[n]!;
  // The n-th event has the offset n.
  await fillTopic(own, topic, files, { messageOf, partitions: 1, underWay: 1 });
  await using admin = await connectAdmin(kafkaClient(settings, "bench"), settings);
  await ensureTopics(admin, settings, signal);
  const partitions = [{ partition: 0, offset: String(files) }];
  await ensureCoordinator(admin, settings.group, signal);
  await admin.setOffsets({ groupId: settings.group, topic, partitions });
  const decode = decoder(TYPE);
  const put = (value: string, offset: number) => {
    const batch = new Batch(TYPE, 0, { rows: 1, age: Infinity });
    batch.add(0, offset, offset, decode(new TextEncoder().encode(value)));
    return putFile(s3, own, batch, FIRST_CUT + offset * 1_000);
  };
  await pLimit(IN_FLIGHT).map(values, put);
}

async function putFile(s3: S3Client, own: OwnServices, batch: Batch, at: number): Promise<void> {
  const { bucket, group, topicPrefix } = own.settings;
  const cut = batch.cut("rows", at);
  const provenance = provenanceOf(cut, { group, topic: topicOf(TYPE, topicPrefix) });
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: keyOf(TYPE, formatName(nextName(undefined, at))),
      Body: cut.body,
      Metadata: toMetadata(provenance),
    }),
  );
}

/** Runs a command to its end. */
async function run(
  { env }: OwnServices,
  name: keyof typeof commands,
  signal: AbortSignal,
): Promise<Figures> {
  const [script, permissions, ...flags] = commands[name];
  const [begun, before] = [performance.now(), cpuOfChildren()];
  await using running = program(script, flags, { permissions, env });
  const over = new AbortController();
  const ended = running.ended(BOUND_MS).finally(() => over.abort());
  let peak = 0;
  while (!over.signal.aborted) {
    peak = Math.max(peak, peakMiB(running.pid) ?? 0);
    signal.throwIfAborted();
    await Promise.race([pause(EVERY_MS), ended]);
  }
  const { code, stdout, stderr } = await ended;
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${stderr}${stdout.slice(-2_000)}`);
  return {
    seconds: (performance.now() - begun) / 1_000,
    "CPU s": cpuOfChildren() - before,
    "peak MiB": peak,
  };
}

/** Asks a console for the newest files. */
async function askConsole(own: OwnServices, place: "raw" | "archive"): Promise<Figures> {
  await using shown = await startConsole(own);
  const { pid } = shown.run;
  const [begun, before] = [performance.now(), cpuOf(pid)!];
  const { status, body } = await shown.ask(`files?type=${TYPE}&in=${place}`);
  const seconds = (performance.now() - begun) / 1_000;
  if (status !== 200) throw new Error(`the console answered ${status}: ${JSON.stringify(body)}`);
  return { seconds, "CPU s": cpuOf(pid)! - before, "peak MiB": peakMiB(pid)! };
}

function growth(title: string, of: ReadonlyMap<string, readonly Point[]>): Growth {
  const series: Series[] = [...of].map(([name, points]) => ({ name, points }));
  return { title, against: "files", what: "seconds", series };
}
