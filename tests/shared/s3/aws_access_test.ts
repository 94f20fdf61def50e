import assert from "node:assert/strict";
import { homedir } from "node:os";
import { explainAccess } from "../../../shared/s3/aws_access.ts";

function noCredentials(): Error {
  const error = new Error("Could not resolve credentials using profile: [work]");
  error.name = "CredentialsProviderError";
  return error;
}

Deno.test("explainAccess() names the folder of a profile that may not be read", {
  permissions: "none",
}, () => {
  const env = {
    AWS_PROFILE: "work",
    AWS_CONFIG_FILE: "/somewhere/else/.aws/config",
    AWS_SHARED_CREDENTIALS_FILE: "/somewhere/else/.aws/credentials",
  };
  for (const error of [noCredentials(), new Error("Region is missing")]) {
    const explained = explainAccess(error, env);
    assert.match(explained!.message, /profile "work".*may not read \/somewhere\/else\/\.aws$/);
    assert.match(explained!.hint!, /"\/somewhere\/else\/\.aws" to "read".*"consumer".*deno\.json/);
    assert.equal(explained!.cause, error);
  }
});

Deno.test("explainAccess() looks into the home folder by default", {
  permissions: { sys: ["homedir"] },
}, () => {
  const { message } = explainAccess(noCredentials(), { AWS_PROFILE: "work" })!;
  assert.ok(message.endsWith(`may not read ${homedir()}/.aws`), message);
});

Deno.test("explainAccess() leaves missing credentials without a profile to others", {
  permissions: { sys: ["homedir"] },
}, () => {
  assert.equal(explainAccess(noCredentials(), { AWS_REGION: "eu-west-1" }), undefined);
});

Deno.test("explainAccess() asks for a region that is missing", {
  permissions: { sys: ["homedir"] },
}, () => {
  assert.match(explainAccess(new Error("Region is missing"), {})!.hint!, /AWS_REGION/);
});

Deno.test("explainAccess() names a host that the permission set does not allow", {
  permissions: "none",
}, async () => {
  const error = await fetch("http://s3.example.com:9000/").catch((error) => error);
  const wrapped = new Error("wrapped", { cause: error });
  for (const denied of [wrapped, new Error("getaddrinfo EPERM s3.example.com")]) {
    const explained = explainAccess(denied, {});
    assert.match(explained!.message, /s3\.example\.com/);
    assert.match(explained!.hint!, /"s3\.example\.com" to "net".*deno\.json/);
  }
});

Deno.test("explainAccess() says nothing of other errors", { permissions: "none" }, () => {
  assert.equal(explainAccess(new Error("connection refused"), {}), undefined);
});
