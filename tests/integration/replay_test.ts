import assert from "node:assert/strict";
import { connectReplayer } from "../../dead_letters/replayer.ts";
import type { Letter } from "../../dead_letters/letters.ts";
import { readLetters } from "../../dead_letters/read_letters.ts";
import type { ReplayItem } from "../../dead_letters/replay_batches.ts";
import { deadLetterTopic, topicOf } from "../../shared/catalogue/events.ts";
import { connectAdmin } from "../../shared/kafka/client.ts";
import { readTopic } from "../../shared/kafka/topic_reader.ts";
import { consume } from "./consume.ts";
import { committed, list, listJson, replay } from "./dead_letters.ts";
import { publish, sale, saleIds, sales } from "./events.ts";
import { landedFiles, landedIds } from "./landed.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { setAside } from "./set_aside.ts";
import { until } from "./wait.ts";

const sent = (box: Sandbox) => topicOf("sales", box.settings.topicPrefix);

/** A letter as it is sent back to partition 1. */
function toReplayItem(letter: Letter): ReplayItem {
  return { letter, original: letter, partition: 1, keepsTime: false };
}

/** The messages of partition 1 after the first so many. */
async function sentBack(box: Sandbox, from: number) {
  await using admin = await connectAdmin(box.kafka, box.settings);
  const messages = await readTopic(box.kafka, admin, sent(box), new Map([[1, from]]));
  return messages.filter(({ partition }) => partition === 1).map(({ message }) => message);
}

Deno.test("replay sends letters back as they were, once however often it is run", async () => {
  await using box = await sandbox("replay");
  await setAside(box, 3);
  const first = await replay(box);
  assert.deepEqual([first.code, first.stderr], [0, ""]);
  const lines = first.stdout.trimEnd().split("\n");
  assert.deepEqual(
    lines.slice(0, 3),
    [0, 1, 2].map((n) => `✓ Replayed ${sent(box)}/1/${n} → ${sent(box)}/1/${n + 3}`),
  );
  assert.equal(lines[3], "Replayed: 3");
  const second = await replay(box);
  assert.equal(second.stdout, "Replayed: 0, replayed before: 3\n");
  const messages = await sentBack(box, 3);
  assert.deepEqual(
    messages.map(({ offset, key, value }) => [offset, String(key), String(value)]),
    [0, 1, 2].map((n) => [String(n + 3), `key ${n}`, JSON.stringify(sale(n))]),
  );
  assert.equal(String(messages[0]!.headers!.replayed_from), `${sent(box)}/1/0`);
});

Deno.test("dead-letters shows what was replayed only with --all, and where it lies now", async () => {
  await using box = await sandbox("replayed");
  await setAside(box, 2);
  await replay(box, "--origin", `${sent(box)}/1/0`);
  assert.deepEqual((await listJson(box)).map(({ offset }) => offset), [1]);
  assert.match((await list(box)).stderr, /^Replayed, shown with --all: 1$/m);
  const [letter] = await listJson(box, "--all", "--origin", `${sent(box)}/1/0`);
  const { topic, partition, offset } = letter.replayed;
  assert.deepEqual([topic, partition, offset], [sent(box), 1, 2]);
});

Deno.test("replay --dry-run says what would be sent, and sends nothing", async () => {
  await using box = await sandbox("replay-dry");
  await setAside(box, 2);
  const { code, stdout } = await replay(box, "--dry-run", "--reason", "older consumer");
  assert.equal(code, 0);
  assert.ok(stdout.startsWith(`Would replay ${sent(box)}/1/0: {"event_type":"sales"`), stdout);
  assert.match(stdout, /^Would replay: 2$/m);
  assert.deepEqual(await sentBack(box, 2), []);
  assert.equal((await listJson(box)).length, 2);
});

