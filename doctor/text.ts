import type { Finding } from "./finding.ts";

const MARKS = { ok: "✓", note: "·", problem: "✗" } as const;

/** Findings as text: one line each, and below it what to do. */
export function findingsText(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings.flatMap(({ check, state, what, hint }) => [
    `${MARKS[state]} ${check.padEnd(width)}  ${what}`,
    ...hint === undefined ? [] : [`  ${" ".repeat(width)}  → ${hint}`],
  ]);
}

/** The verdict. */
export function verdictText(findings: readonly Finding[]): string {
  const problems = findings.filter(({ state }) => state === "problem").length;
  if (problems === 0) return "Nothing stands in the way";
  return problems === 1 ? "1 problem" : `${problems} problems`;
}
