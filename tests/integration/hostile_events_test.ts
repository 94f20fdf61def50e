import { HeadObjectCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { deadLetterTopic } from "../../shared/events.ts";
import { consume } from "./consume.ts";
import { publish, sale } from "./events.ts";
import { landedFiles } from "./landed.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { readTopics } from "./topics.ts";
import { until } from "./wait.ts";

/** Texts that would do harm in an object key, in a header or in a line of output. */
const hostile = [
  "../../other/file.csv",
  "/etc/passwd",
  "a\r\nx-amz-meta-group: other\r\n",
  "If-None-Match: *",
  "\u001b[31mred\u0007",
  "?uploadId=1&partNumber=2#x",
  "%2e%2e%2f%00",
  "ünïcödé 车 🚗 \u202egnp.exe",
  "x".repeat(64),
];

Deno.test("what stands in events changes neither keys nor metadata of files", async () => {
  await using box = await sandbox("hostile");
  const events = hostile.map((text, i) => ({
    ...sale(i, { event_id: text, sale_id: text, customer_id: text, email: `${text}${text}` }),
    [text]: text,
    ["x-amz-meta-sha256"]: text,
    constructor: text,
  }));
  await publish(box, "sales", events, { partition: 0 });
  await landed(box, events.length);
  const files = await landedFiles(box);
  const rows = files.flatMap((file) => file.rows);
  assert.deepEqual(rows.map((row) => row.event_id), hostile);
  assert.deepEqual(rows.map((row) => row["x-amz-meta-sha256"]), hostile);
  for (const { key } of files) {
    assert.match(key, /^sales\/sales_\d{8}_\d{6}(_\d{3,})?\.csv$/);
    const { s3, settings } = box;
    const head = await s3.send(new HeadObjectCommand({ Bucket: settings.bucket, Key: key }));
    assert.equal(head.ContentType, "text/csv; charset=utf-8");
    const ours = ["group", "offsets", "rows", "sha256", "topic"];
    assert.deepEqual(Object.keys(head.Metadata ?? {}).toSorted(), ours);
    for (const value of Object.values(head.Metadata ?? {})) assert.match(value, /^[ -~]+$/);
  }
});

Deno.test("what stands in events makes no second line in a dead letter's headers", async () => {
  await using box = await sandbox("hostile-dead");
  const { settings } = box;
  const events = hostile.flatMap((text) => [
    text,
    `{"event_id": ${text}}`,
    JSON.stringify(text),
    { ...sale(0), event_type: text },
    { ...sale(0), sale_price: text },
    { ...sale(0), [`${text}\u0000`]: 1 },
  ]);
  await publish(box, "sales", [...events, sale(1)], { partition: 0 });
  await landed(box, 1);
  const letters = await readTopics(settings, [deadLetterTopic(settings.topicPrefix)]);
  assert.equal(letters.length, events.length);
  for (const { headers } of letters) {
    assert.deepEqual(Object.keys(headers ?? {}).toSorted(), [
      "error",
      "key",
      "offset",
      "partition",
      "topic",
    ]);
    const error = String(headers?.error);
    assert.match(error, /^[^\p{Cc}\p{Zl}\p{Zp}]{1,300}$/u, JSON.stringify(error));
    assert.equal(String(headers?.topic), `${settings.topicPrefix}sales_topic`);
  }
});

/** Runs a consumer until so many rows have landed. */
async function landed(box: Sandbox, rows: number): Promise<void> {
  await using consumer = consume(box, ["--batch-size", "4", "--timeout", "1"]);
  await until(`${rows} rows have landed`, async () => {
    const files = await landedFiles(box);
    return files.reduce((sum, file) => sum + file.rows.length, 0) === rows;
  });
  consumer.signal("SIGTERM");
  const { code, stdout, stderr } = await consumer.ended();
  assert.equal(code, 0, stderr);
  // deno-lint-ignore no-control-regex -- a terminal would obey them
  assert.doesNotMatch(stdout + stderr, /[\x00-\x09\x0b-\x1f\x7f]/);
}
