import assert from "node:assert/strict";
import { isTracing, readTraceparent, traceparentOf } from "../../../shared/metrics/traces.ts";

const unit = { permissions: "none" } as const;
const HEADER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

Deno.test("readTraceparent() reads what traceparentOf() writes", unit, () => {
  const context = readTraceparent(HEADER)!;
  assert.deepEqual(context, {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    traceFlags: 1,
    isRemote: true,
  });
  assert.equal(traceparentOf(context), HEADER);
});

Deno.test("readTraceparent() takes nothing that names no span", unit, () => {
  const wrong = [
    ...["", "x", `${HEADER}-more`, `${HEADER}\n`, HEADER.toUpperCase()],
    HEADER.replace("00-", "ff-"),
    HEADER.replace("0af7651916cd43dd8448eb211c80319c", "0".repeat(32)),
    HEADER.replace("b7ad6b7169203331", "0".repeat(16)),
  ];
  for (const text of wrong) assert.equal(readTraceparent(text), undefined, text);
});

Deno.test("isTracing() is false where Deno exports nothing", unit, () => {
  assert.equal(isTracing(), false);
});
