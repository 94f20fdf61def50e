import assert from "node:assert/strict";
import { insist } from "../../../producers/publishing/insist.ts";

const unit = { permissions: "none" } as const;
const { signal } = new AbortController();

Deno.test(
  "insist() tries again, and tells once that it waits and once that it is over",
  unit,
  async () => {
    const told: string[] = [];
    let tries = 0;
    const action = () => ++tries < 3 ? Promise.reject(new Error("away")) : Promise.resolve("done");
    const result = await insist(action, {
      signal,
      onWait: (why) => told.push(why),
      onBack: () => told.push("back"),
      wait: () => Promise.resolve(),
    });
    assert.deepEqual([result, tries, told], ["done", 3, ["away", "back"]]);
  },
);

Deno.test("insist() ends with a fatal error", unit, async () => {
  const refused = new Error("refused");
  const action = () => Promise.reject(new Error("no"));
  await assert.rejects(insist(action, { signal, fatal: () => refused }), refused);
});

Deno.test("insist() ends when the signal aborts, whatever the action does", unit, async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const stuck = insist(() => new Promise(() => {}), { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(stuck, reason);
  await assert.rejects(insist(() => Promise.resolve(), { signal: controller.signal }), reason);
});
