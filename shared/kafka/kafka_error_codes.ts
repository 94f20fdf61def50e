/** What a failed request was about. */
export interface Asked {
  readonly topic?: string;
  readonly group?: string;
}

/** What an error code of Kafka means, and what to do. */
export interface Explanation {
  readonly why: string;
  readonly hint: string;
  /** Whether a retry may succeed without any change here. @default true */
  readonly canRetry?: boolean;
}

/** Codes that kafkajs does not know by name. */
export const LATER_CODES: Readonly<Record<string, string>> = {
  "89": "THROTTLING_QUOTA_EXCEEDED",
  "90": "PRODUCER_FENCED",
  "100": "UNKNOWN_TOPIC_ID",
  "103": "INCONSISTENT_TOPIC_ID",
  "106": "FETCH_SESSION_TOPIC_ID_ERROR",
  "120": "TRANSACTION_ABORTABLE",
};

const SEE_LOG = "see the broker's log";
const PASSES = "usually transient; otherwise check the broker's log";

/**
 * What the error codes mean that Kafka can return to our requests: to connect and sign in, about
 * topics (Metadata, CreateTopics, DescribeConfigs), to read and write (Fetch, ListOffsets,
 * OffsetForLeaderEpoch, Produce), in a group (FindCoordinator to LeaveGroup, OffsetCommit,
 * OffsetFetch, DescribeGroups, DeleteGroups) and in a transaction (InitProducerId,
 * AddPartitionsToTxn, EndTxn). The only place for these texts.
 *
 * Source: the Kafka protocol guide, "Error Codes".
 */
