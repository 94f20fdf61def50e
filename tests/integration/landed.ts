import { GetObjectCommand, HeadObjectCommand, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { parse } from "csv-parse/sync";
import assert from "node:assert/strict";
import { fromMetadata, type Provenance } from "../../shared/formats/provenance.ts";
import type { Sandbox } from "./sandbox.ts";

/** A file in the bucket, read and parsed. */
export interface Landed {
  readonly key: string;
  readonly text: string;
  readonly rows: readonly Record<string, string>[];
  readonly provenance: Provenance;
}

/** All files in a sandbox's bucket. */
export async function landedFiles(
  { s3, settings: { bucket: Bucket } }: Sandbox,
): Promise<Landed[]> {
  const files: Landed[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket })) {
    for (const { Key } of page.Contents ?? []) {
      const { Body, Metadata } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const text = await Body!.transformToString();
      const provenance = fromMetadata(Metadata);
      assert.ok(provenance, `${Key} has no provenance`);
      files.push({ key: Key!, text, rows: parse(text, { columns: true }), provenance });
    }
  }
  return files;
}

/** The event ids of all rows in the bucket, sorted. */
export async function landedIds(box: Sandbox): Promise<string[]> {
  return (await landedFiles(box)).flatMap(({ rows }) => rows.map((row) => row.event_id!))
    .toSorted();
}

/** Checks that each file's provenance says what is in it, and that no offset is covered twice. */
export function assertProvenance(files: readonly Landed[]): void {
  const ends = new Map<string, [from: number, to: number][]>();
  for (const { rows, provenance } of files) {
    assert.equal(provenance.rows, rows.length);
    for (const { partition, from, to, ...counts } of provenance.ranges) {
      const place = `${provenance.topic}/${partition}`;
      ends.set(place, [...ends.get(place) ?? [], [from, to]]);
      const sum = counts.rows + counts.repeats + counts.deadLetters + counts.tombstones;
      assert.equal(sum, to - from, `${place} ${from}-${to}`);
    }
  }
  for (const [place, ranges] of ends) {
    ranges.sort(([a], [b]) => a - b);
    ranges.forEach(([from], i) => {
      if (i > 0) assert.ok(from >= ranges[i - 1]![1], `${place} is covered twice at ${from}`);
    });
  }
}

/** Resolves when the object is there. */
export async function objectExists(box: Sandbox, Key: string): Promise<boolean> {
  const { s3, settings: { bucket: Bucket } } = box;
  return await s3.send(new HeadObjectCommand({ Bucket, Key })).then(() => true, () => false);
}
