import assert from "node:assert/strict";
import { type Type, types } from "../../shared/catalogue/events.ts";
import { publishedEvents } from "./orchestrate.ts";

/** A demo that starts and stops all services may take so long on a busy machine, in ms. */
export const SLOW_MS = 300_000;

/** A demo's table of its run: published, landed, dead letters and loaded of each type, and of all. */
export function sumOf(stdout: string): Record<string, number[]> {
  const [text] = stdout.slice(stdout.lastIndexOf("\nThis run\n")).split("\n▶ The whole way\n");
  return Object.fromEntries(
    [...text!.matchAll(/^ {2}(\w+) +(\d+) +(\d+) +(\d+) +(\d+)$/gm)].map((row) => [
      row[1]!,
      row.slice(2).map(Number),
    ]),
  );
}

/** What the sum says if each of the published events landed and was loaded. */
export function allLanded(stdout: string): Record<string, number[]> {
  const events = publishedEvents(stdout);
  const count = (of: Type) => events.filter(({ type }) => type === of).length;
  return {
    ...Object.fromEntries(types.map((type) => [type, [count(type), count(type), 0, count(type)]])),
    all: [events.length, events.length, 0, events.length],
  };
}

/** The verdict on a run of which everything landed. */
export function balanced(count: number): string {
  return `✅ This run: ${count} events published = ${count} rows landed + 0 dead letters`;
}

/** How the output ends: with the verdict, and how to look at what is left. */
export function assertEnd(
  stdout: string,
  verdict: string,
  services: "are stopped" | "keep running",
) {
  const [, end] = stdout.split(`\n${verdict}\n\n`);
  assert.ok(end, stdout);
  assert.match(end, new RegExp(`^The services ${services}[;.] .*deno task status, or\n {3}`));
  assert.match(end, /\nTo delete the data: deno task kafka:stop --purge\n$/);
}