export function kafkaExplanations({ topic, group }: Asked): Readonly<Record<string, Explanation>> {
  const named = topic ? `the topic ${topic}` : "the topic";
  const theGroup = `the consumer group${group ? ` ${group}` : ""}`;
  const tooLarge: Explanation = {
    why: `a message is larger than ${named} accepts`,
    hint: `raise max.message.bytes of ${named}`,
    canRetry: false,
  };
  const noLeader: Explanation = {
    why: `a partition of ${named} has no leader`,
    hint: "check which brokers are up, and their logs",
  };
  const fewReplicas: Explanation = {
    why: `${named} has fewer in-sync replicas than min.insync.replicas`,
    hint: `bring its brokers back, or lower min.insync.replicas of ${named}`,
  };
  const fenced: Explanation = {
    why: "fenced: another producer has taken over the transactional id",
    hint: "find the other producer with this transactional id",
    canRetry: false,
  };
  const coordinator: Explanation = {
    why: "the coordinator is not available",
    hint: PASSES,
  };
  const rebalance: Explanation = {
    why: `${theGroup} is rebalancing, or has expelled this member`,
    hint: "usually transient; raise SESSION_TIMEOUT if it recurs",
  };
  const topicId: Explanation = {
    why: `${named} was deleted, and perhaps recreated`,
    hint: "find out who deletes topics",
  };
  const sequence: Explanation = {
    why: `the producer's sequence numbers do not match those of ${named}`,
    hint: `check for lost records of ${named}: its retention, and the broker's log`,
  };
  const signIn: Explanation = {
    why: "SASL authentication failed",
    hint: "check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD, and the port",
    canRetry: false,
  };
  const misunderstood: Explanation = {
    why: "the broker does not support this request",
    hint: "check the broker's version and log",
    canRetry: false,
  };
  const damaged: Explanation = {
    why: `corrupt data was sent to, or read from, ${named}`,
    hint: "check the broker's log, its disk and the network",
  };
  return {
    UNKNOWN: { why: "unknown server error", hint: SEE_LOG },
    NETWORK_EXCEPTION: {
      why: "the connection was lost before the response arrived",
      hint: "check which brokers are up, and the network",
    },
    BROKER_NOT_AVAILABLE: {
      why: "a broker is not available",
      hint: "check which brokers are up, and their logs",
    },
    REPLICA_NOT_AVAILABLE: {
      why: `a replica of ${named} is not available`,
      hint: "check which brokers are up, and their logs",
    },
    REQUEST_TIMED_OUT: {
      why: "the request timed out",
      hint: "check which brokers are up, and their load",
    },
    THROTTLING_QUOTA_EXCEEDED: {
      why: "the user's quota is exceeded",
      hint: "it is throttled until it is back within the quota; or raise the quota",
    },
    NOT_CONTROLLER: { why: "the controller is moving", hint: PASSES },

    UNSUPPORTED_VERSION: misunderstood,
    INVALID_REQUEST: misunderstood,
    INVALID_REQUIRED_ACKS: misunderstood,
    INVALID_FETCH_SIZE: misunderstood,
    INVALID_COMMIT_OFFSET_SIZE: misunderstood,
    LISTENER_NOT_FOUND: {
      why: "the partition's leader has no matching listener",
      hint: "configure the same listeners on every broker",
    },
    UNSUPPORTED_SASL_MECHANISM: signIn,
    ILLEGAL_SASL_STATE: signIn,
    SASL_AUTHENTICATION_FAILED: signIn,

    TOPIC_AUTHORIZATION_FAILED: {
      why: `not authorized to access ${named}`,
      hint: `grant the user Describe, Read and Write on ${named} (ACL)`,
      canRetry: false,
    },
    GROUP_AUTHORIZATION_FAILED: {
      why: `not authorized to access ${theGroup}`,
      hint: "grant the user Read on the group (ACL), or set CONSUMER_GROUP to one it may use",
      canRetry: false,
    },
    CLUSTER_AUTHORIZATION_FAILED: {
      why: "not authorized on the cluster",
      hint: "grant the user Create and IdempotentWrite on the cluster (ACL)",
      canRetry: false,
    },
    TRANSACTIONAL_ID_AUTHORIZATION_FAILED: {
      why: "not authorized to use its transactional id",
      hint: "grant the user Describe and Write on the transactional id (ACL)",
      canRetry: false,
    },
    POLICY_VIOLATION: { why: "a policy of the cluster forbids it", hint: SEE_LOG, canRetry: false },

    UNKNOWN_TOPIC_OR_PARTITION: {
      why: `${named} does not exist, or has fewer partitions than before`,
      hint: "producers and consumers create their topics at start: check TOPIC_PREFIX",
    },
    UNKNOWN_TOPIC_ID: topicId,
    INCONSISTENT_TOPIC_ID: topicId,
    FETCH_SESSION_TOPIC_ID_ERROR: topicId,
    INVALID_TOPIC_EXCEPTION: {
      why: `the name of ${named} is not valid`,
      hint:
        "use letters, digits, dots, hyphens and underscores in TOPIC_PREFIX, 249 at most with the name",
      canRetry: false,
    },
    TOPIC_ALREADY_EXISTS: { why: `${named} exists already`, hint: PASSES },
    INVALID_PARTITIONS: {
      why: "the number of partitions is not valid",
      hint: "correct KAFKA_PARTITIONS",
      canRetry: false,
    },
    INVALID_REPLICATION_FACTOR: {
      why: "the replication factor is larger than the number of brokers",
      hint: "bring its brokers back, or lower default.replication.factor",
    },
    INVALID_CONFIG: {
      why: `a topic setting of ${named} is not valid`,
      hint: "correct the broker's defaults for topics",
      canRetry: false,
    },
    LEADER_NOT_AVAILABLE: noLeader,
    NOT_LEADER_FOR_PARTITION: noLeader,
    FENCED_LEADER_EPOCH: noLeader,
    UNKNOWN_LEADER_EPOCH: noLeader,
    OFFSET_NOT_AVAILABLE: noLeader,
    KAFKA_STORAGE_ERROR: {
      why: `a disk error on a broker that hosts ${named}`,
      hint: "check the broker's log, and whether its disk is full",
    },

    OFFSET_OUT_OF_RANGE: {
      why: `offset out of range in ${named}`,
      hint: "retention has deleted it, or the topic was recreated",
    },
    CORRUPT_MESSAGE: damaged,
    INVALID_RECORD: { ...damaged, why: `${named} rejected a record`, canRetry: false },
    UNSUPPORTED_COMPRESSION_TYPE: {
      why: `${named} uses a compression codec that this version of the protocol cannot return`,
      hint: "upgrade the brokers, or set compression.type of the topic",
      canRetry: false,
    },
    UNSUPPORTED_FOR_MESSAGE_FORMAT: {
      why: `${named} has records in a message format older than Kafka 0.11`,
      hint: "raise message.format.version of the topic",
      canRetry: false,
    },
    FETCH_SESSION_ID_NOT_FOUND: { why: "the fetch session has expired", hint: PASSES },
    INVALID_FETCH_SESSION_EPOCH: { why: "the fetch session has expired", hint: PASSES },

    MESSAGE_TOO_LARGE: tooLarge,
    RECORD_LIST_TOO_LARGE: tooLarge,
    NOT_ENOUGH_REPLICAS: fewReplicas,
    NOT_ENOUGH_REPLICAS_AFTER_APPEND: fewReplicas,
    INVALID_TIMESTAMP: {
      why: `the timestamp of a message is further from now than ${named} accepts`,
      hint: `check message.timestamp.before.max.ms and message.timestamp.after.max.ms of ${named}`,
      canRetry: false,
    },
    OUT_OF_ORDER_SEQUENCE_NUMBER: sequence,
    DUPLICATE_SEQUENCE_NUMBER: sequence,
    UNKNOWN_PRODUCER_ID: sequence,
    INVALID_PRODUCER_ID_MAPPING: sequence,

    GROUP_COORDINATOR_NOT_AVAILABLE: coordinator,
    NOT_COORDINATOR_FOR_GROUP: coordinator,
    GROUP_LOAD_IN_PROGRESS: { why: "the coordinator is loading", hint: PASSES },
    ILLEGAL_GENERATION: rebalance,
    UNKNOWN_MEMBER_ID: rebalance,
    REBALANCE_IN_PROGRESS: rebalance,
    MEMBER_ID_REQUIRED: rebalance,
    FENCED_INSTANCE_ID: rebalance,
    INCONSISTENT_GROUP_PROTOCOL: {
      why: `${theGroup} has members with another assignment protocol`,
      hint: "give this pipeline a CONSUMER_GROUP of its own",
      canRetry: false,
    },
    INVALID_GROUP_ID: {
      why: `the name of ${theGroup} is not valid`,
      hint: "correct CONSUMER_GROUP",
      canRetry: false,
    },
    INVALID_SESSION_TIMEOUT: {
      why: "the session timeout is out of the broker's range",
      hint:
        "set SESSION_TIMEOUT between the broker's group.min.session.timeout.ms and group.max.session.timeout.ms",
      canRetry: false,
    },
    GROUP_MAX_SIZE_REACHED: {
      why: `${theGroup} has reached group.max.size`,
      hint: "raise the broker's group.max.size, or stop a member",
    },
    OFFSET_METADATA_TOO_LARGE: {
      why: "the offset metadata that holds the plan is too large for the broker",
      hint: "raise the broker's offset.metadata.max.bytes to 4096, its default",
      canRetry: false,
    },
    UNSTABLE_OFFSET_COMMIT: { why: "an open transaction has uncommitted offsets", hint: PASSES },
    GROUP_ID_NOT_FOUND: {
      why: `${theGroup} does not exist`,
      hint: "the first consumer creates it: check CONSUMER_GROUP",
    },
    NON_EMPTY_GROUP: { why: `${theGroup} still has members`, hint: "stop its consumers first" },

    INVALID_PRODUCER_EPOCH: fenced,
    PRODUCER_FENCED: fenced,
    TRANSACTION_COORDINATOR_FENCED: coordinator,
    CONCURRENT_TRANSACTIONS: { why: "the previous transaction is still completing", hint: PASSES },
    INVALID_TXN_STATE: {
      why: "the transaction was ended elsewhere, or has timed out",
      hint: "run it again; a transaction may last for transaction.timeout.ms",
    },
    TRANSACTION_ABORTABLE: {
      why: "the transaction was aborted and must be retried",
      hint: "run it again",
    },
    OPERATION_NOT_ATTEMPTED: {
      why: "not attempted, as another part of the request failed",
      hint: "check the other error, and the broker's log",
    },
    INVALID_TRANSACTION_TIMEOUT: {
      why: "the transaction timeout is above the broker's maximum",
      hint: "raise the broker's transaction.max.timeout.ms",
      canRetry: false,
    },
  };
}
