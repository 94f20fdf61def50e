import { createHash } from "node:crypto";

/** What one partition contributed to a batch. `from` is inclusive, `to` exclusive. */
export interface OffsetRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  /** Events that were already in the batch, identical. */
  readonly repeats: number;
  readonly deadLetters: number;
  readonly tombstones: number;
}

/** Where a file's rows came from, kept as the object's user metadata. */
export interface Provenance {
  readonly group: string;
  readonly topic: string;
  /**
   * Kafka's id of the topic; it differs from today's if the topic was deleted and recreated since.
   * Undefined where the broker has none, and in files of earlier versions.
   */
  readonly topicId?: string;
  readonly ranges: readonly OffsetRange[];
  readonly rows: number;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
}

/** The provenance of a file with this content. */
export function provenanceOf(
  { ranges, rows, body }: Pick<Provenance, "ranges" | "rows"> & { readonly body: Uint8Array },
  of: Pick<Provenance, "group" | "topic" | "topicId">,
): Provenance {
  return { ...of, ranges, rows, sha256: createHash("sha256").update(body).digest("hex") };
}

/**
 * As S3 user metadata: ASCII values, `offsets` as [partition, from, to, rows, repeats, dead
 * letters, tombstones].
 */
export function toMetadata(provenance: Provenance): Record<string, string> {
  return {
    // A group's name may hold any character, a header may not.
    group: encodeURIComponent(provenance.group),
    topic: provenance.topic,
    ...(provenance.topicId === undefined ? {} : { "topic-id": provenance.topicId }),
    rows: String(provenance.rows),
    sha256: provenance.sha256,
    offsets: JSON.stringify(
      provenance.ranges.map((r) => [
        r.partition,
        r.from,
        r.to,
        r.rows,
        r.repeats,
        r.deadLetters,
        r.tombstones,
      ]),
    ),
  };
}

/** Parses S3 user metadata; undefined if this consumer did not write it. */
export function fromMetadata(metadata: Record<string, string> = {}): Provenance | undefined {
  const { group, topic, "topic-id": topicId, rows, sha256, offsets } = metadata;
  if (!group || !topic || !rows || !sha256 || !offsets) return undefined;
  try {
    const ranges = JSON.parse(offsets);
    if (!Array.isArray(ranges) || !ranges.every(isRange) || !/^\d+$/.test(rows)) return undefined;
    return {
      group: decodeURIComponent(group),
      topic,
      ...(topicId ? { topicId } : {}),
      ranges: ranges.map(([partition, from, to, rows, repeats, deadLetters, tombstones]) => (
        { partition, from, to, rows, repeats, deadLetters, tombstones }
      )),
      rows: Number(rows),
      sha256,
    };
  } catch {
    return undefined;
  }
}

type Range = [number, number, number, number, number, number, number];

function isRange(value: unknown): value is Range {
  return Array.isArray(value) && value.length === 7 && value.every(Number.isSafeInteger);
}
