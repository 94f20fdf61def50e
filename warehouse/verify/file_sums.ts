import type { Type } from "../../shared/events.ts";
import type { FileEntry } from "../../shared/landed_files.ts";
import { keyText } from "../../shared/file_names.ts";
import { type PassedOver, passedOverText } from "../../shared/passed_over.ts";
import type { askFiles, ClaimedFile } from "./claims.ts";
import type { FileSum } from "./verification.ts";
import type { WarehouseCounts } from "./warehouse_counts.ts";

/** Sums up what became of a type's files. */
export function fileSum(
  type: Type,
  files: readonly ClaimedFile[],
  counts: WarehouseCounts,
): FileSum {
  const loaded = [...counts.loaded].filter(([, file]) => file.type === type);
  const waiting = files.filter((file) => file.type === type && !counts.loaded.has(file.key));
  const sum = (name: "rows" | "facts" | "rejected" | "repeats") =>
    loaded.reduce((sum, [, file]) => sum + file[name], 0);
  const waitingRows = waiting.reduce((sum, { rows }) => sum + rows, 0);
  return {
    type,
    files: loaded.length + waiting.length,
    rows: sum("rows") + waitingRows,
    waiting: waitingRows,
    facts: sum("facts"),
    rejected: sum("rejected"),
    repeats: sum("repeats"),
  };
}

/** The files in the raw bucket that cannot be loaded: those of our consumer, and those of others. */
export function unreadableFiles(
  { failed }: WarehouseCounts,
  raw: readonly FileEntry[],
  asked: Awaited<ReturnType<typeof askFiles>>,
): { ours: WarehouseCounts["failed"]; theirs: WarehouseCounts["failed"] } {
  const etags = new Map(raw.map(({ key, etag }) => [key, etag]));
  const written = new Set(asked.ours.map(({ key }) => key));
  const { ours = [], theirs = [] } = Object.groupBy(
    failed.filter(({ key, etag }) => etags.get(key) === etag),
    ({ key }) => written.has(key) ? "ours" : "theirs",
  );
  return { ours, theirs };
}

/** The files of a topic that was deleted, and made again under its name. */
export interface DeletedTopic {
  readonly topic: string;
  readonly files: readonly ClaimedFile[];
}

/** What is worth knowing of the files, and is no fault. */
export function notesOf(
  { counts, gone, unreadable, asked, bucket, expired = 0, deletedTopics = [], passedOver = [] }: {
    counts: WarehouseCounts;
    gone: readonly string[];
    /** Files of other writers that cannot be loaded. */
    unreadable: WarehouseCounts["failed"];
    asked: Awaited<ReturnType<typeof askFiles>>;
    bucket: string;
    /** How many dead letters of files Kafka no longer has. */
    expired?: number;
    deletedTopics?: readonly DeletedTopic[];
    /** What is in the bucket and no file to load. */
    passedOver?: readonly PassedOver[];
  },
): string[] {
  const notes: string[] = [];
  const left = passedOverText(passedOver, bucket);
  if (left) notes.push(left);
  const others = asked.others.filter(({ key }) => !counts.loaded.has(key));
  if (others.length > 0) {
    notes.push(
      `Files of other writers that wait in s3://${bucket}, whose rows nobody has counted: ${others.length}`,
    );
  }
  notes.push(
    ...unreadable.map(({ key, reason }) =>
      `Cannot be loaded: s3://${bucket}/${keyText(key)}: ${reason}`
    ),
  );
  if (gone.length > 0) {
    notes.push(
      `Loaded files that are neither in the bucket nor in the archive any more: ${gone.length}`,
    );
  }
  if (expired > 0) {
    notes.push(`Dead letters that files count and Kafka's retention has deleted: ${expired}`);
  }
  for (const { topic, files } of deletedTopics) {
    const rows = files.reduce((sum, { rows }) => sum + rows, 0);
    notes.push(
      `${topic} was deleted and made again: files of the old one, which count for none of the new one's offsets: ${files.length} (${rows} rows)`,
    );
  }
  return notes;
}
