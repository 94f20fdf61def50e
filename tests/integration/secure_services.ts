import type { S3Client } from "@aws-sdk/client-s3";
import { resolve } from "node:path";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { kafkaUser, type Listeners, startSecureBroker } from "./secure_broker.ts";
import { awsEnv, startSecureS3 } from "./secure_s3.ts";
import { ownServices } from "./services.ts";
import { type Env, freePorts, settingsOf, unique } from "./settings.ts";

/** A Kafka and an S3 that are reached over TLS and by signing in; and a warehouse. */
export interface SecureServices extends AsyncDisposable {
  readonly kafka: Listeners;
  readonly s3: S3Client;
  readonly certificates: Certificates;
  /** For programs that trust both, and sign in as the users that there are. */
  readonly env: Env;
}

/** Starts them, in a runtime folder of their own (native runtime only). Takes some seconds. */
export async function secureServices(): Promise<SecureServices> {
  await using starting = new AsyncDisposableStack();
  const services = starting.use(await ownServices("secure", ["zookeeper", "warehouse"]));
  const base = { ...services.env, RAW_BUCKET: `secure-${unique()}` };
  const settings = settingsOf(base);
  const certificates = await makeCertificates(resolve(settings.runtimeDir, "certs"));
  const s3 = await startSecureS3(settings, certificates);
  starting.defer(() => s3.destroy());
  const kafka = await startSecureBroker(settings, certificates);
  const started = starting.move();
  return {
    kafka,
    s3,
    certificates,
    env: {
      ...base,
      ...awsEnv(settings),
      NODE_EXTRA_CA_CERTS: certificates.ca,
      KAFKA_BROKERS: kafka.sasl_ssl,
      KAFKA_TLS: "on",
      KAFKA_TLS_CA: certificates.ca,
      KAFKA_SASL_MECHANISM: "scram-sha-512",
      KAFKA_SASL_USERNAME: kafkaUser.name,
      KAFKA_SASL_PASSWORD: kafkaUser.password,
      STATUS_PORT: String(freePorts(1)[0]),
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
