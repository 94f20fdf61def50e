/** What a JUnit report of `deno test` tells. */
export interface Outcome {
  readonly passed: number;
  readonly skipped: number;
  /** Each test that failed, with its place: `name => ./file:line:column`. */
  readonly failed: readonly string[];
}

/**
 * Reads the tests of a JUnit report of `deno test`. Steps are in it as `test > step`; a test counts once,
 * however many steps it has.
 */
export function outcomeOf(xml: string): Outcome {
  let [passed, skipped] = [0, 0];
  const failed: string[] = [];
  for (const [suite] of xml.matchAll(/<testsuite .*?<\/testsuite>/gs)) {
    const tests = new Set<string>();
    for (const [, name = "", file, line, column, body = ""] of suite.matchAll(TESTCASE)) {
      if (isStep(name, tests)) continue;
      tests.add(name);
      if (/<(failure|error)\b/.test(body)) {
        failed.push(`${unescaped(name)} => ${file}:${line}:${column}`);
      } else if (/<skipped\b/.test(body)) skipped++;
      else passed++;
    }
  }
  return { passed, skipped, failed };
}

const TESTCASE =
  /<testcase name="([^"]*)" classname="([^"]*)" time="[^"]*" line="(\d+)" col="(\d+)"[^>]*>(.*?)<\/testcase>/gs;
const STEP_MARK = " &gt; ";

function isStep(name: string, tests: Set<string>): boolean {
  for (let at = name.indexOf(STEP_MARK); at >= 0; at = name.indexOf(STEP_MARK, at + 1)) {
    if (tests.has(name.slice(0, at))) return true;
  }
  return false;
}

const ENTITIES: Record<string, string> = { quot: '"', apos: "'", lt: "<", gt: ">", amp: "&" };

function unescaped(text: string): string {
  return text.replace(/&(\w+);/g, (entity, name: string) => ENTITIES[name] ?? entity);
}
