import type { S3Client } from "@aws-sdk/client-s3";
import type { Admin, Kafka } from "kafkajs";
import { formatPlace } from "../../dead_letters/record.ts";
import { readLetters } from "../../dead_letters/read_letters.ts";
import { topicOf, type Type, types } from "../../shared/events.ts";
import { type FileEntry, listFiles } from "../../shared/landed_files.ts";
import { connectWarehouse } from "../../shared/postgres.ts";
import { explainS3 } from "../../shared/s3.ts";
import type { Settings } from "../../shared/settings.ts";
import { requireSchema } from "../schema.ts";
import { askFiles, type ClaimedFile, claimsOf } from "./claims.ts";
import { cover, type Coverage, type Window } from "./coverage.ts";
import { explainHoles, place } from "./holes.ts";
import { topicWindows } from "./topic_windows.ts";
import { type Freshness, type WarehouseCounts, warehouseCounts } from "./warehouse_counts.ts";

/** Offsets of a type's topic, up to what the group has committed, and what became of them. */
export interface TopicSum {
  readonly type: Type;
  readonly published: number;
  readonly landed: number;
  readonly deadLetters: number;
  readonly repeats: number;
  readonly tombstones: number;
  /** Offsets without a message, such as a transaction's markers. */
  readonly empty: number;
  /** Not committed yet. */
  readonly toCome: number;
}

/** Rows of a type's files, and what became of them. */
export interface FileSum {
  readonly type: Type;
  readonly files: number;
  readonly rows: number;
  /** Rows of files that are not loaded yet, or cannot be; of other writers' files nobody knows. */
  readonly waiting: number;
  readonly facts: number;
  readonly rejected: number;
  readonly repeats: number;
}

/** What the whole way was found to be. */
export interface Verification {
  readonly topics: readonly TopicSum[];
  readonly files: readonly FileSum[];
  readonly freshness: readonly Freshness[];
  /** What does not add up; empty if all is proved. */
  readonly problems: readonly string[];
  /** What is worth knowing, and is no fault. */
  readonly notes: readonly string[];
}

/** What the proof is read from; none of it is changed. */
export interface Sources {
  readonly settings: Settings;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly s3: S3Client;
  readonly signal?: AbortSignal;
}

/**
 * Proves the whole way: every offset that the group has committed is in one file, or needs none; every
 * row of a loaded file is a fact, a rejected row or a repeat. It may run while the pipeline does: the
 * commits are read before the files, and the files before the ledger, so that what was committed is
 * found wherever it has got to meanwhile.
 *
 * @throws {UserError} when a part of it does not answer; the libraries' errors
 */
export async function verify(sources: Sources): Promise<Verification> {
  const { settings, kafka, admin, s3, signal } = sources;
  const { bucket, archiveBucket, group, topicPrefix } = settings;
  const problems: string[] = [];
  const topics = types.map((type) => topicOf(type, topicPrefix));
  // The loader makes the schema and the archive: without a schema there is no archive to look into.
  await using client = await connectWarehouse(settings, "verify");
  await requireSchema(client);
  const windows = await topicWindows(admin, group, topics, signal);
  const raw = await listFiles(s3, bucket);
  const archived = await listFiles(s3, archiveBucket).catch((error) => {
    throw explainS3(error, settings, "ARCHIVE_BUCKET");
  });
  const asked = await askFiles(s3, bucket, raw);
  const counts = await warehouseCounts(client, bucket);
  const strays = archived.filter(({ key }) => !counts.loaded.has(key));
  const lost = await askFiles(s3, archiveBucket, strays);
  const letters = await readLetters({ kafka, admin, settings }, {}, signal);
  const isLetter = new Set(letters.letters.map(({ origin }) => formatPlace(origin)));

  const files = new Map<string, ClaimedFile>();
  for (const file of [...asked.ours, ...lost.ours]) files.set(file.key, file);
  for (const [key, { claimed }] of counts.loaded) if (claimed) files.set(key, claimed);

  const sums: TopicSum[] = [];
  for (const [topic, parts] of windows) {
    const type = types[topics.indexOf(topic)]!;
    const claims = claimsOf([...files.values()], topic, group);
    const covered = parts.map((window) =>
      cover(window, claims.filter(({ partition }) => partition === window.partition))
    );
    problems.push(...overlapsIn(topic, covered), ...deletedIn(topic, parts));
    const isDeadLetter = (partition: number, offset: number) =>
      isLetter.has(formatPlace({ topic, partition, offset }));
    const explained = await explainHoles(covered.flatMap(({ holes }) => holes), {
      kafka,
      admin,
      topic,
      low: new Map(parts.map(({ partition, low }) => [partition, low])),
      isDeadLetter,
      signal,
    });
    problems.push(...explained.unexplained, ...missingLetters(topic, covered, isDeadLetter));
    const inFiles = (name: "rows" | "deadLetters" | "repeats" | "tombstones") =>
      covered.flatMap(({ claims }) => claims).reduce((sum, claim) => sum + claim[name], 0);
    sums.push({
      type,
      published: covered.reduce((sum, { start }, i) => sum + parts[i]!.committed - start, 0),
      landed: inFiles("rows"),
      deadLetters: inFiles("deadLetters") + explained.deadLetters,
      repeats: inFiles("repeats"),
      tombstones: inFiles("tombstones") + explained.tombstones,
      empty: explained.empty,
      toCome: parts.reduce((sum, { committed, high }) => sum + Math.max(0, high - committed), 0),
    });
  }
  problems.push(...unbalanced(sums), ...ledgerProblems(counts));
  for (const { key } of [...lost.ours, ...lost.others]) {
    problems.push(`s3://${archiveBucket}/${key} is in the archive, but was never loaded`);
  }
  const here = new Set([...raw, ...archived].map(({ key }) => key));
  const gone = [...counts.loaded.keys()].filter((key) => !here.has(key));
  return {
    topics: sums,
    files: types.map((type) => fileSum(type, [...files.values()], counts)),
    freshness: counts.freshness,
    problems,
    notes: notesOf({ counts, gone, raw, asked, bucket }),
  };
}

