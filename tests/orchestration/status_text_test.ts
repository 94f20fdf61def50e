import assert from "node:assert/strict";
import type { ConsumerStatus } from "../../consumer/status/status.ts";
import type { PipelineStatus } from "../../orchestration/pipeline_status.ts";
import {
  consumerText,
  filesText,
  statusText,
  topicsText,
  warehouseText,
} from "../../orchestration/status_text.ts";
import type { WarehouseStatus } from "../../orchestration/warehouse_status.ts";
import type { TopicStatus } from "../../orchestration/topic_status.ts";
import { UserError } from "../../shared/cli/errors.ts";

const names = { group: "a-group", bucket: "a-bucket", archiveBucket: "b-bucket" };

function consumer(changes: Partial<ConsumerStatus> = {}): ConsumerStatus {
  return {
    ...names,
    startedAt: "2026-02-26T10:00:00.000Z",
    policy: { rows: 100, seconds: 300 },
    buffer: { usedBytes: 0, maxBytes: 1 },
    assignment: {},
    membership: null,
    health: { ok: true, why: "ok" },
    openBatches: [],
    filesInFlight: 0,
    lastFiles: [],
    totals: {
      events: 0,
      rows: 0,
      files: 0,
      repeats: 0,
      deadLetters: 0,
      tombstones: 0,
      recovered: 0,
    },
    landings: { files: 0, seconds: 0 },
    rowsByType: {},
    waiting: null,
    ...changes,
  };
}

function batch(type: "sales" | "telemetry", rows: number, seconds: number) {
  return { type, rows, bytes: 1, ageSeconds: 300 - seconds, cutsIn: { rows: 100 - rows, seconds } };
}

function status(changes: Partial<PipelineStatus> = {}): PipelineStatus {
  return {
    runtime: "native",
    services: [],
    topics: [],
    files: { types: [], passedOver: undefined },
    warehouse: [],
    programs: [],
    ...changes,
  };
}

Deno.test("consumerText() tells of open batches how full they are and how long they may stay open", () => {
  const lines = consumerText(consumer({
    openBatches: [batch("sales", 37, 251.2), batch("telemetry", 4, 0)],
    filesInFlight: 2,
    totals: { ...consumer().totals, rows: 1200, files: 12, deadLetters: 1 },
  }));
  assert.deepEqual(lines, [
    "    sales 37/100 rows, 4:12 left",
    "    telemetry 4/100 rows, 0:00 left",
    "    landed 1,200 rows in 12 files, 2 in flight, 1 dead letter",
  ]);
});

Deno.test("consumerText() shows whole minutes without a 60th second", () => {
  const [line] = consumerText(consumer({ openBatches: [batch("sales", 1, 59.5)] }));
  assert.equal(line, "    sales 1/100 rows, 1:00 left");
});

Deno.test("consumerText() tells why the consumer reads nothing", () => {
  const health = { ok: true, why: "standing by: 7 members for 6 partitions" };
  assert.equal(consumerText(consumer({ health })).at(-1), `    ${health.why}`);
});

Deno.test("consumerText() tells what the consumer waits for", () => {
  const waiting = { for: "Cannot reach S3", since: "2026-02-26T10:00:00.000Z" };
  assert.deepEqual(consumerText(consumer({ waiting })), [
    "    no open batch",
    "    landed 0 rows in 0 files, 0 in flight, 0 dead letters",
    "    waiting since 2026-02-26T10:00:00.000Z: Cannot reach S3",
  ]);
});

const held: TopicStatus["held"] = [];

Deno.test("topicsText() shows events and lag, and what waits among the dead letters", () => {
  const topics = [
    { topic: "sales_topic", events: 1500, lag: { offsets: 7, events: 7, markers: 0 }, held },
    { topic: "dead_letter_topic", events: 5, letters: 4, held },
  ];
  assert.deepEqual(topicsText(topics, names), [
    "Topics (lag of a-group)",
    "  topic              events  lag",
    "  sales_topic         1,500  7",
    "  dead_letter_topic       5  4 wait",
  ]);
  // Nobody has counted them.
  const [, , , last] = topicsText([topics[0]!, { topic: "dead", events: 5, held }], names);
  assert.equal(last, "  dead              5    –");
});

Deno.test("topicsText() tells a lag of nothing but markers, and one that was not looked into", () => {
  const lines = topicsText([
    { topic: "a", events: 9, lag: { offsets: 2, events: 0, markers: 2 }, held },
    { topic: "b", events: 9, lag: { offsets: 5, events: 4, markers: 1 }, held },
    { topic: "c", events: 99_999, lag: { offsets: 90_000, markers: 0 }, held },
  ], names);
  assert.deepEqual(lines.slice(2), [
    "  a           9  0 (2 markers)",
    "  b           9  4 (1 marker)",
    "  c      99,999  ≤ 90,000",
    "  ≤: not inspected, as there are more than 10,000 records or for lack of time; markers of transactions may be among them",
  ]);
});

