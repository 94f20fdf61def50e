import assert from "node:assert/strict";
import { numberedLines } from "../../../warehouse/load/numbered_lines.ts";

function numbered(text: string): { text: string; count: number } {
  const { bytes, count } = numberedLines(new TextEncoder().encode(text), "7");
  return { text: new TextDecoder().decode(bytes), count };
}

Deno.test("numberedLines() puts the load and the line before each row, as the ledger counts lines", () => {
  assert.deepEqual(numbered("a,1\nb,2\n"), { text: "7,2,a,1\n7,3,b,2\n", count: 2 });
  assert.deepEqual(numbered(""), { text: "", count: 0 });
});

Deno.test("numberedLines() takes a line feed within quotes for a part of its cell", () => {
  assert.deepEqual(numbered('"one\ntwo",1\n"say ""x\n""",2\n"é\u2028",3\n'), {
    text: '7,2,"one\ntwo",1\n7,3,"say ""x\n""",2\n7,4,"é\u2028",3\n',
    count: 3,
  });
});

Deno.test("numberedLines() ends a last row that has no end", () => {
  assert.deepEqual(numbered("a\nb"), { text: "7,2,a\n7,3,b\n", count: 2 });
});
