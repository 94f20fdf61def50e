import assert from "node:assert/strict";
import { explain } from "../../verify/explain_verify.ts";
import { UserError } from "../../shared/cli/errors.ts";
import { readSettings } from "../../shared/cli/settings.ts";

const settings = readSettings(() => undefined);

Deno.test("explain() words what Kafka's client throws", () => {
  const error = Object.assign(new Error("Closed connection"), { name: "KafkaJSConnectionError" });
  const explained = explain(error, settings);
  assert.ok(explained instanceof UserError);
  assert.match(explained.message, /^Cannot reach Kafka at localhost:9092: Closed connection/);
});

Deno.test("explain() words what S3's client throws", () => {
  const explained = explain(Object.assign(new Error("refused"), { $metadata: {} }), settings);
  assert.ok(explained instanceof UserError);
  assert.match(explained.message, /^Cannot reach S3 at .*: refused/);
});

Deno.test("explain() leaves other errors as they are", () => {
  const others = [new UserError("known"), new TypeError("a fault of ours"), "text", undefined];
  for (const other of others) assert.equal(explain(other, settings), other);
});
