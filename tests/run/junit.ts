/** How many tests did what. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Counts the tests of a JUnit report of `deno test`. Steps are in it as `test > step`; a test counts
 * once, however many steps it has.
 */
export function countTests(xml: string): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [suite] of xml.matchAll(/<testsuite .*?<\/testsuite>/gs)) {
    const tests = new Set<string>();
    for (const [, name = "", body = ""] of suite.matchAll(TESTCASE)) {
      if (isStep(name, tests)) continue;
      tests.add(name);
      if (/<(failure|error)\b/.test(body)) counts.failed++;
      else if (/<skipped\b/.test(body)) counts.skipped++;
      else counts.passed++;
    }
  }
  return counts;
}

const TESTCASE = /<testcase name="([^"]*)"[^>]*>(.*?)<\/testcase>/gs;
const STEP_MARK = " &gt; ";

function isStep(name: string, tests: Set<string>): boolean {
  for (let at = name.indexOf(STEP_MARK); at >= 0; at = name.indexOf(STEP_MARK, at + 1)) {
    if (tests.has(name.slice(0, at))) return true;
  }
  return false;
}
