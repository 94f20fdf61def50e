import assert from "node:assert/strict";
import { topicOf, type Type } from "../../shared/catalogue/events.ts";
import { connectAdmin, ensureCoordinator } from "../../shared/kafka/client.ts";
import { type Ended, program } from "./program.ts";
import type { Sandbox } from "./sandbox.ts";
import { until } from "./wait.ts";

/** Lists a sandbox's dead letters as a user would; it must not fail. */
export async function list(box: Sandbox, ...args: string[]): Promise<Ended> {
  const ended = await run(box, "list", args);
  assert.equal(ended.code, 0, ended.stderr);
  return ended;
}

/** A sandbox's dead letters, as `--json` tells them. */
export async function listJson(box: Sandbox, ...args: string[]) {
  const { stdout } = await list(box, "--json", ...args);
  return stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** Replays a sandbox's dead letters as a user would. */
export function replay(box: Sandbox, ...args: string[]): Promise<Ended> {
  return run(box, "replay", args);
}

/** Waits until the sandbox's group has committed an offset of a type's partition. */
export async function committed(
  box: Sandbox,
  type: Type,
  partition: number,
  offset: number,
): Promise<void> {
  const { kafka, settings } = box;
  const topic = topicOf(type, settings.topicPrefix);
  await using admin = await connectAdmin(kafka, settings);
  await ensureCoordinator(admin, settings.group);
  await until(`the group is at ${topic}/${partition}/${offset}`, async () => {
    const [group] = await admin.fetchOffsets({ groupId: settings.group, topics: [topic] });
    const entry = group?.partitions.find((entry) => entry.partition === partition);
    return Number(entry?.offset ?? -1) >= offset;
  });
}

async function run(box: Sandbox, script: string, args: readonly string[]): Promise<Ended> {
  await using running = program(`dead_letters/${script}.ts`, args, {
    permissions: "dead-letters",
    env: box.env,
  });
  const ended = await running.ended();
  assert.doesNotMatch(ended.stderr, /^\s+at .+:\d+:\d+/m, "a stack trace");
  return ended;
}
