import fc from "fast-check";
import assert from "node:assert/strict";
import { excerpt, printable } from "../../../shared/cli/printable.ts";

const unit = { permissions: "none" } as const;

Deno.test("printable() shows what a terminal would obey, and leaves all other text", unit, () => {
  assert.equal(
    printable("a\0b\x1b[31m\n\u2028\u202e"),
    "a\\u0000b\\u001b[31m\\u000a\\u2028\\u202e",
  );
  assert.equal(printable("\ud83d"), "\\ud83d");
  for (const text of ['Zoë 🚗👩‍🔧 \\ "', "", "車"]) assert.equal(printable(text), text);
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.match(printable(text), /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]*$/u);
    assert.equal(printable(printable(text)), printable(text));
  }));
});

Deno.test("excerpt() cuts between characters, and says that there is more", unit, () => {
  assert.equal(excerpt("abc", 3), "abc");
  assert.equal(excerpt("abcd", 3), "abc…");
  assert.equal(excerpt("🚗🚗🚗", 3), "🚗🚗🚗");
  assert.equal(excerpt("🚗🚗🚗🚗", 3), "🚗🚗🚗…");
  assert.equal(excerpt("🇿🇦🇿🇦🇿🇦", 5), "🇿🇦🇿🇦…");
  assert.equal(excerpt(`ab${"👩‍🔧".repeat(9)}`, 6), "ab👩‍🔧…");
  // No end of accents on one letter must not leave nothing.
  assert.equal(excerpt(`e${"\u0301".repeat(99)}`).length, 61);
  assert.equal(excerpt("x".repeat(61)), `${"x".repeat(60)}…`);
});