Deno.test("replayed events land once, between the events of others, and no offset is covered twice", async () => {
  await using box = await sandbox("replay-land");
  await setAside(box, 40);
  await using consumer = consume(box, ["--batch-size", "7", "--timeout", "1"]);
  await committed(box, "sales", 1, 40);
  // Each replay is a transaction, and leaves a marker in the log.
  for (let n = 0; n < 40; n += 10) {
    const origins = Array.from({ length: 10 }, (_, i) => `${sent(box)}/1/${n + i}`);
    const { code } = await replay(box, ...origins.flatMap((origin) => ["--origin", origin]));
    assert.equal(code, 0);
    await publish(box, "sales", sales(5, 100 + n), { partition: 1 });
  }
  // 40 dead letters, then four times ten replayed events, a marker and five events.
  await committed(box, "sales", 1, 40 + 4 * 16);
  consumer.signal("SIGINT");
  const { code, stderr } = await consumer.ended();
  assert.deepEqual([code, stderr], [0, ""]);
  const others = [0, 10, 20, 30].flatMap((n) => saleIds(5, 100 + n));
  assert.deepEqual(await landedIds(box), [...saleIds(40), ...others].toSorted());
  const ranges = (await landedFiles(box)).flatMap(({ provenance }) => provenance.ranges)
    .sort((a, b) => a.from - b.from);
  ranges.forEach((range, i) => assert.ok(range.from >= (ranges[i - 1]?.to ?? 0)));
  const covered = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const counted = ranges.reduce((sum, range) => sum + range.rows + range.deadLetters, 0);
  // A marker is covered and counted as nothing: it is no event.
  assert.ok(covered - counted <= 4 && covered >= counted, `${covered} covered, ${counted} counted`);
});

Deno.test("a consumer that starts on a log that ends with a transaction marker reads on after it", async () => {
  await using box = await sandbox("replay-marker");
  await setAside(box, 2);
  await replay(box);
  {
    await using consumer = consume(box, ["--batch-size", "2"]);
    await consumer.waitForLine(/✓ Flushed 2 sales events/);
    consumer.signal("SIGINT");
    await consumer.ended();
  }
  await using consumer = consume(box, ["--batch-size", "2"]);
  await publish(box, "sales", sales(2, 50), { partition: 1 });
  await consumer.waitForLine(/✓ Flushed 2 sales events/);
  assert.deepEqual(await landedIds(box), [...saleIds(2), ...saleIds(2, 50)]);
});

Deno.test("what is bad again becomes a letter that says how often it was replayed", async () => {
  await using box = await sandbox("replay-bad");
  await publish(box, "sales", ["still not json"], { partition: 2 });
  await using consumer = consume(box, ["--timeout", "1"]);
  await committed(box, "sales", 2, 1);
  await replay(box);
  await until("it is set aside again", async () => (await listJson(box)).length === 1);
  const [letter] = await listJson(box);
  assert.deepEqual([letter.offset, letter.value, letter.replays_before], [1, "still not json", 1]);
  const { stdout } = await replay(box);
  assert.match(stdout, /\/2\/1 → \S+\/2\/3 \(replay 2\)$/m);
  await until("it is set aside once more", async () => (await listJson(box)).length === 1);
  assert.equal((await listJson(box))[0].replays_before, 2);
  assert.equal((await listJson(box, "--all")).length, 3);
  consumer.signal("SIGINT");
  await consumer.ended();
});

Deno.test("a replay that crashed before its transaction was committed has sent nothing", async () => {
  await using box = await sandbox("replay-crash");
  await setAside(box, 3);
  // Waits until the cluster has its topic of transactions.
  await using admin = await connectAdmin(box.kafka, box.settings);
  await (await connectReplayer({ ...box, admin }))[Symbol.asyncDispose]();
  const producer = box.kafka.producer({
    transactionalId: `${box.settings.topicPrefix}automotive-replay`,
    maxInFlightRequests: 1,
    idempotent: true,
    retry: { retries: 10 },
  });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({
    topic: sent(box),
    messages: [{ partition: 1, value: JSON.stringify(sale(0)) }],
  });
  await producer.disconnect();
  assert.equal((await replay(box)).code, 0);
  assert.deepEqual(
    (await sentBack(box, 3)).map(({ value }) => JSON.parse(String(value)).event_id).toSorted(),
    saleIds(3),
  );
});

Deno.test("connectReplayer() ends the replays of others, which then send nothing", async () => {
  await using box = await sandbox("replay-fence");
  await setAside(box, 1);
  await using admin = await connectAdmin(box.kafka, box.settings);
  await using zombie = await connectReplayer({ ...box, admin });
  const { letters: [letter] } = await readLetters({ ...box, admin }, {});
  const batch = [toReplayItem(letter!)];
  await using replayer = await connectReplayer({ ...box, admin });
  await assert.rejects(zombie.replay(batch), {
    message: "Another replay has started: this one stopped",
  });
  await replayer.replay(batch);
  assert.equal((await sentBack(box, 1)).length, 1);
});

