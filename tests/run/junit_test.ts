import assert from "node:assert/strict";
import { outcomeOf } from "./junit.ts";

const suite = (...cases: string[]) =>
  `<testsuites><testsuite name="./a_test.ts" tests="${cases.length}">
    ${cases.join("\n")}
  </testsuite></testsuites>`;
const testcase = (name: string, body = "") =>
  `<testcase name="${name}" classname="./a_test.ts" time="0.000" line="1" col="6">\n${body}</testcase>`;

Deno.test("outcomeOf() counts what passed and was skipped, and names what failed", () => {
  const xml = suite(
    testcase("a"),
    testcase("b &quot;&amp;&quot;", '<failure message="no">Error: no</failure>'),
    testcase("c", "<skipped/>"),
  );
  assert.deepEqual(outcomeOf(xml), {
    passed: 1,
    skipped: 1,
    failed: ['b "&" => ./a_test.ts:1:6'],
  });
});

Deno.test("outcomeOf() counts a test with steps once", () => {
  const xml = suite(testcase("a &gt; b"), testcase("c"), testcase("c &gt; step &gt; inner"));
  assert.deepEqual(outcomeOf(xml), { passed: 2, skipped: 0, failed: [] });
});

Deno.test("outcomeOf() finds nothing in an empty report", () => {
  assert.deepEqual(outcomeOf(""), { passed: 0, skipped: 0, failed: [] });
});
