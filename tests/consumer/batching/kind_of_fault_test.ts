import assert from "node:assert/strict";
import { decoder } from "../../../consumer/batching/decode.ts";
import { faultKinds, kindOfFault } from "../../../consumer/batching/kind_of_fault.ts";

const sale = {
  event_id: "SALE-A1B2C3D4",
  event_type: "sales",
  timestamp: "2026-02-26T10:23:45.000Z",
};
const faults: Readonly<Record<string, unknown>> = {
  invalid_json: "{",
  not_an_object: [1],
  wrong_type: { ...sale, event_type: "payments" },
  missing_id: { ...sale, event_id: undefined },
  missing_timestamp: { ...sale, timestamp: undefined },
  invalid_value: { ...sale, timestamp: "yesterday" },
  too_many_fields: {
    ...sale,
    ...Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`x${i}`, i])),
  },
  unstorable_field: { ...sale, "": 1 },
};

const encode = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

for (const [kind, event] of Object.entries(faults)) {
  Deno.test(`kindOfFault() of a message of the fault ${kind}`, { permissions: "none" }, () => {
    const decoded = decoder("sales")(encode(event));
    assert.equal(decoded.kind, "dead letter");
    assert.equal(kindOfFault((decoded as { reason: string }).reason), kind);
  });
}

Deno.test("kindOfFault() of other reasons", { permissions: "none" }, () => {
  const { reason } = decoder("sales")(new Uint8Array([0xff])) as { reason: string };
  assert.equal(kindOfFault(reason), "invalid_utf8");
  assert.equal(kindOfFault("the message cannot be read: why"), "unreadable");
  assert.equal(kindOfFault("whatever comes"), "other");
});

Deno.test(
  "kindOfFault() answers nothing that is not among faultKinds",
  { permissions: "none" },
  () => {
    const tried = [...Object.keys(faults), "invalid_utf8", "unreadable", "other"];
    assert.deepEqual(faultKinds.toSorted(), tried.toSorted());
  },
);
