import assert from "node:assert/strict";
import { topicOf } from "../../shared/catalogue/events.ts";
import { events, publish, publishMessages, sale } from "./events.ts";
import { program } from "./program.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";

function tail(box: Sandbox, ...args: string[]) {
  return program("tail/main.ts", args, { permissions: "dead-letters", env: box.env });
}

async function tailed(box: Sandbox, ...args: string[]) {
  await using run = tail(box, ...args);
  return await run.ended();
}

Deno.test("tail prints what is published meanwhile, until Ctrl-C", async () => {
  await using box = await sandbox("tail");
  await publish(box, "sales", events("sales", 5));
  await using run = tail(box, "sales", "--from", "last:3");
  await run.waitForLine(/sales-0000/);
  await publish(box, "sales", [sale(77)]);
  const [line] = await run.waitForLine(/^.*SALE-0000004D.*/);
  assert.match(line, /"event_id":"SALE-0000004D"/);
  run.signal("SIGINT");
  const { code, stdout, stderr } = await run.ended();
  assert.deepEqual([code, stderr], [0, ""]);
  const lines = stdout.split("\n");
  assert.equal(new Set(lines).size, lines.length, "a message was printed twice");
});

Deno.test("tail begins where it is told, filters, counts, and prints JSON", async () => {
  await using box = await sandbox("tail-from");
  await publish(box, "sales", events("sales", 10), { partition: 1 });
  const lines = async (...args: string[]) =>
    (await tailed(box, "sales", "--no-follow", ...args)).stdout.split("\n").slice(0, -1);
  assert.equal((await lines()).length, 0);
  assert.equal((await lines("--from", "beginning")).length, 10);
  assert.equal((await lines("--from", "1h")).length, 10);
  assert.equal((await lines("--from", "beginning", "--count", "4")).length, 4);
  const [one, ...none] = await lines("--from", "1/8", "--filter", "sales-00009");
  assert.match(one!, /^\S+Z 1\/9 9 \{"event_type":"sales","event_id":"sales-00009",/);
  assert.equal(none.length, 0);
  const [json] = await lines("--from", "1/9", "--json");
  const { partition, offset, value } = JSON.parse(json!);
  assert.deepEqual([partition, offset, value.event_id], [1, 9, "sales-00009"]);
});

Deno.test("tail prints hostile messages as one harmless line each, and names what is not there", async () => {
  await using box = await sandbox("tail-hostile");
  const values = ["\u001b[2J\nnext", null, new Uint8Array([0xff, 0xfe])];
  await publishMessages(
    box,
    "sales",
    values.map((value, n) => ({
      key: n === 0 ? null : "k",
      value,
      partition: 0,
      timestamp: n === 2 ? "9007199254740991" : undefined,
    })),
  );
  const { code, stdout } = await tailed(box, "sales", "--from", "beginning", "--no-follow");
  assert.equal(code, 0);
  const [first, second, third] = stdout.split("\n");
  assert.match(first!, / 0\/0 – \\u001b\[2J\\u000anext$/);
  assert.match(second!, / 0\/1 k \(tombstone\)$/);
  assert.match(third!, /^9007199254740991 ms 0\/2 k /);

  const topic = topicOf("sales", box.settings.topicPrefix);
  const none = await tailed(box, "no_such_topic");
  assert.equal(none.code, 1);
  assert.match(none.stderr, new RegExp(`^✗ There is no topic no_such_topic\n  → .*${topic}`));
  const partition = await tailed(box, "sales", "--from", "7/0");
  assert.match(partition.stderr, /has no partition 7\n {2}→ it has 3, from 0 to 2/);
  const wrong = await tailed(box, "sales", "--from", "yesterday");
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /'yesterday' is invalid\n {2}→ Use end, beginning, /);
});
