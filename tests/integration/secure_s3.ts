import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { Agent } from "node:https";
import { resolve } from "node:path";
import { startService } from "../../infra/start_service.ts";
import { versitygw } from "../../infra/versitygw.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import type { Certificates } from "./certificates.ts";

/** The secure S3's root user. */
export const s3User = { accessKeyId: "AKSECURE", secretAccessKey: "sk-77d1e2-s3" };

const REGION = "us-east-1";

/** The AWS SDK's variables for the secure S3. */
export function awsEnv({ ports }: Settings): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_S3: `https://localhost:${ports.s3}`,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: s3User.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3User.secretAccessKey,
  };
}

/**
 * Starts a real S3 that speaks TLS, as a service of a runtime folder (native runtime only), and makes
 * a bucket.
 *
 * @returns a client that trusts it; the caller destroys it
 */
export async function startSecureS3(
  settings: Settings,
  { ca, cert, key }: Certificates,
): Promise<S3Client> {
  const folders = { runtimeDir: resolve(settings.runtimeDir), downloads: resolve(".runtime") };
  const s3 = new S3Client({
    endpoint: `https://localhost:${settings.ports.s3}`,
    region: REGION,
    credentials: s3User,
    forcePathStyle: true,
    maxAttempts: 1,
    requestHandler: { httpsAgent: new Agent({ ca: await Deno.readTextFile(ca) }) },
  });
  const service = {
    ...versitygw(settings, folders),
    // A try that was made in vain leaves nothing behind.
    ask: async () => void await s3.send(new CreateBucketCommand({ Bucket: settings.bucket })),
  };
  const { command, args } = await service.prepare({ log: () => {} });
  await startService(service, {
    command,
    args: ["--cert", cert, "--key", key, ...args],
    env: { ROOT_ACCESS_KEY: s3User.accessKeyId, ROOT_SECRET_KEY: s3User.secretAccessKey },
  }, { folders, ports: [settings.ports.s3, settings.ports.s3Web] });
  return s3;
}
