import type { Settings } from "../cli/settings.ts";
import { awsEndpoint, awsRegion, usesLocalS3 } from "../cli/which_s3.ts";

/** Which S3 is used, in words: an address, or AWS and its region. */
export function s3Address(settings: Settings): string {
  return usesLocalS3()
    ? `http://${settings.s3Host}:${settings.ports.s3}`
    : awsEndpoint() ?? `AWS S3 (${awsRegion() ?? "the profile's region"})`;
}
