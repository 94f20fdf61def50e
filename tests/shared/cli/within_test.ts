import assert from "node:assert/strict";
import { within } from "../../../shared/cli/within.ts";

const unit = { permissions: "none" } as const;
const never = new Promise<never>(() => {});

Deno.test("within() does as the promise does", unit, async () => {
  const options = { what: "Kafka", ms: 60_000 };
  assert.equal(await within(Promise.resolve(1), options), 1);
  const fault = new Error("fault");
  await assert.rejects(within(Promise.reject(fault), options), fault);
});

Deno.test("within() says who took too long, and ignores how it ends", unit, async () => {
  const { promise, reject } = Promise.withResolvers<never>();
  await assert.rejects(within(promise, { what: "Kafka", ms: 1 }), {
    name: "UserError",
    message: "Kafka did not respond within 0.001 s",
  });
  reject(new Error("late"));
});

Deno.test("within() rejects with the signal's reason", unit, async () => {
  const reason = new Error("stopped");
  const options = { what: "Kafka", ms: 60_000, signal: AbortSignal.abort(reason) };
  await assert.rejects(within(never, options), reason);
});
