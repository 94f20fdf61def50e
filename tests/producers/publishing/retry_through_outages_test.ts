import assert from "node:assert/strict";
import { retryThroughOutages } from "../../../producers/publishing/retry_through_outages.ts";

const unit = { permissions: "none" } as const;
const { signal } = new AbortController();

Deno.test(
  "retryThroughOutages() retries, and reports the outage once and the recovery once",
  unit,
  async () => {
    const reported: string[] = [];
    let tries = 0;
    const action = () => ++tries < 3 ? Promise.reject(new Error("away")) : Promise.resolve("done");
    const result = await retryThroughOutages(action, {
      signal,
      onWait: (why) => reported.push(why),
      onRecovered: () => reported.push("back"),
      wait: () => Promise.resolve(),
    });
    assert.deepEqual([result, tries, reported], ["done", 3, ["away", "back"]]);
  },
);

Deno.test("retryThroughOutages() throws a fatal error", unit, async () => {
  const refused = new Error("refused");
  const action = () => Promise.reject(new Error("no"));
  await assert.rejects(retryThroughOutages(action, { signal, fatal: () => refused }), refused);
});

Deno.test(
  "retryThroughOutages() stops when the signal aborts, whatever the action does",
  unit,
  async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const stuck = retryThroughOutages(() => new Promise(() => {}), { signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(stuck, reason);
    await assert.rejects(
      retryThroughOutages(() => Promise.resolve(), { signal: controller.signal }),
      reason,
    );
  },
);
