import assert from "node:assert/strict";
import { UserError } from "../shared/errors.ts";
import { explainKafka, isFenced, isTooLarge, reasonOf } from "../shared/kafka_errors.ts";
import { readSettings } from "../shared/settings.ts";

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
      /may not use the topic sales/,
      /write the topic sales \(an ACL\)/,
    ],
    ["MESSAGE_TOO_LARGE", /larger than the topic sales takes/, /raise max\.message\.bytes/],
    ["UNKNOWN_TOPIC_OR_PARTITION", /the topic sales is not there/, /TOPIC_PREFIX/],
    ["NOT_ENOUGH_REPLICAS", /the topic sales has fewer in-sync replicas/, /min\.insync\.replicas/],
    ["SOMETHING_NEW", /it answers: what kafkajs says/, /broker's log/],
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
  const known = new UserError("known", "do this");
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
