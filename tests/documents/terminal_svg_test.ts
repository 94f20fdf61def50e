import assert from "node:assert/strict";
import { terminalSvg } from "../../docs/pictures/terminal_svg.ts";

const unit = { permissions: "none" } as const;

Deno.test("terminalSvg() shows every line, and none of it is markup", unit, () => {
  const svg = terminalSvg("demo", [
    { text: "✓ Published <b>&</b>", at: 10 },
    { text: "x".repeat(200), at: 20 },
  ], { columns: 40 });
  assert.ok(svg.includes(">✓ Published &lt;b>&amp;&lt;/b></text>"));
  assert.ok(svg.includes(`>${"x".repeat(39)}…</text>`), "a long line is cut");
  assert.ok(svg.includes(">$ demo</text>"));
});

Deno.test("terminalSvg() scrolls to the last line", unit, () => {
  const lines = Array.from({ length: 9 }, (_, at) => ({ text: String(at), at: at * 100 }));
  const [, last] = /100\.000%\{transform:translateY\(-(\d+)px\)\}/.exec(
    terminalSvg("demo", lines, { rows: 4 }),
  )!;
  assert.equal(Number(last), (10 - 4) * 19);
});
