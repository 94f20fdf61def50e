import { CreateBucketCommand, HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import process from "node:process";
import { explainAccess } from "./aws_access.ts";
import { certificateError } from "./certificate_error.ts";
import { rootMessage, UserError } from "./errors.ts";
import { isAccessRefusal } from "./s3_access.ts";
import { S3Handler } from "./s3_handler.ts";
import type { Settings } from "./settings.ts";
import { awsEndpoint, awsRegion, awsVariables, usesLocalS3, whyNotLocal } from "./which_s3.ts";
import { taskCommand } from "./task_command.ts";

/** The local S3's root user. It listens on this machine only. */
export const LOCAL_S3 = {
  accessKeyId: "automotive",
  secretAccessKey: "automotive-local",
  region: "us-east-1",
} as const;

/** Which S3 is used, for people: an address, or AWS and its region. */
export function s3Address(settings: Settings): string {
  return usesLocalS3()
    ? `http://${settings.s3Host}:${settings.ports.s3}`
    : awsEndpoint() ?? `AWS S3 (${awsRegion() ?? "the profile's region"})`;
}

/** The one line that says which S3 is landed in, and why. */
export function s3Announcement(settings: Settings): string {
  if (!usesLocalS3()) return `Landing in ${chosenS3(settings)}`;
  const others = awsVariables();
  return `Landing in the local S3 at ${s3Address(settings)}; ${
    others.length === 0
      ? "set AWS credentials to use AWS"
      : `${others.join(", ")} not used, because S3=local`
  }`;
}

/** The one line that says which other S3 than the local one is used, and why; undefined: it is the local one. */
export function s3Elsewhere(settings: Settings): string | undefined {
  return usesLocalS3() ? undefined : `Using ${chosenS3(settings)}`;
}

function chosenS3(settings: Settings): string {
  const back = process.env.S3?.trim() ? "" : " (S3=local would use the local S3)";
  return `${s3Address(settings)}, because ${whyNotLocal()}${back}`;
}

/**
 * A client of the S3 that the AWS SDK's standard variables choose, else of the local one.
 * A request is tried once unless told otherwise: who calls knows whether, and how long, to try again.
 *
 * @param options.silence how long S3 may be silent before a request fails, in ms. @default 30 s
 */
export function s3Client(
  settings: Settings,
  { maxAttempts = 1, silence }: { maxAttempts?: number; silence?: number } = {},
): S3Client {
  const common = {
    maxAttempts,
    // The signature covers the payload's SHA-256 already.
    requestChecksumCalculation: "WHEN_REQUIRED" as const,
    requestHandler: new S3Handler(silence),
  };
  if (!usesLocalS3()) {
    // The SDK does not know AWS_DEFAULT_REGION.
    const region = awsRegion();
    return new S3Client({
      ...common,
      ...region === undefined ? {} : { region },
      forcePathStyle: awsEndpoint() !== undefined,
    });
  }
  const { region, ...credentials } = LOCAL_S3;
  return new S3Client({
    ...common,
    // Not localhost, whose address would be looked up for every connection.
    endpoint: `http://${settings.s3Host.replace(/^localhost$/, "127.0.0.1")}:${settings.ports.s3}`,
    region,
    credentials,
    forcePathStyle: true,
  });
}

/** A bucket of ours, by the variable that chooses it. */
export type BucketVariable = "RAW_BUCKET" | "ARCHIVE_BUCKET";

/**
 * Makes sure that a bucket can be used. The local one is created; any other never is.
 *
 * @throws {UserError} when the bucket is missing, the credentials are wrong or S3 is not reachable
 */
export async function ensureBucket(
  s3: S3Client,
  settings: Settings,
  signal?: AbortSignal,
  variable: BucketVariable = "RAW_BUCKET",
): Promise<void> {
  const Bucket = nameOfBucket(settings, variable);
  const look = () => s3.send(new HeadBucketCommand({ Bucket }), { abortSignal: signal });
  try {
    await look().catch((error) => {
      // Refused for our machine's clock: the SDK signs by the server's from now on.
      if (!error?.$metadata?.clockSkewCorrected) throw error;
      return look();
    });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (statusOf(error) !== 404 || !usesLocalS3()) throw explainS3(error, settings, variable);
    try {
      await s3.send(new CreateBucketCommand({ Bucket }), { abortSignal: signal });
    } catch (error) {
      // Another consumer that starts at the same moment may have made it.
      if (nameOf(error) !== "BucketAlreadyOwnedByYou") throw explainS3(error, settings, variable);
    }
  }
}

/** An S3 error as a person needs it: what failed, why, what to do. Never shows a secret. */
export function explainS3(
  error: unknown,
  settings: Settings,
  variable: BucketVariable = "RAW_BUCKET",
): UserError {
  const bucket = nameOfBucket(settings, variable);
  const where = `the bucket ${bucket} at ${s3Address(settings)}`;
  const status = statusOf(error);
  const access = status === undefined ? explainAccess(error, process.env) : undefined;
  if (access) return access;
  const name = nameOf(error);
  if (name === "CredentialsProviderError") {
    return new UserError(
      `Cannot use ${where}: no AWS credentials were found, although ${whyNotLocal()}`,
      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_PROFILE), or set S3=local to use the local S3",
      { cause: error },
    );
  }
  // An upload or an object may be missing, too; an answer to HEAD names nothing.
  if (status === 404 && name !== "NoSuchUpload" && name !== "NoSuchKey") {
    return new UserError(
      `Cannot use ${where}: it does not exist`,
      `create it with: aws s3 mb s3://${bucket} (or set ${variable} to one that exists; some servers say so of an unknown access key too: check AWS_ACCESS_KEY_ID)`,
      { cause: error },
    );
  }
  if (name === "RequestTimeTooSkewed") {
    return new UserError(
      `Cannot use ${where}: this machine's clock differs too much from that of S3 (${name}, HTTP ${status})`,
      "set this machine's clock, or the S3 server's",
      { cause: error },
    );
  }
  if (isAccessRefusal(name, status)) {
    return new UserError(
      `Cannot use ${where}: access was refused (${name}, HTTP ${status})`,
      "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and the bucket's policy",
      { cause: error },
    );
  }
  if (status === 301 || status === 307) {
    return new UserError(
      `Cannot use ${where}: it is in another region`,
      "set AWS_REGION to the bucket's region",
      { cause: error },
    );
  }
  if (status !== undefined) {
    return new UserError(
      `S3 at ${s3Address(settings)} answers ${name} (HTTP ${status}): ${rootMessage(error)}`,
      "see the log of the S3 server",
      { cause: error },
    );
  }
  const certificate = certificateError(error);
  if (certificate) {
    return new UserError(
      `Cannot use S3 at ${s3Address(settings)}: its certificate is not trusted (${certificate})`,
      "set NODE_EXTRA_CA_CERTS to a PEM file of the authority that signed it; in the environment, as .env is read too late for it",
      { cause: error },
    );
  }
  return new UserError(
    `Cannot reach S3 at ${s3Address(settings)}: ${rootMessage(error)}`,
    usesLocalS3()
      ? `start it with: ${taskCommand("kafka:start")}`
      : "check AWS_ENDPOINT_URL_S3 and the network",
    { cause: error },
  );
}

function nameOfBucket(settings: Settings, variable: BucketVariable): string {
  return variable === "RAW_BUCKET" ? settings.bucket : settings.archiveBucket;
}

/** The HTTP status of an S3 error; undefined when no answer came. */
export function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } })?.$metadata?.httpStatusCode;
}

/** The S3 error code, such as NoSuchUpload. */
export function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}
