import type { S3Client } from "@aws-sdk/client-s3";
import type { Admin, Kafka } from "kafkajs";
import { deadLetterTopic, type Type } from "../shared/events.ts";
import type { Settings } from "../shared/settings.ts";
import { readTopic } from "../shared/topic_reader.ts";
import { balance, holds, idsIn, idsOf, sumRows, total, type TypeSum } from "./demo_sum.ts";
import { filesStatus } from "./files_status.ts";
import { listFiles, readFiles } from "../shared/landed_files.ts";
import { filesText, topicsText } from "./status_text.ts";
import { table } from "../shared/table.ts";
import { type TopicStatus, topicStatus } from "./topic_status.ts";

/** What was there before the run: it must not be counted with it. */
export interface Before {
  readonly keys: ReadonlySet<string>;
  /** The ends of the dead letter topic's partitions. */
  readonly deadLetters: ReadonlyMap<number, number>;
}

/** Lines of a landed file that are shown. */
const SHOWN_LINES = 4;

/**
 * What became of a run: the topics, the bucket, a landed file's first lines, and the sum.
 *
 * @param run.published the ids of the events that the run has published
 */
export async function demoReport(run: {
  settings: Settings;
  kafka: Kafka;
  admin: Admin;
  s3: S3Client;
  before: Before;
  published: ReadonlyMap<Type, readonly string[]>;
}): Promise<{ lines: string[]; code: 0 | 1 }> {
  const { settings, kafka, admin, s3, before, published } = run;
  const { bucket } = settings;
  const listed = (await listFiles(s3, bucket)).filter(({ key }) => !before.keys.has(key));
  const files = await readFiles(s3, bucket, listed);
  const landed = new Map<Type, string[]>();
  for (const { type, text } of files) {
    landed.set(type, [...landed.get(type) ?? [], ...idsIn(text)]);
  }
  const dead = deadLetterTopic(settings.topicPrefix);
  const deadLetters = await readTopic(kafka, admin, dead, before.deadLetters);
  const ids = idsOf(deadLetters.map(({ message }) => message.value));
  const sums = balance(published, landed, ids);
  const topics = await topicStatus(admin, settings);

  const lines = ["▶ What landed", ...topicsText(topics, settings), ""];
  lines.push(...filesText(await filesStatus(s3, bucket), settings));
  const [example] = files;
  if (example) {
    const head = example.text.trimEnd().split("\n").slice(0, SHOWN_LINES);
    lines.push("", `s3://${bucket}/${example.key}`, ...head.map((line) => `  ${line}`));
  }
  lines.push("", "This run", ...table(sumRows(sums)), ...verdict(sums, topics));
  return { lines, code: holds(sums) ? 0 : 1 };
}

function verdict(sums: readonly TypeSum[], topics: readonly TopicStatus[]): string[] {
  const all = total(sums);
  const sides = [
    `${all.published} events published`,
    `${all.landed} rows landed + ${all.deadLetters} dead letters`,
  ];
  if (holds(sums)) return [`✅ ${sides.join(" = ")}`];
  const lines = [`✗ ${sides.join(", ")}: not every event landed exactly once`];
  for (const { type, lost, repeated } of sums) {
    if (lost.length > 0) lines.push(`  ${type}, not landed: ${lost.join(" ")}`);
    if (repeated.length > 0) lines.push(`  ${type}, landed more than once: ${repeated.join(" ")}`);
  }
  if (topics.some(({ lag = 0 }) => lag > 0)) {
    lines.push("  → the topics hold events that were not read yet; deno task consume lands them");
  }
  return lines;
}
