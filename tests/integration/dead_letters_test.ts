import assert from "node:assert/strict";
import { READER_GONE } from "../../shared/cli/printing.ts";
import { consume } from "./consume.ts";
import { committed, list, listJson } from "./dead_letters.ts";
import { publish, sale } from "./events.ts";
import { program } from "./program.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";

const NOT_UTF8 = new Uint8Array([0xff, 0xfe, 0x00]);
const ESCAPES = '{"a": "\u009b31m\u202e", ';

/** Four dead letters of sales, one of payments, and one event that lands. */
async function withLetters(name: string): Promise<Sandbox> {
  const box = await sandbox(name);
  await publish(box, "sales", [
    sale(1),
    "not json",
    sale(2, { sale_price: "12k" }),
    NOT_UTF8,
    ESCAPES,
  ], { partition: 1 });
  await publish(box, "payments", ["not json either"], { partition: 0 });
  await using consumer = consume(box, ["--timeout", "1"]);
  await Promise.all([committed(box, "sales", 1, 5), committed(box, "payments", 0, 1)]);
  consumer.signal("SIGINT");
  await consumer.ended();
  return box;
}

Deno.test("dead-letters says so when there are none, even where there is no topic", async () => {
  await using box = await sandbox("no-letters");
  const { stdout, stderr } = await list(box);
  assert.equal(stdout, "");
  assert.match(stderr, /^No matching dead letters in no-letters-\w+-dead_letter_topic\n$/);
});

Deno.test("dead-letters lists origin, reason and a harmless excerpt, and counts by reason", async () => {
  await using box = await withLetters("letters");
  const { stdout } = await list(box);
  const sales = `${box.settings.topicPrefix}sales_topic`;
  const line = (offset: number) =>
    stdout.split("\n").find((line) => line.includes(` ${sales}/1/${offset} `)) ?? "";
  assert.match(line(1), /^ {2}\d{4}-\d\d-\d\dT[\d:.]+Z .*the message is not JSON: .* not json$/);
  assert.match(line(2), /sale_price is "12k", expected an amount such as 23999\.50/);
  assert.match(line(3), /the message is not valid UTF-8 +3 bytes 0xfffe00$/);
  assert.match(line(4), /\{"a": "·31m·",$/);
  assert.match(stdout, /^ {2}the message is not JSON +3$/m);
  assert.match(stdout, /^ {2}sale_price is not an amount such as 23999\.50 +1$/m);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
});

Deno.test("dead-letters --json gives the whole value, as text or as base64", async () => {
  await using box = await withLetters("letters-json");
  const topic = `${box.settings.topicPrefix}sales_topic`;
  const letters = await listJson(box, "--type", "sales");
  letters.sort((a, b) => a.offset - b.offset);
  assert.deepEqual(letters.map(({ offset }) => offset), [1, 2, 3, 4]);
  const [first, , third, fourth] = letters;
  assert.deepEqual([first.type, first.topic, first.partition], ["sales", topic, 1]);
  assert.deepEqual([first.key, first.value], ["1", "not json"]);
  assert.deepEqual([third.value, third.value_base64], [undefined, NOT_UTF8.toBase64()]);
  assert.equal(fourth.value, ESCAPES);
});

Deno.test("dead-letters filters by type, by reason and by origin", async () => {
  await using box = await withLetters("letters-some");
  const origins = async (...args: string[]) =>
    (await listJson(box, ...args)).map(({ type, offset }) => `${type} ${offset}`).toSorted();
  assert.deepEqual(await origins("--type", "payments"), ["payments 0"]);
  assert.deepEqual(await origins("--reason", "NOT JSON"), ["payments 0", "sales 1", "sales 4"]);
  assert.deepEqual(await origins("--reason", "not json", "--type", "sales"), [
    "sales 1",
    "sales 4",
  ]);
  const origin = `${box.settings.topicPrefix}sales_topic/1/2`;
  assert.deepEqual(await origins("--origin", origin), ["sales 2"]);
  assert.deepEqual(await origins("--reason", "nothing has this reason"), []);
});

Deno.test("dead-letters refuses a type and an origin that are none", async () => {
  await using box = await sandbox("letters-wrong");
  for (
    const [args, what] of [
      [["--type", "cars"], /'cars' is invalid/],
      [["--origin", "sales_topic"], /topic\/partition\/offset/],
    ] as const
  ) {
    await using run = program("dead_letters/list.ts", args, {
      permissions: "dead-letters",
      env: box.env,
    });
    const { code, stderr } = await run.ended();
    assert.equal(code, 2);
    assert.match(stderr, what);
  }
});

Deno.test("dead-letters ends quietly when nobody reads what it prints", async () => {
  await using box = await withLetters("letters-pipe");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-P=dead-letters", "dead_letters/list.ts", "--json"],
    env: box.env,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await child.stdout.cancel();
  const [{ code }, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
  assert.deepEqual([code, stderr], [READER_GONE, ""]);
});
