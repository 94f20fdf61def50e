import { CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import type { Kafka } from "kafkajs";
import { kafkaClient } from "../../shared/kafka/client.ts";
import { s3Client } from "../../shared/s3/client.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { services, type TestServices } from "./services.ts";
import { type Env, freePorts, settingsOf, unique, uniqueFolder } from "./settings.ts";

/** A part of the services that one test has for itself, by names that nobody else has. */
export interface Sandbox extends AsyncDisposable {
  /** For spawned programs: topics, group, bucket, status port and runtime folder of its own. */
  readonly env: Env;
  /** The settings that a program with `env` reads. */
  readonly settings: Settings;
  readonly kafka: Kafka;
  readonly s3: S3Client;
}

/**
 * Makes a sandbox with an empty bucket. Topics are made by whoever uses them first.
 *
 * @param name part of its names, for whoever reads a log
 * @param options.on the services to use; by default the ones that all tests share
 */
export async function sandbox(
  name: string,
  options: { on?: TestServices; env?: Env } = {},
): Promise<Sandbox> {
  const { env: base } = options.on ?? await services();
  const id = `${name}-${unique()}`;
  const env = {
    ...base,
    TOPIC_PREFIX: `${id}-`,
    CONSUMER_GROUP: id,
    RAW_BUCKET: id,
    STATUS_PORT: String(freePorts(1)[0]),
    RUNTIME_DIR: uniqueFolder(name),
    ...options.env,
  };
  const settings = settingsOf(env);
  await Deno.mkdir(settings.runtimeDir, { recursive: true });
  const s3 = s3Client(settings);
  await s3.send(new CreateBucketCommand({ Bucket: settings.bucket }));
  return {
    env,
    settings,
    kafka: kafkaClient(settings, "test"),
    s3,
    async [Symbol.asyncDispose]() {
      s3.destroy();
      await Deno.remove(settings.runtimeDir, { recursive: true }).catch(() => {});
    },
  };
}
