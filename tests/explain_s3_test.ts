import assert from "node:assert/strict";
import { explainS3 } from "../shared/s3.ts";
import { readSettings } from "../shared/settings.ts";

const settings = readSettings(() => undefined);

/** What a person reads of an S3 error. */
function explained(name: string, httpStatusCode: number): string {
  const error = Object.assign(new Error("The text of S3."), {
    name,
    $metadata: { httpStatusCode },
  });
  const { message, hint } = explainS3(error, settings);
  return `${message}\n${hint}`;
}

for (
  const [name, status] of [
    ["InvalidPart", 400],
    ["MalformedXML", 400],
    ["EntityTooSmall", 400],
    ["RequestTimeout", 400],
    ["NoSuchUpload", 404],
    ["NoSuchKey", 404],
    ["PreconditionFailed", 412],
    ["SlowDown", 503],
  ] as const
) {
  Deno.test(`explainS3() says of ${name} what S3 says, and nothing of access or the bucket`, () => {
    const text = explained(name, status);
    assert.ok(text.includes(`answers ${name} (HTTP ${status}): The text of S3.`), text);
    assert.doesNotMatch(text, /access|credential|ACCESS_KEY|does not exist/);
  });
}

for (
  const [name, status] of [
    ["AccessDenied", 403],
    ["SignatureDoesNotMatch", 403],
    ["InvalidAccessKeyId", 403],
    ["ExpiredToken", 400],
    ["AuthorizationHeaderMalformed", 400],
    // HEAD
    ["UnknownError", 400],
    ["403", 403],
  ] as const
) {
  Deno.test(`explainS3() says of ${name} (HTTP ${status}) that access was refused`, () => {
    assert.match(explained(name, status), /access was refused .*\n.*AWS_ACCESS_KEY_ID/s);
  });
}

Deno.test("explainS3() says of RequestTimeTooSkewed that the clocks differ", () => {
  const text = explained("RequestTimeTooSkewed", 403);
  assert.match(text, /clock differs too much from that of S3 .*\nset this machine's clock/s);
  assert.doesNotMatch(text, /access was refused/);
});

Deno.test("explainS3() says of a missing bucket, named or by HEAD, how to make it", () => {
  for (const name of ["NoSuchBucket", "NotFound"]) {
    assert.match(explained(name, 404), /it does not exist\n.*aws s3 mb/s);
  }
});
