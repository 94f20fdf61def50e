import assert from "node:assert/strict";
import type { Type } from "../../../shared/catalogue/events.ts";
import { ServiceError } from "../../../shared/cli/errors.ts";
import type { MetricName } from "../../../shared/metrics/catalogue.ts";
import type { FileEntry } from "../../../shared/s3/landed_files.ts";
import { LoaderReport } from "../../../warehouse/load/loader_report.ts";

const unit = { permissions: "none" } as const;
const counts = { rows: 1, facts: 1, rejected: 0, repeats: 0 };

Deno.test("LoaderReport tells how long the oldest streamed file has been waiting", unit, () => {
  const { report, told, at } = begin();
  const [older, newer] = [file("sales", 10), file("payments", 20)];
  const exported = { ...file("sales", 1), key: "sales/sales_2025.csv" };
  report.listed([exported, older, newer], 2);
  at(100);
  assert.deepEqual(told("automotive.loader.waiting"), [3, 2]);
  assert.deepEqual(told("automotive.loader.waiting.age"), [90]);
  report.loaded(older, counts, 0.1);
  report.loaded(exported, counts, 0.1);
  assert.deepEqual(told("automotive.loader.waiting.age"), [80]);
  report.unreadable(newer);
  assert.deepEqual(told("automotive.loader.waiting"), [0, 3]);
  assert.deepEqual(told("automotive.loader.waiting.age"), [0]);
});

Deno.test(
  "LoaderReport tells the freshness by the newest streamed file, in whatever order they come",
  unit,
  () => {
    const { report, told, at } = begin();
    at(100);
    assert.deepEqual(told("automotive.warehouse.freshness"), []);
    report.loaded(file("sales", 60), counts, 0.1);
    report.loaded(file("sales", 30), counts, 0.1);
    report.loaded({ ...file("payments", 90), key: "payments/2025.csv" }, counts, 0.1);
    assert.deepEqual(told("automotive.warehouse.freshness"), [40]);
  },
);

Deno.test("LoaderReport tells since when no pass has ended well", unit, () => {
  const { report, told, at } = begin();
  assert.deepEqual(told("automotive.loader.pass.age"), []);
  at(5);
  report.passed();
  at(65);
  assert.deepEqual(told("automotive.loader.pass.age"), [60]);
});

Deno.test("LoaderReport counts retries by the service that fails", unit, () => {
  const { report } = begin();
  const fails = (service: string) =>
    report.waits.onWaiting(new ServiceError(service, "it fails", "wait", { canRetry: true }));
  fails("S3 at http://localhost:7070");
  fails("The warehouse at localhost:5432");
  fails("The warehouse at localhost:5432");
  const retries = report.metrics.points("automotive.retries");
  assert.deepEqual(
    retries.map(({ attributes, value }) => [attributes["automotive.service"], value]),
    [["s3", 1], ["postgresql", 2]],
  );
});

function begin() {
  let now = 0;
  const report = new LoaderReport(() => {}, () => now * 1000);
  return {
    report,
    at: (seconds: number) => void (now = seconds),
    told: (name: MetricName) => report.metrics.points(name).map(({ value }) => value),
  };
}

/** @param landedAt in s since the epoch */
function file(type: Type, landedAt: number): FileEntry {
  const key = `${type}/${type}_20260226_102345.csv`;
  return { key, type, bytes: 1, etag: key, landedAt: new Date(landedAt * 1000) };
}
