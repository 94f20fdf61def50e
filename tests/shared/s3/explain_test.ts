import assert from "node:assert/strict";
import { explainS3 } from "../../../shared/s3/explain.ts";
import { readSettings } from "../../../shared/cli/settings.ts";

const settings = readSettings(() => undefined);

/** What a person reads of an S3 error. */
function explained(name: string, httpStatusCode: number, more: Record<string, unknown> = {}) {
  const error = Object.assign(new Error("The text of S3."), {
    name,
    $metadata: { httpStatusCode },
    ...more,
  });
  const why = explainS3(error, settings);
  return { ...why, text: `${why.message}\n${why.hint}`, canRetry: why.canRetry };
}

/**
 * The error codes that S3 documents for the requests that we send, and VersityGW's own, by what a
 * person reads; with `~` where it is waited for.
 *
 * Source: Amazon S3 API Reference, "Error responses"; s3err of VersityGW 1.8.0.
 */
const CODES: readonly [text: RegExp, ...codes: string[]][] = [
  [
    /access denied \(.*\n.*AWS_ACCESS_KEY_ID/s,
    "403 AccessDenied",
    "403 AccessForbidden",
    "403 Forbidden",
    "403 UnauthorizedAccess",
    "403 InvalidSecurity",
    "400 CredentialsNotSupported",
    "403 SomethingNew",
    // HEAD
    "403 Unknown",
    "401 401",
    "400 UnknownError",
    "400 BadRequest",
  ],
  [
    /the signature is missing .*\n.*AWS_ACCESS_KEY_ID/s,
    "400 MissingSecurityHeader",
    "403 MissingAuthenticationToken",
    "400 InvalidSignature",
  ],
  [
    /unknown access key .*\ncheck AWS_ACCESS_KEY_ID/s,
    "403 InvalidAccessKeyId",
    "404 XAdminUserNotFound",
  ],
  [/secret key does not match .*\ncheck AWS_SECRET_ACCESS_KEY/s, "403 SignatureDoesNotMatch"],
  [
    /credentials have expired .*\nget new ones/s,
    "400 ExpiredToken",
    "400 TokenRefreshRequired",
  ],
  [/session token is not valid .*\ncheck AWS_SESSION_TOKEN/s, "400 InvalidToken"],
  [
    /signed for another region.*\nset AWS_REGION/s,
    "400 AuthorizationHeaderMalformed",
    "403 InvalidRegion",
  ],
  [
    /account or the bucket is disabled/,
    "403 AccountProblem",
    "403 AllAccessDisabled",
    "403 NotSignedUp",
    "403 InvalidPayer",
  ],
  [
    /clock is too far from that of S3 .*\nset this machine's clock/s,
    "403 RequestTimeTooSkewed",
    "403 RequestExpired",
  ],
  [
    /in another region .*\nset AWS_REGION/s,
    "301 PermanentRedirect",
    "307 TemporaryRedirect",
    "307 Redirect",
    "301 Unknown",
    "400 IllegalLocationConstraintException",
    "400 IncorrectEndpoint",
    "400 EndpointNotFound",
  ],
  [
    /does not exist .*\ncreate it with: aws s3 mb .*check AWS_ACCESS_KEY_ID/s,
    "404 NoSuchBucket",
    "404 NotFound",
    "404 404",
  ],
  [/not a valid bucket name .*\nset RAW_BUCKET/s, "400 InvalidBucketName"],
  [/belongs to another account .*\nset RAW_BUCKET/s, "409 BucketAlreadyExists"],
  [
    /~it is full .*raise its quota/s,
    "403 QuotaExceeded",
    "507 InsufficientStorage",
    "507 XMinioStorageFull",
    "400 XMinioAdminBucketQuotaExceeded",
  ],
  [/in an archive \(Glacier\).*\nrestore it/s, "403 InvalidObjectState"],
  [
    /bucket is encrypted with cannot be used .*\nenable the key/s,
    "400 KMS.DisabledException",
    "400 KMS.InvalidKeyUsageException",
    "400 KMS.KMSInvalidStateException",
    "400 KMS.NotFoundException",
  ],
  [
    /~it is not available .*: The text of S3\./s,
    "500 InternalError",
    "503 ServiceUnavailable",
    "400 RequestTimeout",
    "400 ConnectionClosedByRequester",
    "502 Unknown",
    "504 SomethingNew",
  ],
  [
    /~the request rate is too high/,
    "503 SlowDown",
    "429 TooManyRequests",
    "503 RequestLimitExceeded",
    "400 ThrottlingException",
  ],
  [
    /~a conflicting request is in progress/,
    "409 ConditionalRequestConflict",
    "409 OperationAborted",
  ],
  [/the upload no longer exists/, "404 NoSuchUpload"],
  [/the object no longer exists/, "404 NoSuchKey", "404 NoSuchVersion"],
  [/the object has changed, or the name is taken/, "412 PreconditionFailed"],
  [
    /it does not support this request .*\nuse an S3 that does/s,
    "405 MethodNotAllowed",
    "501 NotImplemented",
  ],
  [
    /the content was corrupted in transit .*\n.*a proxy/s,
    "400 BadDigest",
    "400 IncompleteBody",
    "400 InvalidDigest",
    "400 XAmzContentSHA256Mismatch",
    "400 XAmzContentChecksumMismatch",
    "411 MissingContentLength",
  ],
  [
    /the upload is incomplete or corrupt/,
    "400 InvalidPart",
    "400 InvalidPartOrder",
    "400 EntityTooSmall",
    "404 NoSuchPart",
  ],
  [
    /an object whose key is a prefix of this one is in the way/,
    "409 ObjectParentIsFile",
    "409 ExistingObjectIsDirectory",
    "409 DirectoryObjectContainsData",
  ],
  [
    /it rejected the request .*: The text of S3\./s,
    "400 AuthorizationQueryParametersError",
    "400 EntityTooLarge",
    "400 InvalidArgument",
    "409 InvalidBucketState",
    "400 InvalidChunkSizeError",
    "400 InvalidEncryptionAlgorithmError",
    "400 InvalidPartNumber",
    "416 InvalidRange",
    "400 InvalidRequest",
    "400 InvalidStorageClass",
    "400 InvalidURI",
    "400 KeyTooLongError",
    "400 MalformedXML",
    "400 MaxMessageLengthExceeded",
    "400 MetadataTooLarge",
    "400 MissingRequestBodyError",
    "400 RequestHeaderSectionTooLarge",
    "400 UnexpectedContent",
    "400 UnsupportedArgument",
  ],
  [
    /unexpected response SomethingNew .*: The text of S3\./s,
    "400 SomethingNew",
    "404 SomethingNew",
  ],
];

for (const [pattern, ...codes] of CODES) {
  Deno.test(`explainS3() says of ${codes.join(", ")} what it is`, () => {
    const waits = pattern.source.startsWith("~");
    const wanted = new RegExp(pattern.source.replace(/^~/, ""), pattern.flags);
    for (const one of codes) {
      const [status, code] = one.split(" ") as [string, string];
      const { text, canRetry } = explained(code, Number(status));
      assert.match(text, wanted, one);
      assert.ok(text.includes(`HTTP ${status}`), text);
      assert.equal(canRetry, waits, one);
      if (!/access|key|credentials|token|region|signature|exist/.test(wanted.source)) {
        assert.doesNotMatch(text, /access denied|ACCESS_KEY_ID/, one);
      }
      if (!wanted.source.includes("exist")) assert.doesNotMatch(text, /does not exist/, one);
    }
  });
}

Deno.test("explainS3() names the bucket that S3 names, as a copy asks for two", () => {
  const { text } = explained("NoSuchBucket", 404, { BucketName: "the-archive" });
  assert.match(text, /the bucket the-archive .*\n.*s3:\/\/the-archive/s);
});

Deno.test("explainS3() tells what waiting may end: no answer, and a name that nobody knows", () => {
  const away = explainS3(new Error("connect ECONNREFUSED 127.0.0.1:7070"), settings);
  assert.deepEqual([away.canRetry, away.isUnknownHost], [true, false]);
  assert.equal(away.service, "S3 at http://localhost:7070");
  const unknown = explainS3(new Error("getaddrinfo ENOTFOUND s4"), settings);
  assert.deepEqual([unknown.canRetry, unknown.isUnknownHost], [true, true]);
  const certificate = Object.assign(new Error("self-signed certificate"), {
    code: "DEPTH_ZERO_SELF_SIGNED_CERT",
  });
  assert.equal(explainS3(certificate, settings).canRetry, false);
});