function overlapsIn(topic: string, covered: readonly Coverage[]): string[] {
  return covered.flatMap(({ overlaps }) =>
    overlaps.map((overlap) =>
      `${place(topic, overlap)} are in two files: ${
        overlap.files.join(" and ")
      } (where a topic was made again, the older may be of its predecessor)`
    )
  );
}

function deletedIn(topic: string, windows: readonly Window[]): string[] {
  return windows.filter(({ committed, low }) => committed < low).map((
    { partition, committed, low },
  ) =>
    `${
      place(topic, { partition, from: committed, to: low })
    } were deleted by Kafka before they were landed`
  );
}

/** A dead letter that a file counts has to be in the dead letter topic. */
function missingLetters(
  topic: string,
  covered: readonly Coverage[],
  isDeadLetter: (partition: number, offset: number) => boolean,
): string[] {
  return covered.flatMap(({ claims }) => claims).flatMap((claim) => {
    const { partition, from, to, deadLetters, file } = claim;
    if (deadLetters === 0) return [];
    let found = 0;
    for (let offset = from; offset < to; offset++) if (isDeadLetter(partition, offset)) found++;
    return found >= deadLetters ? [] : [
      `${
        place(topic, claim)
      }: ${file} counts ${deadLetters} dead letters, the dead letter topic has ${found}`,
    ];
  });
}

function unbalanced(sums: readonly TopicSum[]): string[] {
  return sums.flatMap(({ type, published, landed, deadLetters, repeats, tombstones, empty }) => {
    const found = landed + deadLetters + repeats + tombstones + empty;
    return found === published
      ? []
      : [`${type}: ${published} offsets are committed, ${found} are accounted for`];
  });
}

function ledgerProblems({ loaded, entered, present }: WarehouseCounts): string[] {
  const problems: string[] = [];
  for (const type of types) {
    const { facts = 0, rejected = 0 } = entered.get(type) ?? {};
    const there = present.get(type)!;
    if (there.facts !== facts) {
      problems.push(`fact_${type} has ${there.facts} rows, by the ledger ${facts} were made`);
    }
    if (there.rejected !== rejected) {
      problems.push(`${type}: ${there.rejected} rejected rows, by the ledger ${rejected}`);
    }
  }
  for (const [key, { rows, facts, rejected, repeats, claimed, etags }] of loaded) {
    if (rows !== facts + rejected + repeats) {
      problems.push(
        `${key}: ${rows} rows, but ${facts} facts, ${rejected} rejected, ${repeats} repeats`,
      );
    }
    const noted = claimed?.ranges.reduce((sum, range) => sum + range.rows, 0);
    if (noted !== undefined && etags.length === 1 && noted !== rows) {
      problems.push(`${key}: its writer has noted ${noted} rows, ${rows} were loaded`);
    }
  }
  return problems;
}

function fileSum(type: Type, files: readonly ClaimedFile[], counts: WarehouseCounts): FileSum {
  const loaded = [...counts.loaded].filter(([key]) => key.startsWith(`${type}/`));
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

function notesOf(
  { counts, gone, raw, asked, bucket }: {
    counts: WarehouseCounts;
    gone: readonly string[];
    raw: readonly FileEntry[];
    asked: Awaited<ReturnType<typeof askFiles>>;
    bucket: string;
  },
): string[] {
  const notes: string[] = [];
  const others = asked.others.filter(({ key }) => !counts.loaded.has(key));
  if (others.length > 0) {
    notes.push(
      `Files of other writers that wait in s3://${bucket}, whose rows nobody has counted: ${others.length}`,
    );
  }
  const here = new Set(raw.map(({ key, etag }) => `${key} ${etag}`));
  for (const { key, etag, reason } of counts.failed) {
    if (!here.has(`${key} ${etag}`)) continue;
    notes.push(`Cannot be loaded: s3://${bucket}/${key}: ${reason}`);
  }
  if (gone.length > 0) {
    notes.push(
      `Loaded files that are neither in the bucket nor in the archive any more: ${gone.length}`,
    );
  }
  return notes;
}
