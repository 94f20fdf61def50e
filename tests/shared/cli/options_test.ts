import { CommanderError } from "commander";
import assert from "node:assert/strict";
import process from "node:process";
import config from "../../../deno.json" with { type: "json" };
import {
  interval,
  Option,
  parseOptions,
  positiveInteger,
  seconds,
} from "../../../shared/cli/options.ts";

const table = () => [
  new Option("--interval <seconds>", "seconds between events").argParser(interval).default(5),
  new Option("--count <number>", "events of each system").argParser(positiveInteger),
  new Option("--timeout <seconds>", "age of a batch").argParser(seconds),
];

/** Parses, and gives what a person would read when it fails. */
function parse(...args: string[]): { options?: Record<string, unknown>; printed: string } {
  let printed = "";
  const { stderr } = process;
  const original = stderr.write;
  stderr.write = (text: string | Uint8Array) => (printed += text, true);
  try {
    return { options: parseOptions("test", "A test.", table(), args), printed };
  } catch (error) {
    assert.ok(error instanceof CommanderError);
    assert.notEqual(error.exitCode, 0);
    return { printed };
  } finally {
    stderr.write = original;
  }
}

Deno.test("parseOptions() reads values and defaults", () => {
  assert.deepEqual(parse().options, { interval: 5 });
  assert.deepEqual(parse("--interval", "0.5", "--count=3").options, { interval: 0.5, count: 3 });
  assert.deepEqual(parse("--interval", "0").options, { interval: 0 });
});

Deno.test("parseOptions() says which option, which value and what would be right", () => {
  const cases: [args: string[], ...parts: string[]][] = [
    [["--count", "abc"], "--count", "'abc'", "whole number of 1 or more"],
    [["--count", "0"], "--count", "'0'", "whole number of 1 or more"],
    [["--count", "-3"], "--count", "'-3'", "whole number of 1 or more"],
    [["--count", "1.5"], "--count", "'1.5'", "whole number"],
    [["--count", "9007199254740993"], "--count", "'9007199254740993'"],
    [["--count", ""], "--count", "''", "whole number"],
    [["--count"], "--count", "missing", "events of each system"],
    [["--interval", "-1"], "--interval", "'-1'", "0 for no pause"],
    [["--interval", "NaN"], "--interval", "'NaN'"],
    [["--interval", "1e3"], "--interval", "'1e3'"],
    [["--timeout", "0"], "--timeout", "'0'", "above 0"],
    [["--cuont", "3"], "--cuont", "--count"],
    [["--zzz"], "--zzz", "--help"],
    [["sales"], "'sales'"],
  ];
  for (const [args, ...parts] of cases) {
    const { options, printed } = parse(...args);
    assert.equal(options, undefined, args.join(" "));
    assert.match(printed, /^✗ .+\n {2}→ .+\n$/);
    for (const part of parts) assert.ok(printed.includes(part), `${printed} has no ${part}`);
  }
});

Deno.test("parseOptions() prints the version of deno.json", () => {
  let printed = "";
  const { stdout } = process;
  const original = stdout.write;
  stdout.write = (text: string | Uint8Array) => (printed += text, true);
  try {
    assert.throws(() => parseOptions("test", "A test.", table(), ["--version"]), { exitCode: 0 });
  } finally {
    stdout.write = original;
  }
  assert.equal(printed, `${config.version}\n`);
});
