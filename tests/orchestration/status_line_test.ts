import assert from "node:assert/strict";
import { statusLine } from "../../orchestration/status_line.ts";

/** All that was written, in order: lines that stay, and what was drawn. */
function screen(columns = 80) {
  const written: string[] = [];
  const log = (line: string) => written.push(`${line}\n`);
  const terminal = { columns: () => columns, write: (text: string) => written.push(text) };
  return { written, log, terminal };
}

Deno.test("statusLine() without a terminal prints each state as a line", () => {
  const { written, log } = screen();
  {
    using line = statusLine(log);
    line.show("1:00 left");
    line.log("an event");
    line.show("0:50 left");
  }
  assert.equal(written.join(""), "1:00 left\nan event\n0:50 left\n");
});

Deno.test("statusLine() on a terminal draws the state again in place, below the lines that stay", () => {
  const { written, log, terminal } = screen();
  {
    using line = statusLine(log, terminal);
    line.log("first");
    line.show("1:00 left");
    line.log("an event");
    line.show("0:59 left");
  }
  const clear = "\r\x1b[K";
  assert.equal(
    written.join(""),
    `first\n${clear}1:00 left${clear}an event\n${clear}1:00 left${clear}0:59 left${clear}`,
  );
});

Deno.test("statusLine() keeps the state within one line of the terminal", () => {
  const { written, log, terminal } = screen(6);
  using line = statusLine(log, terminal);
  line.show("… 0:50 left");
  assert.equal(written.join(""), "\r\x1b[K… 0:5");
});
