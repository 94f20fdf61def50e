import errors from "kafkajs/src/protocol/error.js";
import assert from "node:assert/strict";
import { reasonOf, ServiceError } from "../../../shared/cli/errors.ts";
import { explainKafka, isFenced, isTooLarge } from "../../../shared/kafka/broker_errors.ts";
import { readSettings } from "../../../shared/cli/settings.ts";

const unit = { permissions: "none" } as const;
const settings = readSettings((name) => name === "KAFKA_BROKERS" ? "broker.example:9092" : "");

/** A broker's answer as kafkajs throws it, inside of as many wrappers as it puts around. */
function answer(type: string, wrappers: readonly string[] = []): Error {
  const own = Object.assign(new Error("what kafkajs says"), { name: "KafkaJSProtocolError", type });
  return wrappers.reduce<Error>(
    (cause, name) => Object.assign(new Error(cause.message, { cause }), { name }),
    own,
  );
}

Deno.test("explainKafka() says of what a broker answers what, why and what to do", unit, () => {
  const cases: [type: string, message: RegExp, hint: RegExp][] = [
    [
      "TOPIC_AUTHORIZATION_FAILED",
      /not authorized to access the topic sales/,
      /Write on the topic sales \(ACL\)/,
    ],
    ["MESSAGE_TOO_LARGE", /larger than the topic sales accepts/, /raise max\.message\.bytes/],
    ["UNKNOWN_TOPIC_OR_PARTITION", /the topic sales does not exist/, /TOPIC_PREFIX/],
    ["NOT_ENOUGH_REPLICAS", /the topic sales has fewer in-sync replicas/, /min\.insync\.replicas/],
    ["SOMETHING_NEW", /unexpected response: what kafkajs says/, /broker's log/],
  ];
  for (const [type, message, hint] of cases) {
    for (const wrappers of [[], ["KafkaJSNumberOfRetriesExceeded"]]) {
      const explained = explainKafka(answer(type, wrappers), settings, { topic: "sales" });
      assert.match(explained.message, /^Kafka at broker\.example:9092: /);
      assert.match(explained.message, new RegExp(`\\(${type}\\)$`));
      assert.match(explained.message, message);
      assert.match(explained.hint ?? "", hint);
    }
  }
});

Deno.test("explainKafka() names the address where no broker answered", unit, () => {
  const error = Object.assign(new Error("connect ECONNREFUSED"), {
    name: "KafkaJSConnectionError",
  });
  const explained = explainKafka(error, settings);
  assert.equal(
    explained.message,
    "Cannot reach Kafka at broker.example:9092: connect ECONNREFUSED",
  );
  assert.match(explained.hint ?? "", /KAFKA_BROKERS/);
});

Deno.test("explainKafka() leaves alone what is explained", unit, () => {
  const known = new ServiceError("Kafka", "known", "do this");
  assert.equal(explainKafka(known, settings), known);
  assert.equal(reasonOf(known), "known; do this");
});

Deno.test("isTooLarge() and isFenced() look into what kafkajs wraps", unit, () => {
  const wrappers = ["KafkaJSNonRetriableError"];
  assert.ok(isTooLarge(answer("MESSAGE_TOO_LARGE", wrappers)));
  assert.ok(isTooLarge(answer("RECORD_LIST_TOO_LARGE")));
  assert.ok(isFenced(answer("INVALID_PRODUCER_EPOCH", wrappers)));
  assert.ok(!isTooLarge(answer("NOT_ENOUGH_REPLICAS")) && !isFenced(new Error("epoch")));
});

/** Codes of requests that we never send. */
const NEVER = new Set([
  // To a controller, or between brokers.
  ...["STALE_CONTROLLER_EPOCH", "STALE_BROKER_EPOCH"],
  // AlterReplicaLogDirs, ElectLeaders, AlterPartitionReassignments, DeleteTopics, OffsetDelete.
  ...["LOG_DIR_NOT_FOUND", "PREFERRED_LEADER_NOT_AVAILABLE", "ELIGIBLE_LEADERS_NOT_AVAILABLE"],
  ...["ELECTION_NOT_NEEDED", "REASSIGNMENT_IN_PROGRESS", "NO_REASSIGNMENT_IN_PROGRESS"],
  ...["TOPIC_DELETION_DISABLED", "GROUP_SUBSCRIBED_TO_TOPIC", "INVALID_REPLICA_ASSIGNMENT"],
  // ACLs and delegation tokens.
  ...["SECURITY_DISABLED", "DELEGATION_TOKEN_AUTH_DISABLED", "DELEGATION_TOKEN_NOT_FOUND"],
  ...["DELEGATION_TOKEN_OWNER_MISMATCH", "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED"],
  ...["DELEGATION_TOKEN_AUTHORIZATION_FAILED", "DELEGATION_TOKEN_EXPIRED"],
  ...["INVALID_PRINCIPAL_TYPE"],
]);

/** What a try that is made again later cannot change. */
const REFUSALS = new Set([
  ...["TOPIC_AUTHORIZATION_FAILED", "GROUP_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED"],
  ...["TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "POLICY_VIOLATION", "SASL_AUTHENTICATION_FAILED"],
  ...["UNSUPPORTED_SASL_MECHANISM", "ILLEGAL_SASL_STATE", "UNSUPPORTED_VERSION"],
  ...["INVALID_REQUEST", "INVALID_REQUIRED_ACKS", "INVALID_FETCH_SIZE"],
  ...["INVALID_COMMIT_OFFSET_SIZE", "INVALID_TOPIC_EXCEPTION", "INVALID_PARTITIONS"],
  ...["INVALID_CONFIG", "INVALID_RECORD", "UNSUPPORTED_COMPRESSION_TYPE"],
  ...["UNSUPPORTED_FOR_MESSAGE_FORMAT", "MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"],
  ...["INVALID_TIMESTAMP", "INCONSISTENT_GROUP_PROTOCOL", "INVALID_GROUP_ID"],
  ...["INVALID_SESSION_TIMEOUT", "OFFSET_METADATA_TOO_LARGE", "INVALID_PRODUCER_EPOCH"],
  ...["INVALID_TRANSACTION_TIMEOUT"],
]);

Deno.test(
  "explainKafka() has a sentence for every code that Kafka can answer to us, and knows which pass",
  unit,
  () => {
    const asked = { topic: "sales", group: "g" };
    const types = (errors.errorCodes as { code: number; type: string }[]).map(({ type }) => type);
    assert.ok(types.length > 80);
    for (const type of types) {
      const { message, hint, canRetry, service } = explainKafka(answer(type), settings, asked);
      const hasNone = message.includes("unexpected response: what kafkajs says");
      assert.equal(hasNone, NEVER.has(type), type);
      assert.ok(hint && hint.length > 5, type);
      assert.equal(canRetry, !REFUSALS.has(type), type);
      const named = canRetry
        ? "Kafka at broker.example:9092"
        : "The topic sales of Kafka at broker";
      assert.ok(service.startsWith(named), service);
    }
  },
);

Deno.test("explainKafka() knows by their numbers what kafkajs does not know", unit, () => {
  for (const number of [89, 90, 100, 103, 106, 120]) {
    const error = Object.assign(new Error(`Unknown error code ${number}`), {
      name: "KafkaJSProtocolError",
      type: "KAFKAJS_UNKNOWN_ERROR_CODE",
    });
    const { message } = explainKafka(error, settings);
    assert.match(message, /: .* \([A-Z_]+\)$/);
    assert.doesNotMatch(message, /unexpected response|UNKNOWN_ERROR_CODE/);
    assert.equal(isFenced(error), number === 90);
  }
});
