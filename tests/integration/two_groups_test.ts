import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { groupTag } from "../../shared/formats/file_name.ts";
import { consume, owns } from "./consume.ts";
import { eventIds, events, publish } from "./events.ts";
import { caughtUp } from "./group.ts";
import { type Landed, landedFiles } from "./landed.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { freePorts, settingsOf } from "./settings.ts";
import { until } from "./wait.ts";

const ARGS = ["--batch-size", "5", "--timeout", "1"];

/** The sandbox for another group, which lands the same topics in the same bucket. */
function otherGroup(box: Sandbox): Sandbox {
  const env = {
    ...box.env,
    CONSUMER_GROUP: `${box.settings.group}-2`,
    STATUS_PORT: String(freePorts(1)[0]),
  };
  return { ...box, env, settings: settingsOf(env) };
}

Deno.test("two groups in one bucket whose files are moved away at once never use a name twice", async () => {
  await using first = await sandbox("groups");
  const second = otherGroup(first);
  const { s3, settings: { bucket: Bucket } } = first;
  const moved: Landed[] = [];
  let over = false;
  const downstream = (async () => {
    for (let files = await landedFiles(first); !over || files.length > 0;) {
      for (const file of files) {
        await s3.send(new DeleteObjectCommand({ Bucket, Key: file.key }));
        moved.push(file);
      }
      files = await landedFiles(first);
    }
  })();
  await using one = consume(first, ARGS);
  await using other = consume(second, ARGS);
  // Both land at the same time, so that they would give out the same names.
  await Promise.all([first, second].map((box) => owns(box, 18)));
  await publish(first, "sales", events("sales", 500), { perRequest: 50 });
  await caughtUp(first, ["sales"]);
  await caughtUp(second, ["sales"]);
  for (const consumer of [one, other]) consumer.signal("SIGINT");
  await Promise.all([one.ended(), other.ended()]);
  over = true;
  await downstream;
  await until("both have landed", () => moved.length >= 200);

  const keys = moved.map(({ key }) => key);
  assert.deepEqual(keys.filter((key, i) => keys.indexOf(key) !== i), []);
  for (const { settings: { group } } of [first, second]) {
    const files = moved.filter(({ provenance }) => provenance.group === group);
    assert.deepEqual(
      files.flatMap(({ rows }) => rows.map((row) => row.event_id)).toSorted(),
      eventIds("sales", 500),
    );
    assert.ok(files.every(({ key }) => key.endsWith(`_g${groupTag(group)}.csv`)));
  }
});
