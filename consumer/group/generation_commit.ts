import type { OffsetsByTopicPartition } from "kafkajs";
import ConsumerGroup from "kafkajs/src/consumer/consumerGroup.js";

/** The part of kafkajs' offset manager that is used here; there is one per generation. */
interface OffsetManager {
  commitOffsets(offsets: OffsetsByTopicPartition): Promise<void>;
}

/** The part of kafkajs' consumer group that is used here. */
interface Group {
  readonly cluster: object;
  readonly offsetManager: OffsetManager;
  connect(): Promise<void>;
}

/**
 * Sends one OffsetCommit in the generation that it was taken in, whatever the group does meanwhile.
 */
export type CommitOffsets = (offsets: OffsetsByTopicPartition) => Promise<void>;

const groups = new WeakMap<object, Group>();
const prototype = ConsumerGroup.prototype as Group;
const { connect } = prototype;
prototype.connect = function () {
  groups.set(this.cluster, this);
  return connect.call(this);
};

/**
 * The commit function of the generation that a consumer has just joined. kafkajs makes an offset
 * manager for each generation, which keeps the generation's number and the member's id: a commit
 * through it is refused by the broker once the group has moved on. kafkajs' own `commitOffsets` is
 * of no use, as it retries in whatever generation is current then; the one in `eachBatch` only
 * exists once messages have arrived, and a recovered plan must be replaced even without any.
 *
 * @param cluster the consumer's cluster, as its partition assigner gets it; call it in the listener
 * of
 *   GROUP_JOIN
 */
export function commitOfGeneration(cluster: object): CommitOffsets {
  const { offsetManager } = groups.get(cluster)!;
  return (offsets) => offsetManager.commitOffsets(offsets);
}
