import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { topicOf, types } from "../../shared/catalogue/events.ts";
import { program } from "./program.ts";
import type { Sandbox } from "./sandbox.ts";
import { readTopics } from "./topics.ts";

/** Tests wait for a machine that may be busy, in ms. */
export const PATIENCE = 180_000;

/** Starts a producer. */
export function start(
  box: Pick<Sandbox, "env">,
  script: string,
  args: readonly string[],
  env: Record<string, string> = {},
) {
  return program(`producers/${script}.ts`, [...args], {
    permissions: "producer",
    env: { ...box.env, ...env },
  });
}

/** Runs a producer to its end. */
export async function produce(
  box: Sandbox,
  script: string,
  args: readonly string[],
): Promise<string> {
  await using run = start(box, script, args);
  const { code, stdout, stderr } = await run.ended(PATIENCE);
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout;
}

/** What is in the topics, by system: how many events, and a hash of all their bytes. */
export async function contents(box: Sandbox): Promise<string[]> {
  const { topicPrefix } = box.settings;
  const result: string[] = [];
  for (const type of types) {
    const messages = await readTopics(box.settings, [topicOf(type, topicPrefix)]);
    const lines = messages.map(({ value }) => String(value)).toSorted();
    const hash = createHash("sha256").update(lines.join("\n")).digest("hex");
    result.push(`${type}: ${lines.length} events, ${hash}`);
  }
  return result;
}
