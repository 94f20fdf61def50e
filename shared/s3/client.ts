import { CreateBucketCommand, HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import process from "node:process";
import { s3Address } from "./address.ts";
import type { BucketVariable } from "./s3_error_codes.ts";
import { explainS3, nameOf, nameOfBucket, statusOf } from "./explain.ts";
import { S3Handler } from "./request_handler.ts";
import type { Settings } from "../cli/settings.ts";
import { awsEndpoint, awsRegion, awsVariables, usesLocalS3, whyNotLocal } from "../cli/which_s3.ts";

/** The local S3's root user. It listens on this machine only. */
export const LOCAL_S3 = {
  accessKeyId: "automotive",
  secretAccessKey: "automotive-local",
  region: "us-east-1",
} as const;

/** The line that says which S3 files are landed in, and why. */
export function s3Announcement(settings: Settings): string {
  if (!usesLocalS3()) return `Landing in ${chosenS3(settings)}`;
  const others = awsVariables();
  return `Landing in the local S3 at ${s3Address(settings)}; ${
    others.length === 0
      ? "set AWS credentials to use AWS"
      : `${others.join(", ")} not used, because S3=local`
  }`;
}

/**
 * The line that says which S3 is used instead of the local one, and why; undefined for the local
 * one.
 */
export function s3Elsewhere(settings: Settings): string | undefined {
  return usesLocalS3() ? undefined : `Using ${chosenS3(settings)}`;
}

function chosenS3(settings: Settings): string {
  const back = process.env.S3?.trim() ? "" : " (S3=local would use the local S3)";
  return `${s3Address(settings)}, because ${whyNotLocal()}${back}`;
}

/**
 * A client of the S3 that the AWS SDK's standard variables choose, else of the local one.
 * A request is sent once by default: the caller knows whether, and for how long, to retry.
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

/**
 * Makes sure that a bucket can be used. The local one is created; any other never is.
 *
 * @throws {ServiceError} when the bucket is missing, the credentials are wrong or S3 is not
 * reachable
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
      // Rejected because of our clock: from now on the SDK signs by the server's.
      if (!error?.$metadata?.clockSkewCorrected) throw error;
      return look();
    });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (statusOf(error) !== 404 || !usesLocalS3()) throw explainS3(error, settings, variable);
    try {
      await s3.send(new CreateBucketCommand({ Bucket }), { abortSignal: signal });
    } catch (error) {
      // Another consumer starting at the same moment may have created it.
      if (nameOf(error) !== "BucketAlreadyOwnedByYou") throw explainS3(error, settings, variable);
    }
  }
}
