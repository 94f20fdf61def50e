import assert from "node:assert/strict";
import { painter } from "../../../shared/cli/colour.ts";
import { statusColours } from "../../../orchestration/status_colours.ts";

const unit = { permissions: "none", ignore: Deno.noColor } as const;
const terminal = { isTerminal: () => true };
const pipe = { isTerminal: () => false };
const TEXT =
  "✓ Loaded 7\n  ✓ Kafka\n✅ 7 = 7\n✗ 7 != 8\n  → see ✗\n⚠ X is not known\nWaiting: S3\n";

Deno.test("painter() colours by the marks that lines begin with", unit, () => {
  const [green, red, yellow, end] = ["\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[39m"];
  assert.equal(
    painter(terminal)(TEXT),
    `${green}✓${end} Loaded 7\n${green}  ✓${end} Kafka\n${green}✅ 7 = 7${end}\n` +
      `${red}✗ 7 != 8${end}\n  → see ✗\n${yellow}⚠ X is not known${end}\n` +
      `${yellow}Waiting: S3${end}\n`,
  );
});

Deno.test("painter() leaves what is not for a terminal as it is", { permissions: "none" }, () => {
  assert.equal(painter(pipe)(TEXT), TEXT);
});

Deno.test("the state is coloured where it is good or bad, and nowhere else", unit, () => {
  const paint = painter(terminal, statusColours);
  assert.equal(
    paint("  kafka      running  localhost"),
    "  kafka      \x1b[32mrunning\x1b[39m  localhost",
  );
  assert.equal(paint("  s3  stopped  localhost"), "  s3  \x1b[33mstopped\x1b[39m  localhost");
  assert.equal(paint("  Cannot reach S3"), "  \x1b[31mCannot reach S3\x1b[39m");
  const program = "  no producer, consumer or loader is running";
  assert.equal(paint(program), program);
});
