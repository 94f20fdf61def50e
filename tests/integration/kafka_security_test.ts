import assert from "node:assert/strict";
import { UserError } from "../../shared/cli/errors.ts";
import { connectAdmin, kafkaClient } from "../../shared/kafka/client.ts";
import { native } from "./native.ts";
import { kafkaUser } from "./secure_broker.ts";
import { type SecureServices, secureServices } from "./secure_services.ts";
import { type Env, settingsOf } from "./settings.ts";

Deno.test({ name: "native runtime: Kafka over TLS and SASL", ignore: !native, fn });

async function fn(t: Deno.TestContext) {
  await using secure = await secureServices();
  const { kafka, certificates: { ca } } = secure;
  const noTls = { KAFKA_TLS: "", KAFKA_TLS_CA: "" };
  const noSasl = { KAFKA_SASL_MECHANISM: "", KAFKA_SASL_USERNAME: "", KAFKA_SASL_PASSWORD: "" };

  for (const mechanism of ["plain", "scram-sha-256", "scram-sha-512"]) {
    const sasl = { KAFKA_SASL_MECHANISM: mechanism };
    await t.step(`connectAdmin() signs in by ${mechanism} over TLS`, async () => {
      await connects(secure, sasl);
    });
    await t.step(`connectAdmin() refuses a wrong password (${mechanism})`, async () => {
      await refused(secure, { ...sasl, KAFKA_SASL_PASSWORD: "pw-wrong" }, [
        `Cannot use Kafka at ${kafka.sasl_ssl}`,
        `authentication failed for the user "${kafkaUser.name}" (${mechanism})`,
        "check KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD",
      ]);
    });
    await t.step(`connectAdmin() refuses an unknown user (${mechanism})`, async () => {
      await refused(secure, { ...sasl, KAFKA_SASL_USERNAME: "nobody" }, [
        `authentication failed for the user "nobody" (${mechanism})`,
      ]);
    });
  }
  await t.step("connectAdmin() uses TLS without SASL, and SASL without TLS", async () => {
    await connects(secure, { KAFKA_BROKERS: kafka.ssl, ...noSasl });
    const plain = { ...noTls, KAFKA_SASL_MECHANISM: "plain" };
    await connects(secure, { KAFKA_BROKERS: kafka.sasl_plaintext, ...plain });
  });
  await t.step(
    "connectAdmin() refuses a certificate of an authority that it does not know",
    () =>
      refused(secure, { KAFKA_TLS_CA: "" }, [
        `Cannot use Kafka at ${kafka.sasl_ssl}`,
        "its certificate is not trusted",
        "set KAFKA_TLS_CA",
      ]),
  );
  await t.step(
    "connectAdmin() refuses a certificate for another host",
    () =>
      refused(
        secure,
        { KAFKA_BROKERS: kafka.sasl_ssl.replace("localhost", "127.0.0.1") },
        [
          "its certificate is not trusted",
        ],
      ),
  );
  await t.step(
    "connectAdmin() tells that a port speaks no TLS",
    () =>
      refused(secure, { KAFKA_BROKERS: kafka.plaintext, ...noSasl }, [
        `Cannot use Kafka at ${kafka.plaintext}: the listener is plaintext`,
        "unset KAFKA_TLS",
      ]),
  );
  await t.step(
    "connectAdmin() tells that a port speaks TLS",
    () =>
      refused(secure, { KAFKA_BROKERS: kafka.ssl, ...noTls, ...noSasl }, [
        `Cannot use Kafka at ${kafka.ssl}: the listener requires TLS`,
        "set KAFKA_TLS to on",
      ]),
  );
  await t.step("connectAdmin() tells that a port wants a user, with TLS and without", async () => {
    await refused(secure, noSasl, ["the listener requires SASL (", "scram-sha-512"]);
    await refused(secure, { KAFKA_BROKERS: kafka.sasl_plaintext, ...noTls, ...noSasl }, [
      "the listener requires SASL (",
      "set KAFKA_SASL_MECHANISM",
    ]);
  });
  await t.step(
    "connectAdmin() tells that nobody can sign in at a port",
    () => refused(secure, { KAFKA_BROKERS: kafka.ssl }, ["SASL is not enabled on this listener"]),
  );
  await t.step(
    "connectAdmin() tells which mechanisms a port offers",
    () =>
      refused(secure, { KAFKA_BROKERS: kafka.sasl_plaintext, ...noTls }, [
        "it does not support scram-sha-512, only ",
        "scram-sha-256",
      ]),
  );
  await t.step("kafkaClient() tells what is wrong with the file of authorities", () => {
    const client = (KAFKA_TLS_CA: string) => () =>
      kafkaClient(settingsOf({ ...secure.env, KAFKA_TLS_CA }), "test");
    assert.throws(client(`${ca}.not-there`), /KAFKA_TLS_CA.*No such file/);
    assert.throws(client(secure.certificates.key), /no certificate in .*KAFKA_TLS_CA/);
  });
}

async function connects({ env }: SecureServices, change: Env): Promise<void> {
  const settings = settingsOf({ ...env, ...change });
  await using admin = await connectAdmin(kafkaClient(settings, "test"), settings, once);
  assert.ok(Array.isArray(await admin.listTopics()));
}

/** Checks that the first try is the last, and that its error has these parts and no password. */
async function refused({ env }: SecureServices, change: Env, parts: string[]): Promise<void> {
  const settings = settingsOf({ ...env, ...change });
  const { password } = settings.kafkaSecurity.sasl ?? kafkaUser;
  await assert.rejects(connectAdmin(kafkaClient(settings, "test"), settings, once), (error) => {
    assert.ok(error instanceof UserError, String(error));
    const text = `${error.message}\n${error.hint}`;
    for (const part of parts) assert.ok(text.includes(part), text);
    assert.ok(!text.includes(password), text);
    return true;
  });
}

const once = {
  onRetry: ({ message }: Error) => assert.fail(`it tries again: ${message}`),
};
