import assert from "node:assert/strict";
import { explainKafkaRefusal } from "../../../shared/kafka/refusal.ts";
import { readSettings } from "../../../shared/cli/settings.ts";

const env: Record<string, string> = {
  KAFKA_BROKERS: "broker.example:9093",
  KAFKA_TLS: "on",
  KAFKA_SASL_MECHANISM: "plain",
  KAFKA_SASL_USERNAME: "user",
  KAFKA_SASL_PASSWORD: "secret-password",
};
const settings = readSettings((name) => env[name]);

/** An error as kafkajs makes it. */
function kafkaError(name: string, message: string, facts: object = {}): Error {
  return Object.assign(new Error(message), { name, ...facts });
}

Deno.test("explainKafkaRefusal() repeats nothing that the broker says of a sign-in", {
  permissions: "none",
}, async () => {
  const error = kafkaError(
    "KafkaJSSASLAuthenticationError",
    "SASL PLAIN authentication failed: no user with the password secret-password",
  );
  const explained = await explainKafkaRefusal(error, settings);
  assert.match(
    explained?.message ?? "",
    /broker\.example:9093: authentication failed for the user "user"/,
  );
  assert.doesNotMatch(`${explained?.message}${explained?.hint}`, /secret/);
});

Deno.test("explainKafkaRefusal() leaves a connection that was lost to further tries", {
  permissions: "none",
}, async () => {
  const lost = [
    "SASL PLAIN authentication failed: Connection timeout",
    "SASL SCRAM SHA256 authentication failed: Request SaslAuthenticate(key: 36, version: 1) timed out",
    "SASL PLAIN authentication failed: Connection error: connect ECONNREFUSED",
  ];
  for (const message of lost) {
    const error = kafkaError("KafkaJSSASLAuthenticationError", message);
    assert.equal(await explainKafkaRefusal(error, settings), undefined, message);
  }
  const away = kafkaError("KafkaJSConnectionError", "Connection error: connect ECONNREFUSED");
  assert.equal(await explainKafkaRefusal(away, settings), undefined);
});

Deno.test("explainKafkaRefusal() names the broker whose certificate is not trusted", {
  permissions: "none",
}, async () => {
  const cause = kafkaError("KafkaJSConnectionError", "Connection error: certificate has expired", {
    broker: "second.example:9093",
    code: "CERT_HAS_EXPIRED",
  });
  const error = new Error("retries exceeded", { cause });
  const explained = await explainKafkaRefusal(error, settings);
  assert.equal(
    explained?.message,
    "Cannot use Kafka at second.example:9093: its certificate is not trusted (certificate has expired)",
  );
});
