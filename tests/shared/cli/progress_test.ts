import assert from "node:assert/strict";
import { progressLine, withSeconds } from "../../../shared/cli/progress.ts";
import { until } from "../../../shared/cli/until.ts";

const unit = { permissions: "none" } as const;
const AT_ONCE = { afterMs: 0, everyMs: 1 };

Deno.test("progressLine() draws how far it is in place, and takes it away", unit, async () => {
  const { terminal, written } = fakeTerminal(12);
  {
    using progress = progressLine(terminal, AT_ONCE);
    progress.show("1 of 3 files that are long");
    await drawn(written, 1);
    progress.show("2 of 3");
    await drawn(written, 2);
  }
  assert.deepEqual(written, ["\r\x1b[K1 of 3 file", "\r\x1b[K2 of 3", "\r\x1b[K"]);
});

Deno.test("progressLine() prints lines that stay above it", unit, async () => {
  const { terminal, written } = fakeTerminal(80);
  using progress = progressLine(terminal, AT_ONCE);
  progress.show("1 of 3");
  await drawn(written, 1);
  progress.above(() => written.push("line"));
  await drawn(written, 4);
  assert.deepEqual(written.slice(0, 4), ["\r\x1b[K1 of 3", "\r\x1b[K", "line", "\r\x1b[K1 of 3"]);
});

Deno.test("progressLine() asks again what to draw, such as how long it takes", unit, async () => {
  const { terminal, written } = fakeTerminal(80);
  using progress = progressLine(terminal, AT_ONCE);
  let asked = 0;
  progress.show(() => `asked ${++asked}`);
  await drawn(written, 2);
  assert.deepEqual(written.slice(0, 2), ["\r\x1b[Kasked 1", "\r\x1b[Kasked 2"]);
  assert.equal(withSeconds("Searching…")(), "Searching… 0 s");
});

Deno.test("progressLine() writes nothing for what ends soon", unit, () => {
  const { terminal, written } = fakeTerminal(80);
  {
    using progress = progressLine(terminal);
    progress.show("1 of 3");
    progress.above(() => {});
  }
  assert.deepEqual(written, []);
});

function drawn(written: readonly string[], count: number): Promise<boolean> {
  return until(() => written.length >= count, { timeout: 60_000, interval: 1 });
}

function fakeTerminal(columns: number) {
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  return { written, terminal: { columns: () => columns, write } };
}
