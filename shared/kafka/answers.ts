/** What was asked of Kafka when it failed. */
export interface Asked {
  readonly topic?: string;
  readonly group?: string;
}

/** What an answer of Kafka means, and what to do. */
export interface Answer {
  readonly why: string;
  readonly hint: string;
  /** Whether the same may succeed later, without anybody changing something here. @default true */
  readonly passes?: boolean;
}

/** Codes that kafkajs does not know: it only says their numbers. */
export const LATER_CODES: Readonly<Record<string, string>> = {
  "89": "THROTTLING_QUOTA_EXCEEDED",
  "90": "PRODUCER_FENCED",
  "100": "UNKNOWN_TOPIC_ID",
  "103": "INCONSISTENT_TOPIC_ID",
  "106": "FETCH_SESSION_TOPIC_ID_ERROR",
  "120": "TRANSACTION_ABORTABLE",
};

const SEE_LOG = "see the broker's log";
const PASSES = "it passes; see the broker's log if it does not";

/**
 * What the codes mean that Kafka can answer to our requests: to connect and sign in, about topics
 * (Metadata, CreateTopics, DescribeConfigs), to read and write (Fetch, ListOffsets, OffsetForLeaderEpoch,
 * Produce), in a group (FindCoordinator to LeaveGroup, OffsetCommit, OffsetFetch, DescribeGroups,
 * DeleteGroups) and in a transaction (InitProducerId, AddPartitionsToTxn, EndTxn). The one home of these
 * words.
 *
 * Source: the Kafka protocol guide, "Error Codes".
 */
