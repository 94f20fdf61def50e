/** A bucket of ours, by the variable that chooses it. */
export type BucketVariable = "RAW_BUCKET" | "ARCHIVE_BUCKET";

/** What an error code of S3 means, and what to do. */
export interface Explanation {
  readonly why: string;
  readonly hint: string;
  /** Whether it is about the bucket, not about one request. */
  readonly ofBucket?: boolean;
  /** Whether a retry may succeed without any change here. */
  readonly canRetry?: boolean;
}

const CHECK_KEYS =
  "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and the bucket's policy";
const SEE_LOG = "see the log of the S3 server";

/** Explains a response by its error code, if it has one, else by its HTTP status. */
export function explainCode(
  name: string | undefined,
  status: number,
  { bucket, variable }: { bucket: string; variable: BucketVariable },
): Explanation {
  const known = name === undefined ? undefined : EXPLANATIONS.get(name);
  if (known) return known;
  // A response to HEAD has no code: what is missing is the bucket.
  if (
    name === "NoSuchBucket" ||
    status === 404 && /^(NotFound|Unknown|UnknownError|404)$/.test(name ?? "404")
  ) {
    return {
      why: "it does not exist",
      hint:
        `create it with: aws s3 mb s3://${bucket} (or set ${variable} to one that exists; some servers say so of an unknown access key too: check AWS_ACCESS_KEY_ID)`,
      ofBucket: true,
    };
  }
  if (name === "InvalidBucketName") {
    return {
      why: "it is not a valid bucket name",
      hint: `set ${variable} to 3 to 63 lower-case letters, digits and hyphens`,
      ofBucket: true,
    };
  }
  if (name === "BucketAlreadyExists") {
    return {
      why: "it belongs to another account",
      hint: `set ${variable} to a bucket of your own`,
      ofBucket: true,
    };
  }
  if (status === 301 || status === 307) return EXPLANATIONS.get("PermanentRedirect")!;
  // A response to HEAD has no code. What S3 rejects there is the region or the credentials.
  const hasNoCode = name === undefined || /^(Unknown|UnknownError|BadRequest|\d+)$/.test(name);
  if (status === 401 || status === 403 || status === 400 && hasNoCode) {
    return EXPLANATIONS.get("AccessDenied")!;
  }
  if (status === 429 || status >= 500 && status !== 501) return EXPLANATIONS.get("InternalError")!;
  return { why: `unexpected response ${name}`, hint: SEE_LOG };
}

/**
 * What the error codes mean that S3 can return to our requests: for a bucket (Head, Create,
 * ListObjectsV2), an object (Get, Head, Copy, Delete) and a multipart upload (Create, UploadPart,
 * Complete, Abort, ListParts, ListMultipartUploads). The only place for these texts. Other codes
 * are explained by the HTTP status.
 *
 * Source: Amazon S3 API Reference, "Error responses".
 */
