import { HeadObjectCommand } from "@aws-sdk/client-s3";
import fc from "fast-check";
import assert from "node:assert/strict";
import { deadLetterTopic } from "../../shared/catalogue/events.ts";
import { consume } from "./consume.ts";
import { publish, sale } from "./events.ts";
import { type Landed, landedFiles } from "./landed.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { readTopics } from "./topics.ts";
import { until } from "./wait.ts";
import { etl, query, verify, warehouseBox } from "./warehouse.ts";

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
  const start = ({ provenance }: Landed) => provenance.ranges[0]!.from;
  const files = (await landedFiles(box)).toSorted((a, b) => start(a) - start(b));
  const rows = files.flatMap((file) => file.rows);
  for (const column of ["event_id", "x-amz-meta-sha256"]) {
    assert.deepEqual(new Set(rows.map((row) => row[column])), new Set(hostile));
  }
  for (const { key } of files) {
    assert.match(key, /^sales\/sales_\d{8}_\d{6}(_\d{3,})?_g[0-9a-f]{6}\.csv$/);
    const { s3, settings } = box;
    const head = await s3.send(new HeadObjectCommand({ Bucket: settings.bucket, Key: key }));
    assert.equal(head.ContentType, "text/csv; charset=utf-8");
    const ours = ["group", "offsets", "rows", "sha256", "topic", "topic-id"];
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
      "original.timestamp",
      "partition",
      "topic",
    ]);
    const error = String(headers?.error);
    assert.match(error, /^[^\p{Cc}\p{Zl}\p{Zp}]{1,300}$/u, JSON.stringify(error));
    assert.equal(String(headers?.topic), `${settings.topicPrefix}sales_topic`);
  }
});

Deno.test("whatever the names of unknown fields are, the loader reads the files that they land in", async () => {
  await using box = await warehouseBox("hostile-names");
  const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).slice(1);
  const names = [
    ...hostile,
    ...controls,
    ...controls.map((char) => `a${char}b`),
    ...[
      "a\r\nb",
      "\n",
      '"',
      '""',
      '"\n"',
      ",",
      " ",
      "  ",
      " x",
      "x",
      "x ",
      "\ufeff",
      "\u2028",
      "__proto__",
    ],
    ...[" event_id", "Event_ID", "reason", "content", "line", "extra", "c0", "\\.", "\x1a", "\x7f"],
    ...fc.sample(fc.string({ unit: "binary", minLength: 1, maxLength: 8 }), {
      numRuns: 60,
      seed: 1,
    })
      // V8 of Deno 2.9.6 mistakes some keys for those with a backslash.
      .filter((name) => !name.includes("\0") && !name.includes("\\")),
  ].filter((name, index, all) => all.indexOf(name) === index);
  // Assigned, __proto__ would be no field.
  const fields = names.map((name, n) => `,${JSON.stringify(name)}:${JSON.stringify(`${n}\n"`)}`);
  const events = [0, 1, 2, 3].map((part) =>
    JSON.stringify(sale(part)).replace("}", "") +
    `${fields.filter((_, n) => n % 4 === part).join("")}}`
  );
  await publish(box, "sales", events, { partition: 0 });
  await landed(box, 4);
  const { code, stderr } = await etl(box);
  assert.deepEqual([code, stderr], [0, ""]);
  const rows = await query<{ extra: Record<string, string> }>(
    box,
    "SELECT extra FROM warehouse.fact_sales ORDER BY event_id",
  );
  const found = rows.flatMap(({ extra }) => Object.entries(extra));
  const sent = names.map((name, n) => [name, `${n}\n"`] as const);
  assert.deepEqual(new Map(found), new Map(sent));
  assert.equal(found.length, sent.length);
  assert.equal((await verify(box)).code, 0);
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