export function answersFor({ topic, group }: Asked): Readonly<Record<string, Answer>> {
  const named = topic ? `the topic ${topic}` : "the topic";
  const theGroup = `the consumer group${group ? ` ${group}` : ""}`;
  const tooLarge: Answer = {
    why: `a message is larger than ${named} takes`,
    hint: `raise max.message.bytes of ${named}`,
    passes: false,
  };
  const noLeader: Answer = {
    why: `a partition of ${named} has no leader at the moment`,
    hint: "see which brokers run, and their logs",
  };
  const fewReplicas: Answer = {
    why: `${named} has fewer in-sync replicas than it demands`,
    hint: `bring its brokers back, or lower min.insync.replicas of ${named}`,
  };
  const fenced: Answer = {
    why: "another producer has the transactional id of this one now",
    hint: "see who else runs with it",
    passes: false,
  };
  const coordinator: Answer = {
    why: "it has no coordinator at the moment",
    hint: PASSES,
  };
  const rebalance: Answer = {
    why: `${theGroup} rebalances, or has gone on without this member`,
    hint: "it passes; raise SESSION_TIMEOUT if it comes again and again",
  };
  const topicId: Answer = {
    why: `${named} was deleted, and perhaps made again`,
    hint: "see who deletes topics there",
  };
  const sequence: Answer = {
    why: `it has lost track of this producer's messages in ${named}`,
    hint: `see whether records of ${named} were lost: its retention, and the broker's log`,
  };
  const signIn: Answer = {
    why: "it does not let us sign in like that",
    hint: "check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD, and the port",
    passes: false,
  };
  const misunderstood: Answer = {
    why: "it does not understand the request as we mean it",
    hint: "see which version it has, and its log",
    passes: false,
  };
  const damaged: Answer = {
    why: `what it has received, or has of ${named}, is damaged`,
    hint: "see the broker's log, its disk and the network",
  };
  return {
    UNKNOWN: { why: "it fails for a reason that it does not tell", hint: SEE_LOG },
    NETWORK_EXCEPTION: {
      why: "it was disconnected before it could answer",
      hint: "see which brokers run, and the network between them",
    },
    BROKER_NOT_AVAILABLE: {
      why: "a broker is not there",
      hint: "see which brokers run, and their logs",
    },
    REPLICA_NOT_AVAILABLE: {
      why: `a broker that has ${named} is not there`,
      hint: "see which brokers run, and their logs",
    },
    REQUEST_TIMED_OUT: {
      why: "it has not done in time what was asked",
      hint: "see which brokers run, and how busy they are",
    },
    THROTTLING_QUOTA_EXCEEDED: {
      why: "it is asked for more than the quota of our user allows",
      hint: "it passes; or raise the quota",
    },
    NOT_CONTROLLER: { why: "its controller is changing", hint: PASSES },

    UNSUPPORTED_VERSION: misunderstood,
    INVALID_REQUEST: misunderstood,
    INVALID_REQUIRED_ACKS: misunderstood,
    INVALID_FETCH_SIZE: misunderstood,
    INVALID_COMMIT_OFFSET_SIZE: misunderstood,
    LISTENER_NOT_FOUND: {
      why: "not all of its brokers have a listener of this kind",
      hint: "give each broker the same listeners",
    },
    UNSUPPORTED_SASL_MECHANISM: signIn,
    ILLEGAL_SASL_STATE: signIn,
    SASL_AUTHENTICATION_FAILED: signIn,

    TOPIC_AUTHORIZATION_FAILED: {
      why: `this client may not use ${named}`,
      hint: `allow its user to describe, read and write ${named} (an ACL)`,
      passes: false,
    },
    GROUP_AUTHORIZATION_FAILED: {
      why: `this client may not use ${theGroup}`,
      hint:
        "allow its user to read the group (an ACL), or set CONSUMER_GROUP to one that it may use",
      passes: false,
    },
    CLUSTER_AUTHORIZATION_FAILED: {
      why: "this client may not do that in the cluster",
      hint: "allow its user to create topics and to write idempotently (an ACL)",
      passes: false,
    },
    TRANSACTIONAL_ID_AUTHORIZATION_FAILED: {
      why: "this client may not use its transactional id",
      hint: "allow its user to describe and write it (an ACL)",
      passes: false,
    },
    POLICY_VIOLATION: { why: "a policy of the cluster forbids it", hint: SEE_LOG, passes: false },

    UNKNOWN_TOPIC_OR_PARTITION: {
      why: `${named} is not there, or has fewer partitions than before`,
      hint: "producers and consumers make their topics when they start: see TOPIC_PREFIX",
    },
    UNKNOWN_TOPIC_ID: topicId,
    INCONSISTENT_TOPIC_ID: topicId,
    FETCH_SESSION_TOPIC_ID_ERROR: topicId,
    INVALID_TOPIC_EXCEPTION: {
      why: `${named} has a name that no topic can have`,
      hint: "set TOPIC_PREFIX to letters, digits, dots, hyphens and underscores, 249 with the name",
      passes: false,
    },
    TOPIC_ALREADY_EXISTS: { why: `${named} is there already`, hint: PASSES },
    INVALID_PARTITIONS: {
      why: "no topic can have so many partitions",
      hint: "correct KAFKA_PARTITIONS",
      passes: false,
    },
    INVALID_REPLICATION_FACTOR: {
      why: "it has fewer brokers than a topic is to have replicas",
      hint: "bring its brokers back, or lower default.replication.factor",
    },
    INVALID_CONFIG: {
      why: `a setting of ${named} is wrong`,
      hint: "correct the broker's defaults for topics",
      passes: false,
    },
    LEADER_NOT_AVAILABLE: noLeader,
    NOT_LEADER_FOR_PARTITION: noLeader,
    FENCED_LEADER_EPOCH: noLeader,
    UNKNOWN_LEADER_EPOCH: noLeader,
    OFFSET_NOT_AVAILABLE: noLeader,
    KAFKA_STORAGE_ERROR: {
      why: `the disk of a broker that has ${named} fails`,
      hint: "see the broker's log, and whether its disk is full",
    },

    OFFSET_OUT_OF_RANGE: {
      why: `${named} does not hold the offset`,
      hint: "its retention has deleted it, or the topic was made again",
    },
    CORRUPT_MESSAGE: damaged,
    INVALID_RECORD: { ...damaged, why: `${named} does not take a record`, passes: false },
    UNSUPPORTED_COMPRESSION_TYPE: {
      why: `${named} is compressed in a way that it cannot send us`,
      hint: "upgrade the brokers, or set compression.type of the topic",
      passes: false,
    },
    UNSUPPORTED_FOR_MESSAGE_FORMAT: {
      why: `${named} has records in a format of before Kafka 0.11`,
      hint: "raise message.format.version of the topic",
      passes: false,
    },
    FETCH_SESSION_ID_NOT_FOUND: { why: "it has forgotten the fetch session", hint: PASSES },
    INVALID_FETCH_SESSION_EPOCH: { why: "it has forgotten the fetch session", hint: PASSES },

    MESSAGE_TOO_LARGE: tooLarge,
    RECORD_LIST_TOO_LARGE: tooLarge,
    NOT_ENOUGH_REPLICAS: fewReplicas,
    NOT_ENOUGH_REPLICAS_AFTER_APPEND: fewReplicas,
    INVALID_TIMESTAMP: {
      why: `the time of a message is further from now than ${named} takes`,
      hint: `see message.timestamp.before.max.ms and message.timestamp.after.max.ms of ${named}`,
      passes: false,
    },
    OUT_OF_ORDER_SEQUENCE_NUMBER: sequence,
    DUPLICATE_SEQUENCE_NUMBER: sequence,
    UNKNOWN_PRODUCER_ID: sequence,
    INVALID_PRODUCER_ID_MAPPING: sequence,

    GROUP_COORDINATOR_NOT_AVAILABLE: coordinator,
    NOT_COORDINATOR_FOR_GROUP: coordinator,
    GROUP_LOAD_IN_PROGRESS: { why: "its coordinator is starting", hint: PASSES },
    ILLEGAL_GENERATION: rebalance,
    UNKNOWN_MEMBER_ID: rebalance,
    REBALANCE_IN_PROGRESS: rebalance,
    MEMBER_ID_REQUIRED: rebalance,
    FENCED_INSTANCE_ID: rebalance,
    INCONSISTENT_GROUP_PROTOCOL: {
      why: `${theGroup} has members that are no consumers like this one`,
      hint: "give this pipeline a CONSUMER_GROUP of its own",
      passes: false,
    },
    INVALID_GROUP_ID: {
      why: `${theGroup} has a name that no group can have`,
      hint: "correct CONSUMER_GROUP",
      passes: false,
    },
    INVALID_SESSION_TIMEOUT: {
      why: "it does not allow this session timeout",
      hint:
        "set SESSION_TIMEOUT to what lies between group.min.session.timeout.ms and group.max.session.timeout.ms of the broker",
      passes: false,
    },
    GROUP_MAX_SIZE_REACHED: {
      why: `${theGroup} has as many members as it may have`,
      hint: "raise group.max.size of the broker, or stop a member",
    },
    OFFSET_METADATA_TOO_LARGE: {
      why: "it does not take the plan in the metadata of an offset",
      hint: "raise offset.metadata.max.bytes of the broker to 4096, its default",
      passes: false,
    },
    UNSTABLE_OFFSET_COMMIT: { why: "a transaction that commits offsets is open", hint: PASSES },
    GROUP_ID_NOT_FOUND: {
      why: `${theGroup} is not there`,
      hint: "a consumer makes it: see CONSUMER_GROUP",
    },
    NON_EMPTY_GROUP: { why: `${theGroup} still has members`, hint: "stop its consumers first" },

    INVALID_PRODUCER_EPOCH: fenced,
    PRODUCER_FENCED: fenced,
    TRANSACTION_COORDINATOR_FENCED: coordinator,
    CONCURRENT_TRANSACTIONS: { why: "the transaction before is not complete yet", hint: PASSES },
    INVALID_TXN_STATE: {
      why: "the transaction was ended by somebody else",
      hint: "run it again; transactions may last for transaction.timeout.ms only",
    },
    TRANSACTION_ABORTABLE: { why: "the transaction must be begun again", hint: "run it again" },
    OPERATION_NOT_ATTEMPTED: {
      why: "it did not try, as another part of the request had failed",
      hint: "see the error beside it, and the broker's log",
    },
    INVALID_TRANSACTION_TIMEOUT: {
      why: "it does not allow transactions to last for so long",
      hint: "raise transaction.max.timeout.ms of the broker",
      passes: false,
    },
  };
}