const EXPLANATIONS: ReadonlyMap<string, Explanation> = new Map([
  ...same(
    [
      "AccessDenied",
      "AccessForbidden",
      "Forbidden",
      "UnauthorizedAccess",
      "InvalidSecurity",
      "CredentialsNotSupported",
    ],
    { why: "access denied", hint: CHECK_KEYS, ofBucket: true },
  ),
  ...same(["MissingSecurityHeader", "MissingAuthenticationToken", "InvalidSignature"], {
    why: "access denied: the signature is missing or malformed",
    hint: `${CHECK_KEYS}; a proxy must not change the headers`,
    ofBucket: true,
  }),
  ...same(["InvalidAccessKeyId", "XAdminUserNotFound"], {
    why: "access denied: unknown access key",
    hint: "check AWS_ACCESS_KEY_ID, and that the key is active",
    ofBucket: true,
  }),
  ...same(["SignatureDoesNotMatch"], {
    why: "access denied: the secret key does not match the access key",
    hint: "check AWS_SECRET_ACCESS_KEY",
    ofBucket: true,
  }),
  ...same(["ExpiredToken", "TokenRefreshRequired"], {
    why: "access denied: the credentials have expired",
    hint: "get new ones, and set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
    ofBucket: true,
  }),
  ...same(["InvalidToken"], {
    why: "access denied: the session token is not valid",
    hint: "check AWS_SESSION_TOKEN; it belongs to AWS_ACCESS_KEY_ID",
    ofBucket: true,
  }),
  ...same(["AuthorizationHeaderMalformed", "InvalidRegion"], {
    why: "access denied: the request is signed for another region, or malformed",
    hint: "set AWS_REGION to the bucket's region, and check AWS_ACCESS_KEY_ID",
    ofBucket: true,
  }),
  ...same(["AccountProblem", "AllAccessDisabled", "NotSignedUp", "InvalidPayer"], {
    why: "the account or the bucket is disabled",
    hint: "check the account's state (billing, sign-up), or ask the provider's support",
    ofBucket: true,
  }),
  ...same(["RequestTimeTooSkewed", "RequestExpired"], {
    why: "this machine's clock is too far from that of S3",
    hint: "set this machine's clock, or the S3 server's",
    ofBucket: true,
  }),
  ...same([
    "PermanentRedirect",
    "TemporaryRedirect",
    "Redirect",
    "IllegalLocationConstraintException",
    "IncorrectEndpoint",
    "EndpointNotFound",
  ], {
    why: "it is in another region",
    hint: "set AWS_REGION to the bucket's region",
    ofBucket: true,
  }),
  ...same([
    "QuotaExceeded",
    "InsufficientStorage",
    "XMinioStorageFull",
    "XMinioAdminBucketQuotaExceeded",
  ], {
    why: "it is full",
    hint: "free space in it, or raise its quota",
    ofBucket: true,
    canRetry: true,
  }),
  ...same(["InvalidObjectState"], {
    why: "an object is in an archive (Glacier), where it cannot be read",
    hint: "restore it, or keep the lifecycle rules of the bucket from archiving our files",
  }),
  ...same([
    "KMS.DisabledException",
    "KMS.InvalidKeyUsageException",
    "KMS.KMSInvalidStateException",
    "KMS.NotFoundException",
  ], {
    why: "the key that the bucket is encrypted with cannot be used",
    hint: "enable the key, and allow our user to use it",
    ofBucket: true,
  }),
  ...same([
    "InternalError",
    "ServiceUnavailable",
    "RequestTimeout",
    "ConnectionClosedByRequester",
  ], {
    why: "it is not available",
    hint: SEE_LOG,
    canRetry: true,
  }),
  ...same(["SlowDown", "TooManyRequests", "ThrottlingException", "RequestLimitExceeded"], {
    why: "the request rate is too high",
    hint: "usually transient: requests are throttled; see who else sends them",
    canRetry: true,
  }),
  ...same(["ConditionalRequestConflict", "OperationAborted"], {
    why: "a conflicting request is in progress",
    hint: "usually transient; otherwise see who else writes there",
    canRetry: true,
  }),
  ...same(["NoSuchUpload"], {
    why: "the upload no longer exists",
    hint: "it was completed or aborted, by another program or a lifecycle rule",
  }),
  ...same(["NoSuchKey", "NoSuchVersion"], {
    why: "the object no longer exists",
    hint: "another program has moved or deleted it",
  }),
  ...same(["PreconditionFailed"], {
    why: "the object has changed, or the name is taken",
    hint: "see who else writes to the bucket",
  }),
  ...same(["MethodNotAllowed", "NotImplemented"], {
    why: "it does not support this request",
    hint: "use an S3 that does (AWS and VersityGW do), and check AWS_ENDPOINT_URL_S3",
  }),
  ...same([
    "BadDigest",
    "IncompleteBody",
    "InvalidDigest",
    "XAmzContentSHA256Mismatch",
    "XAmzContentChecksumMismatch",
    "MissingContentLength",
  ], {
    why: "the content was corrupted in transit",
    hint: "check for a proxy in between, and try again",
  }),
  ...same(["InvalidPart", "InvalidPartOrder", "EntityTooSmall", "NoSuchPart"], {
    why: "the upload is incomplete or corrupt",
    hint: "its rows are uploaded again; see the log of the S3 server for the cause",
  }),
  ...same(["ObjectParentIsFile", "ExistingObjectIsDirectory", "DirectoryObjectContainsData"], {
    why:
      "an object whose key is a prefix of this one is in the way, as this server keeps objects as files",
    hint: "delete that object: the bucket is for landed files only",
  }),
  ...same([
    "EntityTooLarge",
    "InvalidArgument",
    "InvalidChunkSizeError",
    "InvalidPartNumber",
    "InvalidRange",
    "InvalidRequest",
    "InvalidURI",
    "KeyTooLongError",
    "MalformedXML",
    "MaxMessageLengthExceeded",
    "MetadataTooLarge",
    "MissingRequestBodyError",
    "RequestHeaderSectionTooLarge",
    "InvalidStorageClass",
    "InvalidEncryptionAlgorithmError",
    "InvalidBucketState",
    "UnexpectedContent",
    "UnsupportedArgument",
    "AuthorizationQueryParametersError",
  ], {
    why: "it rejected the request",
    hint: `${SEE_LOG}; it may be stricter than AWS and VersityGW, which accept it`,
  }),
]);

function same(
  codes: readonly string[],
  explanation: Explanation,
): (readonly [string, Explanation])[] {
  return codes.map((code) => [code, explanation] as const);
}
