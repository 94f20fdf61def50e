import type { S3Client } from "@aws-sdk/client-s3";
import type { Admin, Kafka } from "kafkajs";
import { formatPlace } from "../../dead_letters/place.ts";
import { readLetters } from "../../dead_letters/read_letters.ts";
import { deadLetterTopic, topicOf, types } from "../../shared/events.ts";
import { keyText } from "../../shared/file_names.ts";
import { connectCluster } from "../../shared/kafka_cluster.ts";
import { topicIds } from "../../shared/kafka_topic_ids.ts";
import { listBucket, listFiles } from "../../shared/landed_files.ts";
import { connectWarehouse } from "../../shared/postgres.ts";
import { explainS3 } from "../../shared/s3.ts";
import type { Settings } from "../../shared/settings.ts";
import { requireSchema } from "../schema.ts";
import { askFiles, type ClaimedFile, claimsOf, filesOf } from "./claims.ts";
import { cover } from "./coverage.ts";
import {
  damagedFiles,
  deletedIn,
  expiredLetters,
  ledgerProblems,
  missingLetters,
  overlapsIn,
  unbalanced,
} from "./differences.ts";
import { type DeletedTopic, fileSum, notesOf, unreadableFiles } from "./file_sums.ts";
import { explainHoles } from "./holes.ts";
import { deletedRecords, topicWindows } from "./topic_windows.ts";
import type { TopicSum, Verification } from "./verification.ts";
import { warehouseCounts } from "./warehouse_counts.ts";

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
  await using cluster = await connectCluster(kafka);
  const ids = await topicIds(cluster, topics);
  const windows = await topicWindows(admin, group, topics, ids, signal);
  const { files: raw, passedOver } = await listBucket(s3, bucket);
  const archived = await listFiles(s3, archiveBucket).catch((error) => {
    throw explainS3(error, settings, "ARCHIVE_BUCKET");
  });
  const asked = await askFiles(s3, bucket, raw);
  const counts = await warehouseCounts(client, bucket);
  const strays = archived.filter(({ key }) => !counts.loaded.has(key));
  const lost = await askFiles(s3, archiveBucket, strays);
  const letters = await readLetters({ kafka, admin, settings }, {}, signal);
  // Asked afterwards: what was deleted while the letters were read counts as deleted.
  const deletedLetters = await deletedRecords(admin, deadLetterTopic(topicPrefix));
  const isLetter = new Set(letters.letters.map(({ origin }) => formatPlace(origin)));

  const files = new Map<string, ClaimedFile>();
  for (const file of [...asked.ours, ...lost.ours]) files.set(file.key, file);
  for (const [key, { claimed }] of counts.loaded) if (claimed) files.set(key, claimed);

  const sums: TopicSum[] = [];
  const missing: ReturnType<typeof missingLetters> = [];
  const deletedTopics: DeletedTopic[] = [];
  for (const [topic, parts] of windows) {
    const type = types[topics.indexOf(topic)]!;
    const { present, deleted } = filesOf([...files.values()], topic, ids.get(topic), group);
    if (deleted.length > 0) deletedTopics.push({ topic, files: deleted });
    const claims = claimsOf(present);
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
      deletedLetters,
      signal,
    });
    problems.push(...explained.unexplained);
    missing.push(...missingLetters(topic, covered, isDeadLetter));
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
  const expired = expiredLetters(missing, deletedLetters);
  if (expired === undefined) problems.push(...missing.map(({ problem }) => problem));
  problems.push(...unbalanced(sums), ...ledgerProblems(counts));
  const { ours, theirs } = unreadableFiles(counts, raw, asked);
  problems.push(...damagedFiles(bucket, ours));
  for (const { key } of [...lost.ours, ...lost.others]) {
    problems.push(`s3://${archiveBucket}/${keyText(key)} is in the archive, but was never loaded`);
  }
  const here = new Set([...raw, ...archived].map(({ key }) => key));
  const gone = [...counts.loaded.keys()].filter((key) => !here.has(key));
  return {
    topics: sums,
    files: types.map((type) => fileSum(type, [...files.values()], counts)),
    freshness: counts.freshness,
    problems,
    notes: notesOf({
      counts,
      gone,
      unreadable: theirs,
      asked,
      bucket,
      expired,
      deletedTopics,
      passedOver,
    }),
  };
}
