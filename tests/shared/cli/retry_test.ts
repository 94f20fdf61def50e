import assert from "node:assert/strict";
import { ServiceError } from "../../../shared/cli/errors.ts";
import { retry, retryForever, retryWhileUnavailable } from "../../../shared/cli/retry.ts";
import { Waits } from "../../../shared/cli/waits.ts";

const unit = { permissions: "none" } as const;
const never = new AbortController().signal;
const atOnce = { wait: () => Promise.resolve() };
const away = (message = "away", options = {}) =>
  new ServiceError("S3", message, "start it", { canRetry: true, ...options });

/** Fails with each of these in turn, then succeeds. */
function failing(...errors: unknown[]): () => Promise<string> {
  return () => errors.length > 0 ? Promise.reject(errors.shift()) : Promise.resolve("done");
}

/** Lines that were said, and a clock of one's own. */
function waits() {
  const lines: string[] = [];
  let now = 0;
  const told = new Waits((line) => lines.push(line), () => now);
  return { lines, told, pass: (ms: number) => void (now += ms) };
}

Deno.test(
  "Waits says once what is waited for and what ends it, and once that it is over",
  unit,
  () => {
    const { lines, told, pass } = waits();
    told.onWaiting(away("Cannot reach S3: refused"));
    pass(20_000);
    told.onWaiting(away("Cannot reach S3: timed out"));
    assert.equal(told.longest?.what, "Cannot reach S3: timed out; start it");
    pass(22_000);
    told.onResumed("S3");
    told.onResumed("S3");
    assert.deepEqual(lines, [
      "Waiting: Cannot reach S3: refused; start it",
      "S3 reachable again after 42 s, resuming",
    ]);
    assert.equal(told.longest, undefined);
  },
);

Deno.test(
  "Waits says what is refused once the service is there, and keeps services apart",
  unit,
  () => {
    const { lines, told } = waits();
    told.onWaiting(away());
    told.onWaiting(new ServiceError("Kafka", "no ACL", "allow it"));
    told.onWaiting(new ServiceError("S3", "no key", "check it"));
    told.onResumed("S3");
    assert.equal(told.longest?.what, "no ACL; allow it");
    assert.deepEqual(lines, [
      "Waiting: away; start it",
      "Waiting: no ACL; allow it",
      "Waiting: no key; check it",
      "S3 usable again after 0 s, resuming",
    ]);
  },
);

Deno.test(
  "retryWhileUnavailable() waits for what is away, and ends with what is refused",
  unit,
  async () => {
    const { lines, told } = waits();
    assert.equal(await retryWhileUnavailable(failing(away(), away()), told, never, atOnce), "done");
    assert.equal(lines.length, 2);
    const refused = new ServiceError("S3", "no key", "check it");
    await assert.rejects(
      retryWhileUnavailable(failing(away(), refused), told, never, atOnce),
      refused,
    );
    const fault = new TypeError("a fault of ours");
    await assert.rejects(retryWhileUnavailable(failing(fault), told, never), fault);
  },
);

Deno.test(
  "retryWhileUnavailable() gives up a name that nobody knows after its time, not before",
  unit,
  async () => {
    const { told } = waits();
    const unknown = away("getaddrinfo ENOTFOUND s4", { isUnknownHost: true });
    assert.equal(await retryWhileUnavailable(failing(unknown), told, never, atOnce), "done");
    await assert.rejects(
      retryWhileUnavailable(failing(unknown), told, never, { unknownHostMs: 0 }),
      unknown,
    );
  },
);

Deno.test(
  "retryWhileUnavailable() says that a service is back when it waits for the next one",
  unit,
  async () => {
    const { lines, told } = waits();
    const kafka = new ServiceError("Kafka", "none", "start it", { canRetry: true });
    await retryWhileUnavailable(failing(away(), kafka), told, never, atOnce);
    assert.deepEqual(lines, [
      "Waiting: away; start it",
      "S3 reachable again after 0 s, resuming",
      "Waiting: none; start it",
      "Kafka reachable again after 0 s, resuming",
    ]);
  },
);

Deno.test(
  "retryForever() and retryWhileUnavailable() end at once with the signal's reason",
  unit,
  async () => {
    for (const begin of [retryForever, retryWhileUnavailable]) {
      const stop = new AbortController();
      const reason = new Error("stopped");
      const explain = (error: unknown) => error as ServiceError;
      const told = { onWaiting: () => stop.abort(reason), onResumed() {}, explain };
      await assert.rejects(begin(() => Promise.reject(away()), told, stop.signal), reason);
      await assert.rejects(begin(() => assert.fail("not tried"), told, stop.signal), reason);
    }
  },
);

Deno.test(
  "retry() retries until the work succeeds, and passes attempt and bounds to the wait",
  unit,
  async () => {
    const waits: unknown[] = [];
    const errors: unknown[] = [];
    let calls = 0;
    const work = () =>
      ++calls < 3 ? Promise.reject(new Error(`${calls}`)) : Promise.resolve("done");
    const result = await retry(work, {
      base: 1,
      max: 2,
      onRetry: (error, attempt) => void errors.push([(error as Error).message, attempt]),
      wait: (attempt, { base, max }) => Promise.resolve(void waits.push([attempt, base, max])),
    });
    assert.equal(result, "done");
    assert.deepEqual(waits, [[1, 1, 2], [2, 1, 2]]);
    assert.deepEqual(errors, [["1", 1], ["2", 2]]);
  },
);

Deno.test(
  "retry() throws the last error after maxAttempts, and at once what no retry can help",
  unit,
  async () => {
    const wait = () => Promise.resolve();
    let calls = 0;
    const work = () => Promise.reject(new Error(`${++calls}`));
    await assert.rejects(retry(work, { maxAttempts: 3, wait }), { message: "3" });
    await assert.rejects(retry(work, { isRetriable: () => false, wait }), { message: "4" });
  },
);

Deno.test("retry() rejects with the signal's reason once it has aborted", unit, async () => {
  const controller = new AbortController();
  const reason = new Error("stopped");
  const work = () => {
    controller.abort(reason);
    return Promise.reject(new Error("of the work"));
  };
  await assert.rejects(retry(work, { signal: controller.signal }), reason);
});
