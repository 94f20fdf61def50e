import assert from "node:assert/strict";
import { awsEndpoint, awsRegion, usesLocalS3, whyNotLocal } from "../../../shared/cli/which_s3.ts";

const unit = { permissions: "none" } as const;

Deno.test(
  "usesLocalS3() is true unless a variable of AWS is set, and whyNotLocal() names them",
  unit,
  () => {
    assert.equal(usesLocalS3({}), true);
    for (const name of ["AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_REGION"]) {
      assert.equal(usesLocalS3({ [name]: "x" }), false);
      assert.equal(whyNotLocal({ [name]: "x" }), `${name} is set`);
      assert.equal(usesLocalS3({ [name]: "" }), true, "empty is unset");
      assert.equal(usesLocalS3({ [name]: " " }), true, "blank is unset");
    }
    const both = { AWS_PROFILE: "work", AWS_REGION: "eu-west-1" };
    assert.equal(whyNotLocal(both), "AWS_REGION, AWS_PROFILE are set");
  },
);

Deno.test("usesLocalS3() does what S3 says, whatever is set for AWS", unit, () => {
  assert.equal(usesLocalS3({ S3: "local", AWS_PROFILE: "work" }), true);
  assert.equal(usesLocalS3({ S3: "aws" }), false);
  assert.equal(whyNotLocal({ S3: "aws", AWS_PROFILE: "work" }), "S3=aws");
  assert.equal(usesLocalS3({ S3: "", AWS_PROFILE: "work" }), false);
});

Deno.test("awsRegion() and awsEndpoint() take the first that is not empty", unit, () => {
  assert.equal(awsRegion({ AWS_REGION: "", AWS_DEFAULT_REGION: "af-south-1" }), "af-south-1");
  assert.equal(awsRegion({ AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "x" }), "eu-west-1");
  assert.equal(awsRegion({ AWS_REGION: "" }), undefined);
  assert.equal(awsEndpoint({ AWS_ENDPOINT_URL_S3: "", AWS_ENDPOINT_URL: "http://a" }), "http://a");
  assert.equal(awsEndpoint({}), undefined);
});
