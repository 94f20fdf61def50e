import type { S3Client } from "@aws-sdk/client-s3";
import type pg from "pg";
import type { Admin, Kafka } from "kafkajs";
import { UserError } from "../shared/cli/errors.ts";
import { deadLetterTopic, topicOf, types } from "../shared/catalogue/events.ts";
import { type Cluster, connectCluster } from "../shared/kafka/cluster.ts";
import { topicIds } from "../shared/kafka/topic_ids.ts";
import { connectWarehouse } from "../shared/postgres/client.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { requireSchema } from "../warehouse/sql/schema.ts";
import { type CellCheck, checkCells } from "./cells.ts";
import type { ClaimedFile } from "./claims.ts";
import { tableProblems, unbalanced } from "./differences.ts";
import { FileWalk, type WalkOptions } from "./file_walk.ts";
import { Findings } from "./findings.ts";
import { deletedLetters, indexLetters, LetterIndex } from "./letter_index.ts";
import { notesOf } from "./notes.ts";
import { TopicProof } from "./topic_proof.ts";
import { topicWindows } from "./topic_windows.ts";
import type { Verification } from "./verification.ts";

/** The systems that the proof reads; none of them is changed. */
export interface Sources {
  readonly settings: Settings;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly s3: S3Client;
  /** Proves only that everything has landed, without the warehouse. */
  readonly filesOnly?: boolean;
  /** Looks for the cells of all loaded files, not only of a sample. */
  readonly allCells?: boolean;
  readonly signal?: AbortSignal;
  /** Told how far the proof is. */
  readonly onProgress?: (text: string) => void;
}

/**
 * Proves the whole way: every offset that the group has committed is in one file, or needs none;
 * every row of a loaded file is a fact, a rejected row or a repeat. It may run while the pipeline
 * does: the commits are read before the files, and the files before the ledger, so that what was
 * committed is found wherever it has got to meanwhile.
 *
 * Where the warehouse cannot be reached, the first half is proved without it, by what the files
 * say.
 *
 * @throws {UserError} when another part of it does not respond; the libraries' errors
 */
export async function verify(sources: Sources): Promise<Verification> {
  const { settings, filesOnly = false } = sources;
  if (filesOnly) return await prove(sources);
  let client: pg.Client & AsyncDisposable;
  try {
    client = await connectWarehouse(settings, "verify");
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...await prove(sources), warehouse: { because: error } };
  }
  await using _ = client;
  // The loader creates the schema and the archive: without a schema there is no archive to read.
  await requireSchema(client);
  return await prove(sources, client);
}

async function prove(sources: Sources, client?: pg.Client): Promise<Verification> {
  const { settings, kafka, s3, signal } = sources;
  const { group } = settings;
  await using cluster = await connectCluster(kafka);
  const proofs = await beginProofs(sources, cluster);
  const proofOf = (file: ClaimedFile) => file.group === group ? proofs.get(file.topic) : undefined;
  const options: Omit<WalkOptions, "onFile"> = { s3, settings, client, signal };
  const { onProgress = () => {} } = sources;
  let files = 0;
  const walk = new FileWalk({
    ...options,
    onFile(file) {
      onProgress(`Verifying: ${(++files).toLocaleString("en-US")} files read`);
      return proofOf(file)?.add(file);
    },
  });
  await walk.run();
  const topics = [...proofs.values()];
  if (topics.some(({ overlaps }) => overlaps)) {
    await new FileWalk({ ...options, onFile: (file) => proofOf(file)?.nameTwice(file) }).run();
  }
  for (const [i, topic] of topics.entries()) {
    onProgress(`Verifying: offsets of ${topic.topic}, ${i + 1} of ${topics.length} topics`);
    await topic.finish();
  }
  onProgress("Verifying: cells of loaded files");
  const cells = client && await checkCells(client, { ...settings, s3 }, {
    all: sources.allCells,
    signal,
  });
  return await conclude(sources, cluster, topics, { walk, cells });
}

async function beginProofs(
  { settings, admin, signal }: Sources,
  cluster: Cluster,
): Promise<Map<string, TopicProof>> {
  const { group, topicPrefix } = settings;
  const letterTopic = deadLetterTopic(topicPrefix);
  const there = new Set(await admin.listTopics());
  const named = new Map(types.map((type) => [topicOf(type, topicPrefix), type]));
  const topics = [...named.keys()].filter((topic) => there.has(topic));
  const ids = await topicIds(cluster, topics);
  const windows = await topicWindows({ admin, cluster }, group, topics, ids, signal);
  const hasLetters = there.has(letterTopic);
  const letters = hasLetters ? await indexLetters(cluster, letterTopic, signal) : new LetterIndex();
  const deleted = hasLetters ? await deletedLetters(cluster, letterTopic) : 0;
  return new Map(topics.map((topic) => {
    const type = named.get(topic)!;
    const topicId = ids.get(topic);
    const world = { cluster, topic, topicId, type, letters, deletedLetters: deleted, signal };
    return [topic, new TopicProof(world, windows.get(topic)!)];
  }));
}

async function conclude(
  { settings }: Sources,
  cluster: Cluster,
  topics: readonly TopicProof[],
  { walk, cells }: { walk: FileWalk; cells: CellCheck | undefined },
): Promise<Verification> {
  const problems = new Findings();
  const unprovable = new Findings();
  problems.addAll(...topics.map((topic) => topic.problems));
  unprovable.addAll(...topics.map((topic) => topic.unprovable));
  // A file counts a letter only when Kafka has acknowledged it, so each of them was there.
  const missing = topics.reduce((sum, topic) => sum + topic.missing.count, 0);
  const expired = topics.reduce((sum, { expired }) => sum + expired.count, 0);
  // Asked last: what was deleted while everything else was read counts as deleted.
  const deleted = missing + expired > 0
    ? await deletedLetters(cluster, deadLetterTopic(settings.topicPrefix))
    : 0;
  const isDeleted = missing + expired <= deleted;
  const without = isDeleted ? unprovable : problems;
  without.addAll(...topics.map(({ expired }) => expired.findings));
  if (!isDeleted) problems.addAll(...topics.map(({ missing }) => missing.findings));
  const sums = topics.map(({ sum }) => sum);
  problems.add(...unbalanced(sums));
  problems.addAll(walk.problems.ledger);
  if (walk.counts) problems.add(...tableProblems(walk.counts));
  problems.addAll(walk.problems.damaged, walk.problems.strays);
  if (cells) problems.add(...cells.problems);
  return {
    topics: sums,
    warehouse: walk.counts && cells
      ? { files: walk.sums, cells, freshness: walk.counts.freshness }
      : {},
    problems: problems.lines,
    differences: problems.count,
    unprovable: unprovable.lines,
    notes: notesOf(settings, topics, walk, isDeleted ? missing : 0),
  };
}
