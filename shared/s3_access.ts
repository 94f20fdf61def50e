/** Codes of a bad request (HTTP 400) whose fault is who asks, not what is asked for. */
const ACCESS_CODES = new Set([
  "AuthorizationHeaderMalformed",
  "ExpiredToken",
  "InvalidSecurity",
  "InvalidToken",
  "MissingSecurityHeader",
  "TokenRefreshRequired",
]);

/**
 * Whether S3 has refused access, and not something about a request: a damaged upload (InvalidPart) or a
 * connection that was too slow (RequestTimeout) is a bad request, too.
 *
 * Source: Amazon S3 API Reference, Error responses.
 *
 * @param code the S3 error code, such as AccessDenied
 * @param status of HTTP
 */
export function isAccessRefusal(code: string | undefined, status: number | undefined): boolean {
  if (status === 401 || status === 403) return true;
  if (status !== 400) return false;
  // The answer to HEAD has no code. What S3 finds wrong there is the region or the credentials.
  return code === undefined || ACCESS_CODES.has(code) ||
    /^(Unknown|UnknownError|BadRequest|\d+)$/.test(code);
}