Deno.test("replay() leaves alone what another replay has sent back between two of its transactions", async () => {
  await using box = await sandbox("replay-between");
  await setAside(box, 3);
  await using admin = await connectAdmin(box.kafka, box.settings);
  await using first = await connectReplayer({ ...box, admin });
  const { letters } = await readLetters({ ...box, admin }, {});
  const items = letters.map(toReplayItem);
  await first.replay(items.slice(0, 1));
  {
    await using second = await connectReplayer({ ...box, admin });
    await second.replay(items.slice(1, 2));
  }
  const places = await first.replay(items.slice(1));
  assert.deepEqual(places.map((place) => place?.topic), [undefined, sent(box)]);
  const ids = (await sentBack(box, 3)).map(({ value }) => JSON.parse(String(value)).event_id);
  assert.deepEqual(ids.toSorted(), saleIds(3));
});

Deno.test("replay() waits until readers can see what it has sent", async () => {
  await using box = await sandbox("replay-seen");
  await setAside(box, 1);
  await using admin = await connectAdmin(box.kafka, box.settings);
  await using replayer = await connectReplayer({ ...box, admin });
  const { letters: [letter] } = await readLetters({ ...box, admin }, {});
  // Holds back what follows in partition 1, as markers do that are not yet written.
  const producer = box.kafka.producer({
    transactionalId: `${box.settings.topicPrefix}holds`,
    idempotent: true,
    maxInFlightRequests: 1,
    retry: { retries: 10 },
  });
  await producer.connect();
  const hold = await producer.transaction();
  await hold.send({
    topic: sent(box),
    messages: [{ partition: 1, value: JSON.stringify(sale(1)) }],
  });

  let done = false;
  const replaying = replayer.replay([toReplayItem(letter!)])
    .then(() => done = true);
  const readable = async () => {
    await using other = await connectAdmin(box.kafka, box.settings);
    return (await readLetters({ ...box, admin: other }, {})).letters[0]!.replay !== undefined;
  };
  await until("the mark can be read", readable);
  assert.equal(done, false);
  await hold.commit();
  await replaying;
  assert.equal((await sentBack(box, 2)).length, 1);
  await producer.disconnect();
});

Deno.test("a letter that was cut is replayed whole from its origin, or not at all", async () => {
  await using box = await sandbox("replay-cut");
  const large = new Uint8Array(1_048_400);
  for (let i = 0; i < large.length; i += 65_536) {
    crypto.getRandomValues(large.subarray(i, i + 65_536));
  }
  await publish(box, "sales", [large], { partition: 0 });
  await publish(box, "sales", [large], { partition: 0 });
  await using consumer = consume(box, ["--timeout", "1"]);
  await committed(box, "sales", 0, 2);
  consumer.signal("SIGINT");
  await consumer.ended();
  for (const { reason } of await listJson(box)) {
    assert.match(reason, /\(truncated from 1048400 to 524288 bytes\)$/);
  }
  await using admin = await connectAdmin(box.kafka, box.settings);
  const topic = sent(box);
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "1" }] });
  const { code, stdout, stderr } = await replay(box);
  assert.equal(code, 1);
  assert.match(stderr, /^✗ \S+\/0\/0 cannot be replayed: it was truncated/);
  assert.match(stdout, /^Replayed: 1, cannot be replayed: 1$/m);
  const copies = (await readTopic(box.kafka, admin, topic, new Map([[0, 2]])))
    .filter(({ partition }) => partition === 0);
  assert.equal(copies.length, 1);
  assert.ok(copies[0]!.message.value!.equals(large));
});

Deno.test("replay leaves alone what came from no topic of an event type", async () => {
  await using box = await sandbox("replay-foreign");
  await setAside(box, 0);
  const producer = box.kafka.producer();
  await producer.connect();
  const headers = { topic: "elsewhere", partition: "0", offset: "1", error: "forged" };
  await producer.send({
    topic: deadLetterTopic(box.settings.topicPrefix),
    messages: [{ value: "x", headers }, { value: "no headers at all" }],
  });
  await producer.disconnect();
  const { code, stderr } = await replay(box);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^✗ elsewhere\/0\/1 cannot be replayed: elsewhere is not the topic of an event/,
  );
  assert.match(
    (await list(box)).stderr,
    /^Records of \S+ not written by our consumer, skipped: 1$/m,
  );
});
