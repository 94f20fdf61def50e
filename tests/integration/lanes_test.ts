import assert from "node:assert/strict";
import { ConfigResourceTypes } from "kafkajs";
import { deadLetterTopic, type Type, types } from "../../shared/catalogue/events.ts";
import { connectAdmin, ensureTopics } from "../../shared/kafka/client.ts";
import { consume, says } from "./consume.ts";
import { listJson } from "./dead_letters.ts";
import { eventIds, events, publish } from "./events.ts";
import { caughtUp } from "./group.ts";
import { assertProvenance, landedFiles, landedIds } from "./landed.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";

const ARGS = ["--batch-size", "10", "--timeout", "1"];
const others = types.filter((type) => type !== "sales");

/** Has the dead letter topic take messages, or refuse all as too large. */
async function deadLetterTopicTakes(box: Sandbox, takes: boolean): Promise<void> {
  await using admin = await connectAdmin(box.kafka, box.settings);
  await ensureTopics(admin, box.settings);
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{
      type: ConfigResourceTypes.TOPIC,
      name: deadLetterTopic(box.settings.topicPrefix),
      configEntries: takes ? [] : [{ name: "max.message.bytes", value: "10" }],
    }],
  });
}

async function publishAll(box: Sandbox, some: readonly Type[], start: number): Promise<void> {
  for (const type of some) await publish(box, type, events(type, 30, start), { partition: 0 });
}

for (const maxBuffer of [64, 1]) {
  Deno.test(`a dead letter topic that takes nothing holds up one type alone, with a buffer of ${maxBuffer} MiB, and that one goes on when it can`, async () => {
    await using box = await sandbox("lanes");
    await deadLetterTopicTakes(box, false);
    // With the smaller buffer these alone fill it.
    const bad = Array.from({ length: 2_000 }, (_, i) => `not JSON ${i} ${"x".repeat(1_000)}`);
    await publish(box, "sales", events("sales", 5), { partition: 0 });
    await publish(box, "sales", bad, { partition: 0, perRequest: 500 });
    await publish(box, "sales", events("sales", 30, 5), { partition: 0 });
    await publishAll(box, others, 0);
    await using consumer = consume(box, [...ARGS, "--max-buffer", String(maxBuffer)]);
    await caughtUp(box, others);
    await says(
      box,
      "sales waits",
      ({ waiting, buffer, totals }) =>
        waiting !== null &&
        (maxBuffer > 1
          ? totals.deadLetters === bad.length
          : buffer.usedBytes > buffer.maxBytes * 0.75),
    );
    await publishAll(box, others, 30);
    await caughtUp(box, others);
    assert.deepEqual(
      await landedIds(box),
      others.flatMap((type) => eventIds(type, 60)).toSorted(),
    );
    await consumer.waitForLine(/^Waiting: .*Kafka/);

    await deadLetterTopicTakes(box, true);
    await caughtUp(box, types);
    consumer.signal("SIGINT");
    assert.equal((await consumer.ended()).code, 0);
    assert.deepEqual(
      await landedIds(box),
      [...others.flatMap((type) => eventIds(type, 60)), ...eventIds("sales", 35)].toSorted(),
    );
    assertProvenance(await landedFiles(box));
    const letters = await listJson(box, "--type", "sales");
    assert.deepEqual(
      letters.map(({ offset }) => offset).toSorted((a, b) => a - b),
      bad.map((_, i) => 5 + i),
    );
  });
}
