import type { Cluster } from "./cluster.ts";
import { exchange, type Reader, speaks } from "./wire.ts";

const DESCRIBE_LOG_DIRS = 35;
const VERSION = 1;

/**
 * What the logs of partitions take on a broker's disk, in bytes, by `topic/partition`: one replica, the
 * largest that there is. Partitions of which no broker tells are left out: where it may not be told, and
 * where the broker is away.
 *
 * DescribeLogDirs v1 (KIP-113; Kafka 1.0 and later):
 * request `[topic STRING, [partition INT32]]`; answer `throttle_time_ms INT32, [error_code INT16,
 * log_dir STRING, [topic STRING, [partition INT32, size INT64, offset_lag INT64, is_future BOOLEAN]]]`.
 *
 * @param places the partitions of each topic
 */
export async function logSizes(
  cluster: Cluster,
  places: ReadonlyMap<string, readonly number[]>,
): Promise<Map<string, number>> {
  const answers = await Promise.allSettled(
    cluster.getNodeIds().map((nodeId) => sizesOn(cluster, nodeId, places)),
  );
  const sizes = new Map<string, number>();
  for (const answer of answers) {
    if (answer.status === "rejected") continue;
    for (const { place, size } of answer.value) {
      sizes.set(place, Math.max(size, sizes.get(place) ?? 0));
    }
  }
  return sizes;
}

interface Size {
  readonly place: string;
  readonly size: number;
}

async function sizesOn(
  cluster: Cluster,
  nodeId: string,
  places: ReadonlyMap<string, readonly number[]>,
): Promise<Size[]> {
  const broker = await cluster.findBroker({ nodeId });
  if (!speaks(broker, DESCRIBE_LOG_DIRS, VERSION)) return [];
  return await exchange(broker, {
    apiKey: DESCRIBE_LOG_DIRS,
    apiName: "DescribeLogDirs",
    apiVersion: VERSION,
    flexible: false,
    write(writer) {
      writer.writeInt32(places.size);
      for (const [topic, partitions] of places) {
        writer.writeString(topic).writeInt32(partitions.length);
        for (const partition of partitions) writer.writeInt32(partition);
      }
    },
    read: readAnswer,
  });
}

function readAnswer(reader: Reader): Size[] {
  reader.readInt32();
  return reader.readArray((reader: Reader) => {
    reader.readInt16();
    reader.readString();
    return reader.readArray((reader: Reader) => {
      const topic = reader.readString();
      return reader.readArray((reader: Reader) => {
        const partition = reader.readInt32();
        const size = Number(reader.readInt64());
        reader.readInt64();
        reader.readInt8();
        return { place: `${topic}/${partition}`, size };
      });
    }).flat();
  }).flat();
}
