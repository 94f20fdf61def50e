import { causesOf } from "./errors.ts";

/**
 * Node's error codes for certificates that are not trusted: unknown authority, expired, wrong host.
 */
const CODE = /CERT|VERIFY|ISSUER|ALTNAME|HOSTNAME_MISMATCH/;

/** Why the peer's certificate was rejected; undefined for any other error. */
export function certificateError(error: unknown): string | undefined {
  for (const { code, message } of causesOf(error) as Iterable<Error & { code?: unknown }>) {
    if (typeof code === "string" && CODE.test(code)) {
      return message.replace(/^Connection error: /, "");
    }
  }
}
