import assert from "node:assert/strict";
import { retryForever } from "../../../producers/publishing/retry_forever.ts";

const unit = { permissions: "none" } as const;
const { signal } = new AbortController();

Deno.test(
  "retryForever() retries, and reports the outage once and the recovery once",
  unit,
  async () => {
    const reported: string[] = [];
    let tries = 0;
    const action = () => ++tries < 3 ? Promise.reject(new Error("away")) : Promise.resolve("done");
    const result = await retryForever(action, {
      signal,
      onWait: (why) => reported.push(why),
      onRecovered: () => reported.push("back"),
      wait: () => Promise.resolve(),
    });
    assert.deepEqual([result, tries, reported], ["done", 3, ["away", "back"]]);
  },
);

Deno.test("retryForever() throws a fatal error", unit, async () => {
  const refused = new Error("refused");
  const action = () => Promise.reject(new Error("no"));
  await assert.rejects(retryForever(action, { signal, fatal: () => refused }), refused);
});

Deno.test(
  "retryForever() stops when the signal aborts, whatever the action does",
  unit,
  async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const stuck = retryForever(() => new Promise(() => {}), { signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(stuck, reason);
    await assert.rejects(
      retryForever(() => Promise.resolve(), { signal: controller.signal }),
      reason,
    );
  },
);
