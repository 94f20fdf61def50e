import type { Settings } from "../shared/cli/settings.ts";
import type { FileWalk } from "./file_walk.ts";
import type { TopicProof } from "./topic_proof.ts";

/**
 * What is worth knowing, but not a fault.
 *
 * @param expired how many dead letters that files count Kafka no longer has
 */
export function notesOf(
  { bucket }: Pick<Settings, "bucket">,
  topics: readonly TopicProof[],
  { others, unreadable, gone, passedOver }: Pick<
    FileWalk,
    "others" | "unreadable" | "gone" | "passedOver"
  >,
  expired: number,
): string[] {
  const notes: string[] = topics.flatMap(({ heldBack }) => heldBack);
  const left = passedOver.text(bucket);
  if (left) notes.push(left);
  if (others > 0) {
    notes.push(
      `Files of other writers waiting in s3://${bucket}, rows not counted: ${others}`,
    );
  }
  notes.push(...unreadable.lines);
  if (gone > 0) {
    notes.push(`Loaded files that are in neither the bucket nor the archive any more: ${gone}`);
  }
  if (expired > 0) {
    notes.push(`Dead letters that files count and Kafka's retention has deleted: ${expired}`);
  }
  for (const { topic, deletedTopic: { files, rows } } of topics) {
    if (files === 0) continue;
    notes.push(
      `${topic} was deleted and recreated: files of the old topic, which cover no offsets of the new one: ${files} (${rows} rows)`,
    );
  }
  return notes;
}
