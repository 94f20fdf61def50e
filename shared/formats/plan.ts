import { UserError } from "../cli/errors.ts";
import { type FileName, formatName, parseName } from "./file_name.ts";

/** A file that will exist: its multipart upload lacks only CompleteMultipartUpload. */
export interface PlannedFile {
  /** The file's name without its type. */
  readonly name: string;
  readonly uploadId: string;
  /** The partition's offset after the file's last row of it. */
  readonly end: number;
}

/** What the commit metadata of one partition says. */
export interface PartitionRecord {
  /** The last name that was used for rows of the partition. */
  readonly lastName?: FileName;
  /** The files that will exist, in the order of their offsets. */
  readonly files: readonly PlannedFile[];
  /**
   * When the plan was made by the S3 server's clock, in seconds since the epoch; 0 without files.
   */
  readonly plannedAt: number;
  /** Kafka's id of the topic that the offsets belong to; undefined where the broker has none. */
  readonly topicId?: string;
  /**
   * How the ids of all the group's topics began when this was committed, by event type. Kafka
   * deletes the offsets of a topic with it: what the others' say is then all that tells that it was
   * made again.
   */
  readonly topicIds?: TopicIds;
  /**
   * The leader epoch of the last record before the plan's end, or of a later one: what the log of
   * this epoch ends with tells whether records before the offset were lost (KIP-320).
   */
  readonly leaderEpoch?: number;
}

/** The beginnings of topic ids, by event type; see {@linkcode idBeginning}. */
export type TopicIds = Readonly<Record<string, string>>;

/** Enough of a topic's id to distinguish it from others: 36 random bits. */
export function idBeginning(topicId: string): string {
  return topicId.slice(0, 6);
}

/** What a broker accepts by default: `offset.metadata.max.bytes`. */
export const METADATA_BYTES = 4096;

/**
 * The version that is written; all up to it are read. 2 added the topic's id and the leader epoch.
 */
const VERSION = 2;
const MARK = "automotive";
const OURS = `{"by":"${MARK}",`;

/** The commit metadata of a partition: JSON in ASCII. */
export function encodeRecord(record: PartitionRecord): string {
  const last = record.lastName ? formatName(record.lastName) : "";
  const files = record.files.map(encodeFile).join(",");
  const topic = record.topicId === undefined ? "" : `"topic":"${record.topicId}",`;
  const epoch = record.leaderEpoch === undefined ? "" : `"epoch":${record.leaderEpoch},`;
  const topics = record.topicIds === undefined
    ? ""
    : `"topics":${JSON.stringify(record.topicIds)},`;
  return `${OURS}"v":${VERSION},"last":"${last}",${topic}${topics}${epoch}"at":${record.plannedAt},"files":[${files}]}`;
}

/** How many bytes a file adds to its partition's metadata. */
export function encodedBytes(file: PlannedFile): number {
  return encodeFile(file).length + 1;
}

/**
 * Parses the commit metadata of a partition; undefined for another program's metadata.
 *
 * @throws {UserError} when it is ours but of another version or damaged: going on could lose or
 *   repeat files
 */
export function decodeRecord(metadata: string | null | undefined): PartitionRecord | undefined {
  let value;
  try {
    value = JSON.parse(metadata || "null");
  } catch {
    if (metadata?.startsWith(OURS)) throw damaged(metadata);
    return undefined;
  }
  if (value?.by !== MARK) return undefined;
  if (!(value.v >= 1 && value.v <= VERSION)) {
    throw new UserError(
      `The group's plan was written by another version of the consumer (format ${value.v}, this one reads up to ${VERSION})`,
      "run the newer version, or stop all of its consumers cleanly and start this one then",
    );
  }
  const { last, at, files, topic, topics, epoch } = value;
  const lastName = typeof last === "string" ? parseName(last) : undefined;
  if (
    !(lastName || last === "") || !isCount(at) || !Array.isArray(files) || !files.every(isFile) ||
    !(topic === undefined || typeof topic === "string") ||
    !(topics === undefined || isTopicIds(topics)) ||
    !(epoch === undefined || isCount(epoch))
  ) throw damaged(metadata!);
  return {
    lastName,
    topicId: topic,
    topicIds: topics,
    leaderEpoch: epoch,
    plannedAt: at,
    files: files.map(([name, uploadId, end]) => ({ name, uploadId, end })),
  };
}

function isFile(file: unknown): file is [name: string, uploadId: string, end: number] {
  return Array.isArray(file) && file.length === 3 &&
    typeof file[0] === "string" && parseName(file[0]) !== undefined &&
    typeof file[1] === "string" && file[1] !== "" && isCount(file[2]);
}

function isTopicIds(value: unknown): value is TopicIds {
  return typeof value === "object" && value !== null &&
    Object.values(value).every((id) => typeof id === "string");
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && value as number >= 0;
}

/** If it were ignored, its files could be completed and their rows landed a second time. */
function damaged(metadata: string): UserError {
  const shown = metadata.length > 200 ? `${metadata.slice(0, 200)}…` : metadata;
  return new UserError(
    `The group's plan is damaged: ${JSON.stringify(shown)}`,
    "commit the offsets to go on from without metadata (kafka-consumer-groups --reset-offsets); what the plan's files hold may land twice then",
  );
}

function encodeFile({ name, uploadId, end }: PlannedFile): string {
  return JSON.stringify([name, uploadId, end]);
}
