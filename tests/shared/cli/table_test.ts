import assert from "node:assert/strict";
import { table } from "../../../shared/cli/table.ts";

Deno.test("table() aligns texts to the left and numbers to the right, with separators", () => {
  assert.deepEqual(table([["type", "rows"], ["sales", 1234567], ["telemetry", 8]]), [
    "  type            rows",
    "  sales      1,234,567",
    "  telemetry          8",
  ]);
});

Deno.test("table() shows what is not known as a dash, aligned like the column", () => {
  assert.deepEqual(table([["topic", "lag"], ["a", 1000], ["b", undefined]]), [
    "  topic    lag",
    "  a      1,000",
    "  b          –",
  ]);
});

Deno.test("table() leaves no blanks at the ends of lines", () => {
  assert.deepEqual(table([["service", "address"], ["s3", "x"]]), [
    "  service  address",
    "  s3       x",
  ]);
});

Deno.test("table() shows a header alone", () => {
  assert.deepEqual(table([["type", "rows"]]), ["  type  rows"]);
});
