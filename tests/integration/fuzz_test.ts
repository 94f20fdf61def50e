import { GetObjectCommand } from "@aws-sdk/client-s3";
import { parse } from "csv-parse/sync";
import assert from "node:assert/strict";
import { deadLetterTopic, topicOf, types } from "../../shared/catalogue/events.ts";
import { connectAdmin } from "../../shared/kafka/client.ts";
import { readTopic } from "../../shared/kafka/topic_reader.ts";
import { copyCsv } from "../warehouse/copy_csv.ts";
import { consume, taken } from "./consume.ts";
import { publish } from "./events.ts";
import { fuzz, seeded } from "./fuzz.ts";
import { assertProvenance, landedFiles } from "./landed.ts";
import { postgresCopy } from "./postgres_copy.ts";
import type { Sandbox } from "./sandbox.ts";
import { etl, verify, warehouseBox } from "./warehouse.ts";

const SEED = 20_260_226;
const EACH = 700;

Deno.test("of broken messages among events, each becomes a dead letter that says why, and each event lands once", async () => {
  await using box = await warehouseBox("fuzz");
  const random = seeded(SEED);
  const sent = types.map((type) => ({ type, messages: [...fuzz(type, EACH, random)] }));
  for (const { type, messages } of sent) {
    await publish(box, type, messages.map(({ value }) => value));
  }
  await using consumer = consume(box, ["--batch-size", "60", "--timeout", "2"]);
  await taken(box, EACH * types.length);
  consumer.signal("SIGINT");
  const { code, stderr } = await consumer.ended();
  assert.deepEqual([code, stderr], [0, ""]);

  const files = await landedFiles(box);
  assertProvenance(files);
  const landed = new Map<string, string>();
  for (const { key, text } of files) {
    // Fails where a row has more or fewer cells than the header.
    const rows: string[][] = parse(text);
    const [header, ...body] = rows;
    const cells = rows.map((row) => row.map((cell) => cell || null));
    assert.deepEqual(copyCsv(text), cells, key);
    assert.deepEqual(await postgresCopy(box.client, await bytes(box, key)), cells.slice(1), key);
    const [id, remark] = ["event_id", "remark"].map((name) => header!.indexOf(name));
    for (const row of body) {
      assert.ok(!landed.has(row[id!]!), `${row[id!]} has landed twice`);
      landed.set(row[id!]!, row[remark!]!);
    }
  }
  const good = sent.flatMap(({ messages }) => messages.flatMap(({ lands }) => lands ?? []));
  assert.deepEqual(
    landed,
    new Map(good.map(({ id, remark }) => [id, remark])),
  );

  await using admin = await connectAdmin(box.kafka, box.settings);
  const letters = await readTopic(box.kafka, admin, deadLetterTopic(box.settings.topicPrefix));
  const reasons = Map.groupBy(
    letters.map(({ message }) => message),
    ({ headers, value }) => `${headers!.topic} ${value!.toString("base64")}`,
  );
  for (const { type, messages } of sent) {
    const topic = topicOf(type, box.settings.topicPrefix);
    for (const { value, reason } of messages) {
      const name = `${topic} ${value.toBase64()}`;
      const found = reasons.get(name)?.map(({ headers }) => String(headers!.error)) ?? [];
      assert.equal(found.length, reason ? 1 : 0, new TextDecoder().decode(value.subarray(0, 300)));
      if (reason) assert.match(found[0]!, reason);
      reasons.delete(name);
    }
  }
  assert.equal(reasons.size, 0, "dead letters of messages that nobody sent");

  // What the consumer lets pass, the loader can read: it rejects single rows at most.
  const loaded = await etl(box);
  assert.deepEqual([loaded.code, loaded.stderr.includes("Cannot load")], [0, false], loaded.stderr);
  const proof = await verify(box);
  assert.equal(proof.code, 0, proof.stdout + proof.stderr);
  const [, published, rows, dead] =
    /^✅ (\S+) published = (\S+) landed \+ (\S+) dead letters/m.exec(proof.stdout) ?? [];
  const counts = [published, rows, dead].map((text) => Number(text!.replaceAll(",", "")));
  assert.deepEqual(counts, [EACH * types.length, good.length, EACH * types.length - good.length]);
});

async function bytes({ s3, settings }: Sandbox, Key: string): Promise<Uint8Array> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: settings.bucket, Key }));
  return await Body!.transformToByteArray();
}
