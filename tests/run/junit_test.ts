import assert from "node:assert/strict";
import { countTests } from "./junit.ts";

const suite = (...cases: string[]) =>
  `<testsuites><testsuite name="./a_test.ts" tests="${cases.length}">
    ${cases.join("\n")}
  </testsuite></testsuites>`;
const testcase = (name: string, body = "") =>
  `<testcase name="${name}" classname="./a_test.ts" time="0.000" line="1" col="6">\n${body}</testcase>`;

Deno.test("countTests() counts passed, failed and skipped tests", () => {
  const xml = suite(
    testcase("a"),
    testcase("b", '<failure message="no">Error: no</failure>'),
    testcase("c", "<skipped/>"),
  );
  assert.deepEqual(countTests(xml), { passed: 1, failed: 1, skipped: 1 });
});

Deno.test("countTests() counts a test with steps once", () => {
  const xml = suite(testcase("a &gt; b"), testcase("c"), testcase("c &gt; step &gt; inner"));
  assert.deepEqual(countTests(xml), { passed: 2, failed: 0, skipped: 0 });
});

Deno.test("countTests() finds nothing in an empty report", () => {
  assert.deepEqual(countTests(""), { passed: 0, failed: 0, skipped: 0 });
});
