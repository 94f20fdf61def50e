import assert from "node:assert/strict";
import { dropUnprintable } from "../shared/printing.ts";

Deno.test("dropUnprintable() prints what can be printed, and drops the rest", () => {
  const { log, error } = console;
  const printed: unknown[][] = [];
  let open = true;
  const print = (...args: unknown[]) => {
    if (!open) throw new Error("Input/output error (os error 5)");
    printed.push(args);
  };
  try {
    Object.assign(console, { log: print, error: print });
    dropUnprintable();
    console.log("a", 1);
    console.error("b");
    open = false;
    console.log("c");
    console.error("d");
  } finally {
    Object.assign(console, { log, error });
  }
  assert.deepEqual(printed, [["a", 1], ["b"]]);
});
