import assert from "node:assert/strict";
import { UserError } from "../../../shared/cli/errors.ts";
import { unprotected } from "../../../shared/cli/kafka_security.ts";
import { securityOptions } from "../../../shared/kafka/security_options.ts";

const tls = { ...unprotected, tls: true };

Deno.test("securityOptions() protects nothing unless told to", { permissions: "none" }, () => {
  assert.deepEqual(securityOptions(unprotected), { ssl: false, sasl: undefined });
  assert.deepEqual(securityOptions(tls), { ssl: true, sasl: undefined });
});

Deno.test(
  "securityOptions() gives kafkajs a copy to keep its state in",
  { permissions: "none" },
  () => {
    const sasl = { mechanism: "plain", username: "u", password: "p" } as const;
    const options = securityOptions({ ...unprotected, sasl });
    assert.deepEqual(options.sasl, sasl);
    assert.notEqual(options.sasl, sasl);
  },
);

// The permission that the scripts have, with `deno test -A` too.
const scripts = { permissions: { read: ["certs", "deno.json"] } };

Deno.test(
  "securityOptions() names the file of authorities that it cannot use, and why",
  scripts,
  () => {
    const files = {
      "certs/not-there.pem": /^Cannot read certs\/not-there\.pem \(KAFKA_TLS_CA\): No such file/,
      "deno.json": /^There is no certificate in deno\.json \(KAFKA_TLS_CA\)$/,
      "../outside.pem": /^Cannot read \.\.\/outside\.pem .* permission set does not allow it$/,
    };
    for (const [caFile, message] of Object.entries(files)) {
      assert.throws(
        () => securityOptions({ ...tls, caFile }),
        (error) => error instanceof UserError && message.test(error.message) && Boolean(error.hint),
        caFile,
      );
    }
  },
);
