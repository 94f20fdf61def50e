import assert from "node:assert/strict";
import { UserError } from "../../../shared/cli/errors.ts";
import { unprotected } from "../../../shared/cli/kafka_security.ts";
import { readSettings } from "../../../shared/cli/settings.ts";

const sasl = {
  KAFKA_SASL_MECHANISM: "scram-sha-256",
  KAFKA_SASL_USERNAME: "us er",
  KAFKA_SASL_PASSWORD: " pass word ",
};

function security(env: Record<string, string>) {
  return readSettings((name) => env[name]).kafkaSecurity;
}

Deno.test("readSecurity() protects nothing by default", { permissions: "none" }, () => {
  assert.deepEqual(security({}), unprotected);
});

Deno.test("readSecurity() keeps the blanks of a password", { permissions: "none" }, () => {
  assert.deepEqual(security({ ...sasl, KAFKA_TLS: "on", KAFKA_TLS_CA: "certs/ca.pem" }), {
    tls: true,
    caFile: "certs/ca.pem",
    sasl: { mechanism: "scram-sha-256", username: "us er", password: " pass word " },
  });
});

Deno.test("readSecurity() refuses half of a protection by name", { permissions: "none" }, () => {
  const halves: [Record<string, string>, RegExp][] = [
    [{ KAFKA_TLS_CA: "certs/ca.pem" }, /^KAFKA_TLS_CA is set, but KAFKA_TLS is not$/],
    [{ ...sasl, KAFKA_SASL_MECHANISM: "" }, /^KAFKA_SASL_USERNAME .* KAFKA_SASL_MECHANISM is not$/],
    [{ KAFKA_SASL_PASSWORD: "p" }, /^KAFKA_SASL_PASSWORD .* KAFKA_SASL_MECHANISM is not$/],
    [{ ...sasl, KAFKA_SASL_USERNAME: "" }, /^KAFKA_SASL_MECHANISM .* KAFKA_SASL_USERNAME is not$/],
    [{ ...sasl, KAFKA_SASL_PASSWORD: "" }, /^KAFKA_SASL_MECHANISM .* KAFKA_SASL_PASSWORD is not$/],
  ];
  for (const [env, message] of halves) {
    assert.throws(
      () => security(env),
      (error) =>
        error instanceof UserError && error.exitCode === 2 && message.test(error.message) &&
        Boolean(error.hint),
      JSON.stringify(env),
    );
  }
});

Deno.test("readSettings() never shows a secret that is wrong", { permissions: "none" }, () => {
  const env: Record<string, string> = { ...sasl, KAFKA_SASL_PASSWORD: "se\ncret" };
  assert.throws(() => security(env), (error) => {
    assert.ok(error instanceof UserError);
    assert.match(error.message, /KAFKA_SASL_PASSWORD/);
    assert.doesNotMatch(`${error.message}${error.hint}${error.stack}`, /cret/);
    return true;
  });
});
