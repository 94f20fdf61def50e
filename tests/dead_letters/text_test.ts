import assert from "node:assert/strict";
import fc from "fast-check";
import type { Letter } from "../../dead_letters/letters.ts";
import { excerpt, kindOf, letterJson, lettersText } from "../../dead_letters/text.ts";

function letter(value: Uint8Array, reason = "the message is not JSON: why"): Letter {
  const origin = { topic: "sales_topic", partition: 0, offset: 12345 };
  const content = { key: null, value: Buffer.from(value), headers: {}, digest: "" };
  return { kind: "letter", at: 0, origin, reason, ...content, letterPartition: 0, attempts: 0 };
}

const utf8 = (text: string) => new TextEncoder().encode(text);
/** What a terminal may act on. */
const HARMFUL = /[\p{C}\p{Zl}\p{Zp}]/u;

Deno.test("excerpt() and letterJson() give a terminal nothing to act on, whatever a value holds", () => {
  const text = fc.string({ unit: "binary", maxLength: 80 });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), text.map(utf8)), text, (bytes, why) => {
      assert.doesNotMatch(excerpt(bytes), HARMFUL);
      assert.doesNotMatch(letterJson(letter(bytes, why), ""), HARMFUL);
      for (const line of lettersText([letter(bytes, why)])) assert.doesNotMatch(line, HARMFUL);
    }),
    { numRuns: 100 },
  );
});

Deno.test("letterJson() gives back every value, as text or as base64", () => {
  const text = fc.string({ unit: "binary", maxLength: 40 });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), text.map(utf8)), (bytes) => {
      const json = JSON.parse(letterJson(letter(bytes), ""));
      const read = "value" in json ? utf8(json.value) : Uint8Array.fromBase64(json.value_base64);
      assert.deepEqual([...read], [...bytes]);
    }),
    { numRuns: 500 },
  );
});

Deno.test("excerpt() is short, and shows bytes that are no text as such", () => {
  assert.equal(excerpt(utf8("a\n  b")), "a b");
  assert.equal(excerpt(Uint8Array.of(0xff, 0x00)), "2 bytes 0xff00");
  assert.equal([...excerpt(utf8("🚗".repeat(500)))].length, 48);
  assert.match(excerpt(utf8("🚗".repeat(500))), /^🚗+…$/u);
});

Deno.test("kindOf() leaves out what differs from event to event", () => {
  assert.equal(kindOf("the message is not JSON: Unexpected token"), "the message is not JSON");
  assert.equal(
    kindOf('sale_price is "12k", expected an amount such as 23999.50'),
    "sale_price is not an amount such as 23999.50",
  );
  assert.equal(kindOf("the event has no timestamp"), "the event has no timestamp");
});

Deno.test("lettersText() writes origins as --origin takes them, and counts by reason", () => {
  const lines = lettersText([letter(utf8("x")), letter(utf8("y"), "the event has no timestamp")]);
  assert.match(lines[1]!, /^ {2}1970-01-01T00:00:00\.000Z {2}sales_topic\/0\/12345 {2}.* x$/);
  assert.deepEqual(lines.slice(-2), [
    "  the message is not JSON           1",
    "  the event has no timestamp        1",
  ]);
});
