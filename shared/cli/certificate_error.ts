import { causesOf } from "./errors.ts";

/** Node's codes of a certificate that is not to be trusted: unknown authority, expired, other host. */
const CODE = /CERT|VERIFY|ISSUER|ALTNAME|HOSTNAME_MISMATCH/;

/** Why the certificate of the other side was not accepted; undefined if an error is another one. */
export function certificateError(error: unknown): string | undefined {
  for (const { code, message } of causesOf(error) as Iterable<Error & { code?: unknown }>) {
    if (typeof code === "string" && CODE.test(code)) {
      return message.replace(/^Connection error: /, "");
    }
  }
}
