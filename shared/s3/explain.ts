import process from "node:process";
import { explainAccess } from "./aws_access.ts";
import { certificateError } from "../cli/certificate_error.ts";
import { isUnknownHost, rootMessage, ServiceError } from "../cli/errors.ts";
import { type BucketVariable, explainCode } from "./s3_error_codes.ts";
import { s3Address } from "./address.ts";
import { taskCommand } from "../cli/task_command.ts";
import { usesLocalS3, whyNotLocal } from "../cli/which_s3.ts";
import type { Settings } from "../cli/settings.ts";

/**
 * An S3 error for the user: what failed, why, what to do. Never shows a
 * secret. The texts are in s3_error_codes.ts.
 *
 * @param variable the bucket of the request, in case the response does not name it
 */
export function explainS3(
  error: unknown,
  settings: Settings,
  variable: BucketVariable = "RAW_BUCKET",
): ServiceError {
  if (error instanceof ServiceError) return error;
  const address = s3Address(settings);
  const service = `S3 at ${address}`;
  const bucket = bucketOf(error) ?? nameOfBucket(settings, variable);
  const where = `the bucket ${bucket} at ${address}`;
  const [name, status] = [nameOf(error), statusOf(error)];
  if (status === undefined) return explainNoResponse(error, { service, where });
  const { why, hint, ofBucket, canRetry } = explainCode(name, status, { bucket, variable });
  const code = name === undefined || /^(\d+|Unknown|UnknownError)$/.test(name)
    ? `HTTP ${status}`
    : `${name}, HTTP ${status}`;
  const [what, is] = ofBucket ? [`Cannot use ${where}`, why] : [service, why];
  const said = ofBucket ? "" : `: ${rootMessage(error)}`;
  return new ServiceError(service, `${what}: ${is} (${code})${said}`, hint, {
    canRetry,
    cause: error,
  });
}

/** The name of a bucket of ours. */
export function nameOfBucket(settings: Settings, variable: BucketVariable): string {
  return variable === "RAW_BUCKET" ? settings.bucket : settings.archiveBucket;
}

/** The HTTP status of an S3 error; undefined if no response arrived. */
export function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } })?.$metadata?.httpStatusCode;
}

/** The S3 error code, such as NoSuchUpload. */
export function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}

/** The bucket that a response is about: a copy involves two. */
function bucketOf(error: unknown): string | undefined {
  const { BucketName } = (error ?? {}) as { BucketName?: unknown };
  return typeof BucketName === "string" && BucketName !== "" ? BucketName : undefined;
}

function explainNoResponse(
  error: unknown,
  { service, where }: { service: string; where: string },
): ServiceError {
  const access = explainAccess(error, process.env);
  if (access) return new ServiceError(service, access.message, access.hint!, { cause: error });
  if (nameOf(error) === "CredentialsProviderError") {
    return new ServiceError(
      service,
      `Cannot use ${where}: no AWS credentials were found, although ${whyNotLocal()}`,
      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_PROFILE), or set S3=local to use the local S3",
      { cause: error },
    );
  }
  const certificate = certificateError(error);
  if (certificate) {
    return new ServiceError(
      service,
      `Cannot use ${service}: its certificate is not trusted (${certificate})`,
      "set NODE_EXTRA_CA_CERTS to a PEM file of the CA that signed it; in the environment, as .env is read too late for it",
      { cause: error },
    );
  }
  return new ServiceError(
    service,
    `Cannot reach ${service}: ${rootMessage(error)}`,
    usesLocalS3()
      ? `start it with: ${taskCommand("kafka:start")}`
      : "check AWS_ENDPOINT_URL_S3 and the network",
    { canRetry: true, isUnknownHost: isUnknownHost(error), cause: error },
  );
}
