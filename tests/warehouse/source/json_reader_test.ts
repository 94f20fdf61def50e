import fc from "fast-check";
import assert from "node:assert/strict";
import { JsonReader } from "../../../warehouse/source/json_reader.ts";
import type { SourceRow } from "../../../warehouse/source/source_row.ts";

const isId = (name: string) => name === "id";

/** Reads a text in pieces of so many bytes. */
function read(text: string, piece = 1_000): SourceRow[] {
  const reader = new JsonReader(isId);
  const bytes = new TextEncoder().encode(text);
  const rows: SourceRow[] = [];
  for (let at = 0; at < bytes.length; at += piece) {
    rows.push(...reader.read(bytes.subarray(at, at + piece)));
  }
  return [...rows, ...reader.end()];
}

const objects = (rows: readonly SourceRow[]) =>
  rows.map(({ names, cells }) => Object.fromEntries(names.map((name, at) => [name, cells[at]])));

/** A value's text as a CSV file would have it. */
function cellOf(value: unknown): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  return JSON.stringify(value);
}

Deno.test("JsonReader gives the same rows in every shape and cut into any pieces", () => {
  // `__proto__` is no own field of an object literal, and nobody's column.
  const name = fc.string({ unit: "grapheme" }).filter((name) => name !== "__proto__");
  const row = fc.dictionary(name, fc.jsonValue({ maxDepth: 3 })).map((row) => ({
    id: "x",
    ...row,
  }));
  fc.assert(fc.property(fc.array(row), fc.integer({ min: 1, max: 50 }), (rows, piece) => {
    const expected = rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cellOf(value)]))
    );
    assert.deepEqual(objects(read(JSON.stringify(rows), piece)), expected);
    assert.deepEqual(objects(read(JSON.stringify(rows, null, 2), piece)), expected);
    if (rows.length === 0) return;
    const lines = rows.map((row) => JSON.stringify(row)).join("\r\n");
    assert.deepEqual(objects(read(`\ufeff${lines}`, piece)), expected);
    const wrapped = { count: 1, of: ["a"], meta: { a: [{ b: 1 }] }, data: rows, more: [1] };
    assert.deepEqual(objects(read(JSON.stringify(wrapped), piece)), expected);
  }));
});

Deno.test("JsonReader keeps the digits of numbers, and numbers the rows", () => {
  const rows = read('[{"id": 1.50, "n": {"a": [12345678901234567890, 1e400]}}, {"id": "2"}]');
  assert.deepEqual(objects(rows), [
    { id: "1.50", n: '{"a":[12345678901234567890,1e400]}' },
    { id: "2" },
  ]);
  assert.deepEqual(rows.map(({ number }) => number), [1, 2]);
});

Deno.test("JsonReader takes an array in a row that has an id for a value of that row", () => {
  const row = '{"id": 1, "items": [{"a": 1}]}';
  assert.deepEqual(objects(read(row)), [{ id: "1", items: '[{"a":1}]' }]);
});

Deno.test("JsonReader says what is no file of rows, and where", () => {
  const wrong = {
    "": /^it is empty$/,
    "5 ": /^it is 5, not an object$/,
    "[[1]]": /^it is an array, not an object$/,
    '[{"id": 1}, 2]': /^row 1: it is 2, not an object$/,
    '[{"id": 1}': /cut off$/,
    '[{"id": 1}] {}': /stands behind its end$/,
    '[{"id": 1} {"id": 2}]': /^row 1: it is not JSON: \{ where a comma belongs$/,
    '[{"id" 1}]': /^row 1: it is not JSON: 1 where a colon belongs$/,
    '[{"id": 1,}]': /^row 1: it is not JSON: \} where a name in quotes belongs$/,
    '[{"id": NaN}]': /^row 1: it is not JSON: "N" at byte 8 \(NaN and Infinity/,
    '{"a": [{"id": 1}], "b": [{"id": 2}]}': /^it has two arrays of objects, "a" and "b"/,
    '{"a": [{"id": 1}], "id": 2}': /^"id" stands beside the array "a"/,
  };
  for (const [text, message] of Object.entries(wrong)) {
    assert.throws(() => read(text, 1), { name: "UnreadableFile", message }, text);
  }
});
