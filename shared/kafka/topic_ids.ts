import { createErrorFromCode } from "kafkajs/src/protocol/error.js";
import type { Broker, Cluster } from "./cluster.ts";
import {
  exchange,
  readCompactArray,
  type Reader,
  readUuid,
  skipTags,
  speaks,
  writeCompactArray,
  writeUuid,
} from "./wire.ts";

const METADATA = 3;
const VERSION = 10;
const NO_TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAA";
const UNKNOWN_TOPIC_OR_PARTITION = 3;
const LEADER_NOT_AVAILABLE = 5;

/**
 * The ids of topics, which Kafka assigns at creation: a topic that was deleted and recreated
 * under its name has a new one. As Kafka prints them: 22 characters of URL-safe base64.
 *
 * Topics that do not exist are left out, and so are all if the cluster has no ids (before Kafka
 * 2.8, or while it is being upgraded from there).
 *
 * Metadata v10 (KIP-516), flexible: request `[topic_id UUID, name COMPACT_NULLABLE_STRING],
 * allow_auto_topic_creation BOOLEAN, include_cluster_authorized_operations BOOLEAN,
 * include_topic_authorized_operations BOOLEAN`; response `throttle_time_ms INT32, [node_id INT32,
 * host COMPACT_STRING, port INT32, rack COMPACT_NULLABLE_STRING], cluster_id
 * COMPACT_NULLABLE_STRING, controller_id INT32, [error_code INT16, name COMPACT_STRING, topic_id
 * UUID, is_internal BOOLEAN, [error_code INT16, partition_index INT32, leader_id INT32,
 * leader_epoch INT32, replicas [INT32], isr [INT32], offline_replicas [INT32]],
 * topic_authorized_operations INT32], cluster_authorized_operations INT32`.
 *
 * @throws kafkajs' errors, such as that we may not see a topic
 */
export async function topicIds(
  cluster: Cluster,
  topics: readonly string[],
): Promise<Map<string, string>> {
  const broker = await anyBroker(cluster);
  if (!speaks(broker, METADATA, VERSION)) return new Map();
  const answer = await exchange(broker, {
    apiKey: METADATA,
    apiName: "Metadata",
    apiVersion: VERSION,
    flexible: true,
    write(writer) {
      writeCompactArray(writer, topics, (topic) => {
        writeUuid(writer, NO_TOPIC_ID);
        writer.writeUVarIntString(topic).writeInt8(0);
      });
      writer.writeBoolean(false).writeBoolean(false).writeBoolean(false).writeInt8(0);
    },
    read: readTopics,
  });
  const ids = new Map<string, string>();
  for (const { errorCode, name, id } of answer) {
    if (errorCode === UNKNOWN_TOPIC_OR_PARTITION) continue;
    if (errorCode !== 0 && errorCode !== LEADER_NOT_AVAILABLE) throw createErrorFromCode(errorCode);
    if (id !== undefined) ids.set(name, id);
  }
  return ids;
}

/** Any reachable broker. */
async function anyBroker(cluster: Cluster): Promise<Broker> {
  if (cluster.getNodeIds().length === 0) await cluster.refreshMetadata();
  let failure: unknown;
  for (const nodeId of cluster.getNodeIds()) {
    try {
      return await cluster.findBroker({ nodeId });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

interface Topic {
  readonly errorCode: number;
  readonly name: string;
  readonly id: string | undefined;
}

function readTopics(reader: Reader): Topic[] {
  reader.readInt32();
  readCompactArray(reader, readBroker);
  reader.readUVarIntString();
  reader.readInt32();
  return readCompactArray(reader, readTopic);
}

function readBroker(reader: Reader): void {
  reader.readInt32();
  reader.readUVarIntString();
  reader.readInt32();
  reader.readUVarIntString();
  skipTags(reader);
}

function readTopic(reader: Reader): Topic {
  const errorCode = reader.readInt16();
  const name = reader.readUVarIntString() ?? "";
  const id = readUuid(reader);
  reader.readInt8();
  readCompactArray(reader, readPartition);
  reader.readInt32();
  skipTags(reader);
  return { errorCode, name, id };
}

function readPartition(reader: Reader): void {
  reader.readInt16();
  for (let field = 0; field < 3; field++) reader.readInt32();
  for (let list = 0; list < 3; list++) readCompactArray(reader, (reader) => reader.readInt32());
  skipTags(reader);
}
