import type { S3Client } from "@aws-sdk/client-s3";
import type { Admin, Kafka } from "kafkajs";
import { deadLetterTopic, isType, type Type } from "../shared/catalogue/events.ts";
import { type FileEntry, listFiles, readFiles } from "../shared/s3/landed_files.ts";
import { connectWarehouse } from "../shared/postgres/client.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { table } from "../shared/cli/table.ts";
import { readTopic } from "../shared/kafka/topic_reader.ts";
import { isProved, verificationText, verificationVerdict } from "../verify/text.ts";
import { verify } from "../verify/verify.ts";
import {
  balance,
  holds,
  idsIn,
  idsOf,
  type LoadedSum,
  sumRows,
  total,
  type TypeSum,
} from "./demo_sum.ts";
import { demoWarehouse } from "./demo_warehouse.ts";
import { filesStatus } from "./files_status.ts";
import { filesText, topicsText } from "./status_text.ts";
import { type TopicStatus, topicStatus } from "./topic_status.ts";
import { taskCommand } from "../shared/cli/task_command.ts";

/** What was there before the run: it must not be counted with it. */
export interface Before {
  readonly keys: ReadonlySet<string>;
  /** The ends of the dead letter topic's partitions. */
  readonly deadLetters: ReadonlyMap<number, number>;
}

/** Lines of a landed file that are shown. */
const SHOWN_LINES = 4;

/** The files of the raw bucket and of the archive, each with its bucket. */
export async function listBoth(
  s3: S3Client,
  { bucket, archiveBucket }: Settings,
): Promise<(FileEntry & { readonly bucket: string })[]> {
  const both = [bucket, archiveBucket].map(async (bucket) =>
    (await listFiles(s3, bucket)).map((file) => ({ ...file, bucket }))
  );
  return (await Promise.all(both)).flat();
}

/**
 * What became of a run: the topics, the files, the first lines of one, the sum, the proof of the whole
 * way, and what the warehouse answers.
 *
 * @param run.published the ids of the events that the run has published
 * @param run.loaded what the run's loader has loaded
 */
export async function demoReport(run: {
  settings: Settings;
  kafka: Kafka;
  admin: Admin;
  s3: S3Client;
  before: Before;
  published: ReadonlyMap<Type, readonly string[]>;
  loaded: LoadedSum;
}): Promise<{ lines: string[]; code: 0 | 1; figures: Record<string, number> }> {
  const { settings, kafka, admin, s3, before, published, loaded } = run;
  const listed = (await listBoth(s3, settings)).filter(({ key }) => !before.keys.has(key));
  const files = (await Promise.all(
    [settings.bucket, settings.archiveBucket].map((bucket) =>
      readFiles(s3, bucket, listed.filter((file) => file.bucket === bucket))
    ),
  )).flat();
  const landed = new Map<Type, string[]>();
  for (const { type, text } of files) {
    if (isType(type)) landed.set(type, [...landed.get(type) ?? [], ...idsIn(text)]);
  }
  const dead = deadLetterTopic(settings.topicPrefix);
  const deadLetters = await readTopic(kafka, admin, dead, before.deadLetters);
  const ids = idsOf(deadLetters.map(({ message }) => message.value));
  await using client = await connectWarehouse(settings, "demo");
  const warehouse = await demoWarehouse(client, published);
  const sums = balance(published, landed, ids, warehouse.loaded);
  const topics = await topicStatus({ kafka, admin, settings });
  const verification = await verify({ settings, kafka, admin, s3 });

  const lines = ["▶ What landed", ...topicsText(topics, settings), ""];
  lines.push(...filesText(await filesStatus(s3, settings), settings));
  const [example] = files;
  if (example) {
    const { bucket } = listed.find(({ key }) => key === example.key)!;
    const head = example.text.trimEnd().split("\n").slice(0, SHOWN_LINES);
    lines.push("", `s3://${bucket}/${example.key}`, ...head.map((line) => `  ${line}`));
  }
  lines.push(
    "",
    "This run",
    ...table(sumRows(sums)),
    `  loaded: ${loaded.files} files, ${loaded.rows} rows = ${loaded.facts} facts + ${loaded.rejected} rejected + ${loaded.repeats} repeats`,
    "",
    "▶ The whole way",
    ...verificationText(verification, settings),
    "",
    ...warehouse.lines,
    "",
    ...verificationVerdict(verification),
    ...verdict(sums, topics),
  );
  const { published: events, landed: rows, deadLetters: letters } = total(sums);
  return {
    lines,
    code: holds(sums) && isProved(verification) ? 0 : 1,
    figures: { published: events, landed: rows, "dead letters": letters, facts: loaded.facts },
  };
}

function verdict(sums: readonly TypeSum[], topics: readonly TopicStatus[]): string[] {
  const all = total(sums);
  const sides = [
    `${all.published} events published`,
    `${all.landed} rows landed + ${all.deadLetters} dead letters`,
  ];
  if (holds(sums)) return [`✅ This run: ${sides.join(" = ")}`];
  const lines = [`✗ This run: ${sides.join(", ")}: not every event arrived exactly once`];
  for (const { type, lost, repeated, unloaded } of sums) {
    if (lost.length > 0) lines.push(`  ${type}, not landed: ${lost.join(" ")}`);
    if (repeated.length > 0) lines.push(`  ${type}, landed more than once: ${repeated.join(" ")}`);
    if (unloaded.length > 0) lines.push(`  ${type}, not in the warehouse: ${unloaded.join(" ")}`);
  }
  if (topics.some(({ lag }) => (lag?.events ?? lag?.offsets ?? 0) > 0)) {
    lines.push(
      `  → the topics hold unread events; ${taskCommand("consume")} lands them`,
    );
  }
  return lines;
}
