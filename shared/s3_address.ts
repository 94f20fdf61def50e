import process from "node:process";
import type { Settings } from "./settings.ts";

/** Any of these set means that the user has chosen an S3: the AWS SDK's standard variables. */
const AWS_VARIABLES = [
  "AWS_ENDPOINT_URL_S3",
  "AWS_ENDPOINT_URL",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_ACCESS_KEY_ID",
  "AWS_PROFILE",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/** The variables by which the user has chosen an S3. */
export function chosenAwsVariables(): string[] {
  return AWS_VARIABLES.filter((name) => process.env[name]);
}

/** Whether files are landed in the local S3 of the runtime, because no AWS variable is set. */
export function usesLocalS3(): boolean {
  return chosenAwsVariables().length === 0;
}

/** Where files are landed, for people: an address, or AWS and its region. */
export function s3Address(settings: Settings): string {
  if (usesLocalS3()) return `http://${settings.s3Host}:${settings.ports.s3}`;
  return process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL ??
    `AWS S3 (${process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? "default region"})`;
}
