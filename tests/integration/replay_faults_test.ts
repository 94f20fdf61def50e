import assert from "node:assert/strict";
import { topicOf } from "../../shared/catalogue/events.ts";
import { connectAdmin } from "../../shared/kafka/client.ts";
import { readTopic } from "../../shared/kafka/topic_reader.ts";
import { replay } from "./dead_letters.ts";
import { saleIds } from "./events.ts";
import { apiKeys, endTxnError, kafkaProxy, type KafkaRequest } from "./kafka_proxy.ts";
import { type Program, program } from "./program.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { ownServices } from "./services.ts";
import { setAside } from "./set_aside.ts";
import { freePorts } from "./settings.ts";

/** More than one transaction sends back. */
const LETTERS = 520;
/** The broker's errors for who has an earlier epoch. */
const FENCED = [47, 90];

/** The ids of the events that were sent back to partition 1, sorted. */
async function sentBack(box: Sandbox, from: number): Promise<string[]> {
  const topic = topicOf("sales", box.settings.topicPrefix);
  await using admin = await connectAdmin(box.kafka, box.settings);
  const messages = await readTopic(box.kafka, admin, topic, new Map([[1, from]]));
  return messages.filter(({ partition }) => partition === 1)
    .map(({ message }) => JSON.parse(String(message.value)).event_id).toSorted();
}

/** Letters, and a broker that is reached through a proxy only. */
async function behindProxy(
  name: string,
  onRequest: (request: KafkaRequest) => Promise<void> | void,
) {
  await using starting = new AsyncDisposableStack();
  const [port, kafkaPort] = freePorts(2);
  starting.use(await kafkaProxy(port!, kafkaPort!, onRequest));
  const own = starting.use(
    await ownServices(name, ["zookeeper", "kafka", "s3"], {
      env: { KAFKA_PORT: String(kafkaPort) },
      kafkaAdvertisedPort: port,
    }),
  );
  const box = starting.use(await sandbox(name, { on: own }));
  await setAside(box, LETTERS);
  const started = starting.move();
  return { box, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

/**
 * Does something to the first EndTxn, and delivers it late: while the next transaction is open, between
 * the messages that it sends back and their marks.
 */
function lateEndTxn(onFirst: (request: KafkaRequest) => void) {
  const late = { answer: undefined as Promise<number> | undefined };
  let first: KafkaRequest | undefined;
  let produced = 0;
  const onRequest = async (request: KafkaRequest) => {
    const { apiKey } = request;
    if (apiKey === apiKeys.endTxn && !first) {
      first = request;
      return onFirst(request);
    }
    if (first && apiKey === apiKeys.produce && ++produced === 2) {
      late.answer = first.deliver().then(endTxnError);
      await late.answer;
    }
    request.forward();
  };
  return { late, onRequest };
}

for (
  const [name, what, onFirst] of [
    ["late-endtxn", "is held back, its connection cut", (request: KafkaRequest) => request.cut()],
    ["repeated-endtxn", "was answered already", (request: KafkaRequest) => request.forward()],
  ] as const
) {
  Deno.test(`replay: an EndTxn that ${what}, and that arrives late, ends no later transaction`, async () => {
    const { late, onRequest } = lateEndTxn(onFirst);
    await using world = await behindProxy(name, onRequest);
    const { box } = world;
    const { code, stdout, stderr } = await replay(box);
    const again = await replay(box);
    assert.deepEqual(await sentBack(box, LETTERS), saleIds(LETTERS));
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, new RegExp(`^Replayed: ${LETTERS}$`, "m"));
    assert.equal(again.stdout, `Replayed: 0, replayed before: ${LETTERS}\n`);
    assert.ok(FENCED.includes(await late.answer!), `the late one got ${await late.answer}`);
  });
}

Deno.test("replay: an answer to EndTxn that never comes leaves nothing unsure", async () => {
  let seen = 0;
  await using world = await behindProxy("lost-answer", async (request) => {
    if (request.apiKey !== apiKeys.endTxn || ++seen > 1) return request.forward();
    // It is committed, and nobody hears of it.
    await request.deliver();
    request.cut();
  });
  const { box } = world;
  const { code, stdout, stderr } = await replay(box);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, new RegExp(`^Replayed: ${LETTERS}$`, "m"));
  assert.equal(stdout.match(/^✓ Replayed \S+ → \S+$/gm)?.length, LETTERS);
  assert.deepEqual(await sentBack(box, LETTERS), saleIds(LETTERS));
});

Deno.test("replay: a Ctrl-C lets the transaction that is open end, and says how many wait; the next replay sends those", async () => {
  let run: Program | undefined;
  await using world = await behindProxy("interrupted", async (request) => {
    if (run && request.apiKey === apiKeys.endTxn && !run.stderr()) {
      run.signal("SIGINT");
      await run.waitForLine(/^Stopping…/);
    }
    request.forward();
  });
  const { box } = world;
  run = program("dead_letters/replay.ts", [], { permissions: "dead-letters", env: box.env });
  await using interrupted = run;
  const { code, stdout, stderr } = await interrupted.ended();
  const sent = stdout.match(/^✓ Replayed \S+ → \S+$/gm)!.length;
  assert.equal(code, 130);
  assert.ok(stderr.startsWith(`✗ Interrupted: replayed: ${sent}, waiting: ${LETTERS - sent}\n`));
  run = undefined;
  const again = await replay(box);
  assert.equal(
    again.stdout.split("\n").at(-2),
    `Replayed: ${LETTERS - sent}, replayed before: ${sent}`,
  );
  assert.deepEqual(await sentBack(box, LETTERS), saleIds(LETTERS));
});

Deno.test("replay: of two at once each letter is sent once, and one at least does all that is left", async () => {
  await using box = await sandbox("replay-two");
  const count = 3 * LETTERS;
  await setAside(box, count);
  const both = await Promise.all([replay(box), replay(box)]);
  for (const { code, stderr } of both) {
    if (code !== 0) assert.match(stderr, /^✗ Another replay has started: this one stopped\n/);
  }
  assert.ok(both.some(({ code }) => code === 0), both.map(({ stderr }) => stderr).join());
  assert.deepEqual(await sentBack(box, count), saleIds(count));
});
