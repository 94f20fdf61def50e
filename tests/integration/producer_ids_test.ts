import assert from "node:assert/strict";
import { blockOf } from "../../producers/world/world_topic.ts";
import { formatId } from "../../producers/simulation/ids.ts";
import { topicOf, types } from "../../shared/catalogue/events.ts";
import { connectAdmin } from "../../shared/kafka/client.ts";
import { program } from "./program.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { readTopics } from "./topics.ts";

function produce(box: Sandbox, ...args: string[]) {
  return program("producers/all.ts", ["--interval", "0", ...args], {
    permissions: "producer",
    env: box.env,
  });
}

/** The topics whose offsets hand out the sandbox's ids. */
async function idTopics({ kafka, settings }: Sandbox): Promise<string[]> {
  await using admin = await connectAdmin(kafka, settings);
  const beginning = `${settings.topicPrefix}producer_ids_`;
  return (await admin.listTopics()).filter((topic) => topic.startsWith(beginning));
}

Deno.test("runs have ids of their own: those of the blocks that they have reserved in Kafka", async () => {
  await using box = await sandbox("ids");
  const count = 1_500;
  // At the same time, so that both try to make the topic; then one more.
  for (const runs of [2, 1]) {
    const running = Array.from({ length: runs }, () => produce(box, "--count", String(count)));
    for (const run of running) {
      await using _ = run;
      const { code, stderr } = await run.ended();
      // The second of two waits until it is clear that the first one lives.
      assert.deepEqual([code, stderr.replace(/^Looking whether another .+…\n/, "")], [0, ""]);
    }
  }
  const { topicPrefix } = box.settings;
  const events = await readTopics(box.settings, types.map((type) => topicOf(type, topicPrefix)));
  const ids = events.map(({ value }) => JSON.parse(String(value)).event_id as string);
  assert.equal(ids.length, 3 * count * types.length);
  assert.equal(new Set(ids).size, ids.length);

  const reserved = new Set<string>();
  for (const { topic, offset } of await readTopics(box.settings, await idTopics(box))) {
    const block = blockOf(topic, Number(offset));
    for (let i = 0; i < 1_024; i++) reserved.add(formatId("", block * 1_024 + i));
  }
  assert.ok(reserved.size < 20 * 1_024, `${reserved.size} ids are reserved`);
  assert.ok(ids.every((id) => reserved.has(id.slice(id.indexOf("-")))));
});

Deno.test("a run with a seed reserves no ids", async () => {
  await using box = await sandbox("ids-seed");
  await using run = produce(box, "--count", "2", "--seed", "7");
  assert.equal((await run.ended()).code, 0);
  assert.deepEqual(await idTopics(box), []);
});
