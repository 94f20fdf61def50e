import { createErrorFromCode } from "kafkajs/src/protocol/error.js";
import type { Cluster } from "./cluster.ts";
import { exchange, type Reader, speaks } from "./wire.ts";

const OFFSET_FOR_LEADER_EPOCH = 23;
const VERSION = 3;

/**
 * Where a leader epoch ends in a partition's present log, according to its leader. What was read of
 * that epoch from there on is no longer in the log: it was truncated, when a replica that lacked it
 * became the leader, or the file of a broker lost its tail. The offsets may hold other records by
 * now.
 *
 * OffsetForLeaderEpoch v3 (KIP-101, KIP-320; Kafka 2.3 and later): request `replica_id INT32,
 * [topic STRING, [partition INT32, current_leader_epoch INT32, leader_epoch INT32]]`; response
 * `throttle_time_ms INT32, [topic STRING, [error_code INT16, partition INT32, leader_epoch INT32,
 * end_offset INT64]]`, where the epoch is the largest not above the requested one. The request has
 * topics by name only: compare the ids as well.
 *
 * @param leaderEpoch the `partitionLeaderEpoch` of a record's batch
 * @returns undefined where it cannot be told: an older broker, a log without epochs, or one that
 * holds
 *   later epochs only
 * @throws kafkajs' errors, such as that the leader has moved
 */
export async function endOffsetForEpoch(
  cluster: Cluster,
  topic: string,
  partition: number,
  leaderEpoch: number,
): Promise<number | undefined> {
  await cluster.addMultipleTargetTopics([topic]);
  const leader = cluster.findTopicPartitionMetadata(topic)
    .find(({ partitionId }) => partitionId === partition)?.leader;
  if (leader === undefined) return undefined;
  const broker = await cluster.findBroker({ nodeId: leader });
  if (!speaks(broker, OFFSET_FOR_LEADER_EPOCH, VERSION)) return undefined;
  const [answer] = await exchange(broker, {
    apiKey: OFFSET_FOR_LEADER_EPOCH,
    apiName: "OffsetForLeaderEpoch",
    apiVersion: VERSION,
    flexible: false,
    write(writer) {
      writer.writeInt32(-1).writeInt32(1).writeString(topic)
        .writeInt32(1).writeInt32(partition).writeInt32(-1).writeInt32(leaderEpoch);
    },
    read: readAnswer,
  });
  const { errorCode, endOffset } = answer!;
  if (errorCode !== 0) throw createErrorFromCode(errorCode);
  return endOffset < 0 ? undefined : endOffset;
}

function readAnswer(reader: Reader): { errorCode: number; endOffset: number }[] {
  reader.readInt32();
  return reader.readArray((reader: Reader) => {
    reader.readString();
    return reader.readArray((reader: Reader) => {
      const errorCode = reader.readInt16();
      reader.readInt32();
      reader.readInt32();
      return { errorCode, endOffset: Number(reader.readInt64()) };
    });
  }).flat();
}
