import assert from "node:assert/strict";
import { plainRows } from "../../consumer/batching/plain_rows.ts";
import { decoder } from "../../consumer/batching/decode.ts";
import { type Form, sizedEvent } from "../../bench/sized_events.ts";

const unit = { permissions: "none" } as const;
const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test(
  "sizedEvent() makes events of exactly so many bytes, each with an id of its own",
  unit,
  () => {
    for (
      const [form, bytes] of [["all fields", 400], ["few fields", 200], ["all fields", 100_000]]
    ) {
      const event = sizedEvent(form as Form, bytes as number);
      for (const n of [0, 1, 9_999_999]) assert.equal(bytesOf(event(n)).length, bytes);
      assert.notEqual(JSON.parse(event(1)).event_id, JSON.parse(event(2)).event_id);
    }
  },
);

Deno.test(
  "sizedEvent() writes all fields so that the consumer need not decode them, few so that it must",
  unit,
  () => {
    const isPlain = (form: Form) => plainRows("interactions")(bytesOf(sizedEvent(form, 2_000)(7)));
    assert.ok(isPlain("all fields"));
    assert.equal(isPlain("few fields"), undefined);
    assert.equal(decoder("interactions")(bytesOf(sizedEvent("few fields", 2_000)(7))).kind, "row");
  },
);

Deno.test("sizedEvent() says when the fields take more", unit, () => {
  assert.throws(() => sizedEvent("all fields", 200), /^RangeError: all fields take more than 200/);
});
