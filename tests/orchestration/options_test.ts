import { CommanderError } from "commander";
import assert from "node:assert/strict";
import process from "node:process";
import { parseOrchestratorOptions } from "../../orchestration/options.ts";
import { UserError } from "../../shared/cli/errors.ts";

/** Parses, and gives what a person would read when it is refused. */
function refused(args: string[]): string {
  let printed = "";
  const { stderr } = process;
  const original = stderr.write;
  stderr.write = (text: string | Uint8Array) => (printed += text, true);
  try {
    parseOrchestratorOptions(args);
  } catch (error) {
    if (error instanceof UserError) {
      assert.equal(error.exitCode, 2);
      return `${error.message}\n${error.hint}`;
    }
    assert.ok(error instanceof CommanderError);
    assert.notEqual(error.exitCode, 0);
    return printed;
  } finally {
    stderr.write = original;
  }
  throw new assert.AssertionError({ message: `taken: ${args.join(" ")}` });
}

Deno.test("parseOrchestratorOptions() reads every flag", () => {
  assert.deepEqual(parseOrchestratorOptions(["--kafka-start"]), { kafkaStart: true });
  assert.deepEqual(parseOrchestratorOptions(["--kafka-stop", "--purge"]), {
    kafkaStop: true,
    purge: true,
  });
  assert.deepEqual(parseOrchestratorOptions(["--stop-all"]), { stopAll: true });
  assert.deepEqual(parseOrchestratorOptions(["--status"]), { status: true });
  assert.deepEqual(parseOrchestratorOptions(["--demo", "--duration", "7.5"]), {
    demo: true,
    duration: 7.5,
  });
  const all = "--kafka-start --producers telemetry --interval 0 --count 3 --seed 7 " +
    "--consumer --batch-size 5 --timeout 60 --max-buffer 32";
  assert.deepEqual(parseOrchestratorOptions(all.split(" ")), {
    kafkaStart: true,
    producers: "telemetry",
    interval: 0,
    count: 3,
    seed: 7,
    consumer: true,
    batchSize: 5,
    timeout: 60,
    maxBuffer: 32,
  });
});

Deno.test("parseOrchestratorOptions() takes --producers without a value for all", () => {
  assert.deepEqual(parseOrchestratorOptions(["--producers"]), { producers: "all" });
  assert.deepEqual(parseOrchestratorOptions(["--producers", "--count", "2"]), {
    producers: "all",
    count: 2,
  });
});

Deno.test("parseOrchestratorOptions() takes several systems with commas, each once", () => {
  const systems = (value: string) => parseOrchestratorOptions(["--producers", value]).producers;
  assert.equal(systems("sales,payments"), "sales,payments");
  assert.equal(systems("sales, payments,sales"), "sales,payments");
  assert.equal(systems("all"), "all");
  const again = ["--producers", "all", "--producers", "telemetry"];
  assert.equal(parseOrchestratorOptions(again).producers, "telemetry");
});

Deno.test("parseOrchestratorOptions() takes the command lines of the original", () => {
  const taken: Record<string, Record<string, unknown>> = {
    "--kafka-start": { kafkaStart: true },
    "--kafka-stop": { kafkaStop: true },
    "--producers all --interval 5 --count 20": { producers: "all", interval: 5, count: 20 },
    "--producers sales --interval 2": { producers: "sales", interval: 2 },
    "--producers": { producers: "all" },
    "--consumer": { consumer: true },
    "--consumer --batch-size 100 --timeout 300": { consumer: true, batchSize: 100, timeout: 300 },
    "--status": { status: true },
    "--stop-all": { stopAll: true },
    "--demo": { demo: true },
  };
  for (const [line, options] of Object.entries(taken)) {
    assert.deepEqual(parseOrchestratorOptions(line.split(" ")), options, line);
  }
});

Deno.test("parseOrchestratorOptions() lets a flag that comes again win, as tasks with more arguments need", () => {
  const args = ["--producers", "all", "--count", "20", "--consumer", "--count", "2"];
  assert.equal(parseOrchestratorOptions(args).count, 2);
});

const WHOLE = "whole number of 1 or more";

for (
  const [args, ...parts] of [
    ["--producers sales,boats", "'sales,boats'", "all, or one or more of"],
    ["--demo --s3 minio", "--s3", "'minio'", "local, aws"],
    ["--producers --s3 aws", "--s3 aws only", "--demo or --kafka-start or --consumer"],
    ["--producers boats", "--producers", "'boats'", "all, or one or more of sales, payments"],
    ["--producers --interval -1", "--interval", "'-1'", "0 for no pause"],
    ["--producers --interval soon", "--interval", "'soon'", "number of seconds"],
    ["--producers --interval", "--interval", "missing", "seconds between"],
    ["--producers --count 0", "--count", "'0'", WHOLE],
    ["--producers --count -5", "--count", "'-5'", WHOLE],
    ["--producers --count many", "--count", "'many'", WHOLE],
    ["--producers --count 2.5", "--count", "'2.5'", WHOLE],
    ["--producers --count", "--count", "missing", "events of each system"],
    ["--producers --seed 0", "--seed", "'0'", WHOLE],
    ["--consumer --batch-size 0", "--batch-size", "'0'", WHOLE],
    ["--consumer --batch-size ten", "--batch-size", "'ten'", WHOLE],
    ["--consumer --batch-size", "--batch-size", "missing", "events in a file"],
    ["--consumer --timeout 0", "--timeout", "'0'", "above 0"],
    ["--consumer --timeout -1", "--timeout", "'-1'", "above 0"],
    ["--consumer --timeout", "--timeout", "missing", "land a file"],
    ["--consumer --max-buffer 0", "--max-buffer", "'0'", WHOLE],
    ["--demo --duration 0", "--duration", "'0'", "above 0"],
    ["--demo --duration 1m", "--duration", "'1m'", "such as 5"],
    ["--demo --duration", "--duration", "missing", "how long"],
    ["--kafka-strat", "--kafka-strat", "--kafka-start"],
    ["--xyz", "--xyz", "--help"],
    ["sales", "'sales'"],
    ["--kafka-start sales", "'sales'"],
    ["", "no command given", "--kafka-start", "--demo"],
    ["--consumer --count 5", "--count 5", "--producers"],
    ["--kafka-start --interval 2", "--interval 2", "--producers"],
    ["--consumer --seed 3", "--seed 3", "--producers"],
    ["--producers --batch-size 5", "--batch-size 5", "--consumer"],
    ["--producers --timeout 5", "--timeout 5", "--consumer"],
    ["--producers --max-buffer 5", "--max-buffer 5", "--consumer"],
    ["--consumer --duration 5", "--duration 5", "--demo"],
    ["--kafka-start --purge", "--purge only", "--kafka-stop or --stop-all"],
    ["--demo --consumer", "--demo cannot be combined", "leave out --consumer"],
    ["--kafka-start --kafka-stop", "--kafka-stop cannot be combined", "--kafka-start"],
    ["--status --stop-all", "--status cannot be combined", "--stop-all"],
  ] satisfies [string, ...string[]][]
) {
  Deno.test(`parseOrchestratorOptions() refuses ${args ? `"${args}"` : "nothing"} and says what is right`, () => {
    const message = refused(args.split(" ").filter(Boolean));
    for (const part of parts) assert.ok(message.includes(part), `${message} has no ${part}`);
  });
}
