import assert from "node:assert/strict";
import { later } from "../../../producers/publishing/later.ts";

const unit = { permissions: "none" } as const;

/** Resolves when a signal aborts, with the reason; keeps the program alive until then. */
async function aborted(signal: AbortSignal): Promise<Error> {
  const alive = setInterval(() => {}, 1_000);
  try {
    return await new Promise((resolve) =>
      signal.addEventListener("abort", () => resolve(signal.reason), { once: true })
    );
  } finally {
    clearInterval(alive);
  }
}

Deno.test("later() aborts some time after the other signal, not with it", unit, async () => {
  const stop = new AbortController();
  const late = later(stop.signal, 5);
  stop.abort();
  assert.equal(late.aborted, false);
  assert.match((await aborted(late)).message, /^no answer for 0\.005 s$/);
});

Deno.test("later() aborts also when the other signal had aborted before", unit, async () => {
  const late = later(AbortSignal.abort(), 5);
  assert.equal(late.aborted, false);
  await aborted(late);
});
