import { CreateBucketCommand, DeleteObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { topicOf, type Type } from "../../shared/catalogue/events.ts";
import { archive } from "../../warehouse/load/archive.ts";
import { crash, landAll } from "./consume.ts";
import { eventIds, events, publish } from "./events.ts";
import { commitAs } from "./group.ts";
import { landedFiles, landedIds } from "./landed.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { until } from "./wait.ts";

const ARGS = ["--batch-size", "5", "--timeout", "1"];

async function land(box: Sandbox, types: readonly Type[], start: number): Promise<void> {
  for (const type of types) await publish(box, type, events(type, 5, start), { partition: 0 });
}

/** Makes the plans that are open two days old. The group must have no members. */
async function ageBy2Days(box: Sandbox, types: readonly Type[]): Promise<void> {
  const at = Math.floor(Date.now() / 1000) - 2 * 24 * 3600;
  await commitAs(
    box,
    types,
    ({ offset, metadata }) =>
      offset < 0
        ? undefined
        : { offset, metadata: metadata.replace(/"at":[1-9]\d*/, `"at":${at}`) },
  );
}

/** Takes all files of a type out of the raw bucket, as a downstream does. */
async function moveAway(box: Sandbox, type: Type, how: "archived" | "gone"): Promise<void> {
  const { s3, settings: { bucket, archiveBucket } } = box;
  for (const { key } of await landedFiles(box)) {
    if (!key.startsWith(`${type}/`)) continue;
    const { ETag } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    if (how === "archived") {
      await archive(s3, { raw: bucket, archive: archiveBucket }, { key, etag: ETag! });
    } else await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  }
}

Deno.test("a file that was made before a crash and moved away: landed again only where nothing shows that it was made, and said", async () => {
  await using box = await sandbox("archive", { env: { SESSION_TIMEOUT: "6" } });
  await box.s3.send(new CreateBucketCommand({ Bucket: box.settings.archiveBucket }));
  const types: Type[] = ["sales", "payments", "inventory", "telemetry"];
  // Files of telemetry stay where they are: nobody moves them away.
  await land(box, ["telemetry"], 0);
  await landAll(box, ARGS, ["telemetry"]);
  // What S3 says of its time, and of a file's, is in whole seconds: the plan has to be later in these.
  const landed = Date.now();
  await until("the clock is in a later second", () => Date.now() >= landed + 3_000);
  await land(box, types, 100);
  await crash(box, ARGS, { point: "after completion", files: types.length });

  await moveAway(box, "sales", "archived");
  await moveAway(box, "payments", "gone");
  await moveAway(box, "inventory", "gone");
  const made = (await landedFiles(box)).filter(({ key }) => key.startsWith("telemetry/"));
  await box.s3.send(
    new DeleteObjectCommand({ Bucket: box.settings.bucket, Key: made.at(-1)!.key }),
  );
  await ageBy2Days(box, ["sales", "payments"]);

  const { stderr, stdout } = await landAll(box, ARGS, types);
  assert.deepEqual(
    await landedIds(box),
    [
      // Its file lies in the archive, however old its plan is; inventory's was moved away just now.
      ...eventIds("payments", 5, 100),
      ...eventIds("telemetry", 5),
      ...eventIds("telemetry", 5, 100),
    ].toSorted(),
  );
  const warnings = stderr.split("\n").filter((line) => !/^(Waiting|…|$)/.test(line));
  const again = (type: Type, why: string, from: number) =>
    new RegExp(
      `^${type}/\\S+\\.csv cannot be completed, as ${why}: the events of ${
        topicOf(type, box.settings.topicPrefix)
      }/0 from offset ${from} are read again, and repeated if it was made and moved away$`,
    );
  assert.equal(warnings.length, 2, stderr);
  assert.match(
    warnings.find((line) => line.startsWith("payments"))!,
    again("payments", "its upload was gone before it was completed \\(a lifecycle rule\\?\\)", 0),
  );
  assert.match(
    warnings.find((line) => line.startsWith("telemetry"))!,
    again(
      "telemetry",
      "its upload is gone, and earlier files were not moved away \\(was it aborted\\?\\)",
      5,
    ),
  );
  // They were made before: this consumer has only found them.
  assert.doesNotMatch(stdout, /Recovered/);
});