Deno.test("topicsText() says what an open transaction holds back", () => {
  const lag = { offsets: 3, events: 3, markers: 0 };
  const held = [{ partition: 1, from: 10, records: 3 }];
  assert.deepEqual(topicsText([{ topic: "a", events: 13, lag, held }], names).slice(2), [
    "  a          13    3",
    "  a/1: an open transaction holds back 3 records from offset 10 on: no consumer reads them before it ends",
    "  → kafka-transactions.sh find-hanging names it, and abort ends it",
  ]);
});

Deno.test("filesText() says that there may be more files than S3 has listed in time", () => {
  const files = [
    { type: "sales", files: 45_000, bytes: 2048, waiting: 1, partial: true },
  ] as const;
  assert.deepEqual(filesText({ types: files, passedOver: undefined }, names).slice(1, 4), [
    "  type   files     rows  bytes    to load",
    "  sales  ≥ 45,000     –  ≥ 2,048  ≥ 1",
    "  ≥: S3 did not list all of them in time",
  ]);
});

Deno.test("topicsText() and filesText() say why there is nothing to show, and what to do", () => {
  const why = new UserError("Cannot reach it: refused", "start it");
  const lines = ["  Cannot reach it: refused", "  → start it"];
  assert.deepEqual(topicsText(why, names).slice(1), lines);
  assert.deepEqual(filesText(why, names).slice(1), lines);
  assert.deepEqual(topicsText(new UserError("Slow"), names).slice(1), ["  Slow"]);
  assert.match(topicsText([], names)[1]!, /none yet/);
  assert.match(filesText({ types: [], passedOver: undefined }, names)[1]!, /none yet/);
});

Deno.test("filesText() explains the dash of rows that were not counted", () => {
  const files = [{ type: "sales", files: 2, bytes: 2048, rows: 10, waiting: 1 }] as const;
  const passedOver = "1 object in s3://a-bucket passed over: 1 of no type (a.pdf)";
  assert.deepEqual(filesText({ types: files, passedOver }, names), [
    "Landed files (s3://a-bucket, loaded ones s3://b-bucket)",
    "  type   files  rows  bytes  to load",
    "  sales      2    10  2,048        1",
    `  ${passedOver}`,
  ]);
  const uncounted = filesText({
    types: [{ ...files[0], rows: undefined }],
    passedOver: undefined,
  }, names);
  assert.equal(uncounted[2], "  sales      2     –  2,048        1");
  assert.match(uncounted[3]!, /rows –.*1,000 files.*other writers/);
});

Deno.test("warehouseText() shows what is loaded, or why it cannot be told", () => {
  const sales = { type: "sales", files: 2, facts: 1_500, rejected: 1, repeats: 0, unreadable: 3 };
  assert.deepEqual(warehouseText([sales as WarehouseStatus]), [
    "Warehouse",
    "  type   files  facts  rejected  repeats  unreadable files",
    "  sales      2  1,500         1        0                 3",
  ]);
  assert.match(warehouseText([])[1]!, /empty: .*\btask etl/);
  const away = new UserError("Cannot use the warehouse", "start it");
  assert.deepEqual(warehouseText(away), [
    "Warehouse",
    "  Cannot use the warehouse",
    "  → start it",
  ]);
});

Deno.test("statusText() shows services and programs, and a consumer that does not answer", () => {
  const text = statusText(
    status({
      services: [{ name: "kafka", state: "running", address: "localhost:9092" }],
      programs: [
        { role: "consumer", pid: 11, statusPort: 8891, consumer: consumer() },
        { role: "consumer", pid: 12, statusPort: 8892 },
        { role: "producer", pid: 13 },
      ],
    }),
    names,
  ).join("\n");
  assert.match(text, /^Services \(native\)\n {2}service {2}state {4}address\n/);
  assert.match(text, /\n {2}kafka {4}running {2}localhost:9092\n/);
  assert.match(
    text,
    /\n {2}consumer \(pid 11\), http:\/\/127\.0\.0\.1:8891\/status\n {4}no open batch/,
  );
  assert.match(text, /\n {2}consumer \(pid 12\), http:\S+\n {4}not responding\n/);
  assert.match(text, /\n {2}producer \(pid 13\)\n\n/);
});

Deno.test("statusText() says when no program runs", () => {
  assert.ok(statusText(status(), names).includes("  no producer, consumer or loader is running"));
});
