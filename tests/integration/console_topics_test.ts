import assert from "node:assert/strict";
import { topicOf } from "../../shared/catalogue/events.ts";
import { connectAdmin, ensureTopics } from "../../shared/kafka/client.ts";
import type { Message } from "../../console/topics/message.ts";
import { landAll } from "./consume.ts";
import { startConsole, type TestConsole } from "./console_client.ts";
import { publish, publishMessages, sale, sales, type TestMessage } from "./events.ts";
import { apiKeys, kafkaProxy } from "./kafka_proxy.ts";
import { sandbox } from "./sandbox.ts";
import { ownServices } from "./services.ts";
import { freePorts } from "./settings.ts";
import { openTransaction } from "./transactions.ts";
import { until } from "./wait.ts";

/** One go of a search. */
interface Go {
  readonly newestFirst: boolean;
  readonly total: number;
  readonly found: readonly Message[];
  readonly read: number;
  readonly cursor: string | undefined;
}

async function search(console: TestConsole, query: Record<string, string>): Promise<Go> {
  const found: Message[] = [];
  let start: { newestFirst: boolean; total: number } | undefined;
  let [read, cursor]: [number, string | undefined] = [0, undefined];
  for await (const { event, data } of console.events(`search?${new URLSearchParams(query)}`)) {
    if (event === "problem") throw new Error(`${data.message}: ${data.hint}`);
    if (event === "start") start = data;
    if (event === "progress") {
      found.push(...data.found);
      ({ read, cursor } = data);
    }
    if (event === "end") return { ...start!, found, read, cursor };
  }
  throw new Error("the search did not end");
}

/** Messages whose keys are their numbers, with times a second apart, over three partitions. */
function numbered(count: number, fields: Record<string, unknown> = {}): TestMessage[] {
  return Array.from({ length: count }, (_, n) => ({
    key: `key-${n}`,
    partition: n % 3,
    timestamp: String(1_700_000_000_000 + n * 1_000),
    value: JSON.stringify(sale(n, fields)),
  }));
}

const keysOf = (found: readonly Message[]) => found.map(({ key }) => key?.text);

Deno.test("the console lists topics, ours first, with offsets, leaders, sizes and what a transaction holds", async () => {
  await using box = await sandbox("console-topics");
  const { topicPrefix } = box.settings;
  const topic = topicOf("sales", topicPrefix);
  const other = `${topicPrefix}0-other`;
  await publishMessages(box, "sales", numbered(30));
  await using admin = await connectAdmin(box.kafka, box.settings);
  await admin.createTopics({ topics: [{ topic: other, numPartitions: 2 }] });
  await using open = await openTransaction(box.kafka, topic);
  await open.transaction.send({ topic, messages: [{ partition: 1, value: "{}" }] });
  await using console = await startConsole(box);

  const { status, body: { topics, message } } = await console.ask("topics");
  assert.equal(status, 200, message);
  const names: string[] = topics.map(({ topic }: { topic: string }) => topic);
  assert.ok(names.every((name) => !name.startsWith("__")), names.join());
  const ours = names.filter((name) => name.startsWith(topicPrefix));
  assert.deepEqual([ours[0], ours.at(-1), ours.length], [topic, other, 8]);
  assert.deepEqual(names.slice(0, 7), ours.slice(0, 7));

  const { body } = await console.ask(`topics?name=${topic}`);
  assert.equal(body.topics.length, 1);
  const { partitions } = body.topics[0];
  assert.deepEqual(
    partitions.map((
      { partition, low, high, stable }: Record<string, number>,
    ) => [partition, low, high, stable]),
    [[0, 0, 10, 10], [1, 0, 11, 10], [2, 0, 10, 10]],
  );
  for (const { leader, size } of partitions) {
    assert.ok(leader >= 0 && size > 100, `${leader} ${size}`);
  }
  await open.transaction.abort();

  const missing = await console.ask(`topics?name=${topicPrefix}nowhere`);
  assert.equal(missing.status, 400);
  assert.match(missing.body.message, /^There is no topic .*nowhere$/);
  // What was wrong with a question cost nobody the connection.
  assert.equal((await console.ask("topics")).status, 200);
});

Deno.test("a search goes in the order of time over all partitions, from every kind of start, and on from where it ended", async () => {
  await using box = await sandbox("console-search");
  const topic = topicOf("sales", box.settings.topicPrefix);
  await publishMessages(box, "sales", numbered(600));
  await using console = await startConsole(box);
  const all = Array.from({ length: 600 }, (_, n) => `key-${n}`);
  const newest = all.toReversed();

  const end = await search(console, { topic, from: "end" });
  assert.deepEqual([end.newestFirst, end.total], [true, 600]);
  assert.deepEqual(keysOf(end.found), newest.slice(0, 100));
  assert.ok(end.read < 600, String(end.read));

  const last = await search(console, { topic, from: "last:31" });
  assert.deepEqual(keysOf(last.found), newest.slice(0, 31));
  assert.deepEqual([last.read, last.total, last.cursor], [31, 31, undefined]);

  const beginning = await search(console, { topic, from: "beginning", found: "7" });
  assert.equal(beginning.newestFirst, false);
  assert.deepEqual(keysOf(beginning.found), all.slice(0, 7));
  assert.equal(beginning.read, 7);

  const time = new Date(1_700_000_000_000 + 590_000).toISOString().replace(".000", "");
  const later = await search(console, { topic, from: time });
  assert.deepEqual(keysOf(later.found), all.slice(590));
  const place = await search(console, { topic, from: "1/190" });
  assert.deepEqual(place.found.map(({ partition, offset }) => [partition, offset]), [
    ...Array.from({ length: 10 }, (_, n) => [1, 190 + n]),
  ]);

  for (const [from, wanted] of [["end", newest], ["beginning", all]] as const) {
    const seen: (string | undefined)[] = [];
    let go: Go | undefined;
    do {
      const cursor: Record<string, string> = go?.cursor === undefined ? {} : { cursor: go.cursor };
      go = await search(console, { topic, from, found: "41", ...cursor });
      seen.push(...keysOf(go.found));
    } while (go.cursor !== undefined);
    assert.deepEqual(seen, wanted, from);
  }

  const bad: Record<string, string>[] = [
    { from: "yesterday" },
    { cursor: "newest;x" },
    { topic: `${topic}-not` },
  ];
  for (const query of bad) {
    await assert.rejects(search(console, { topic, ...query }), /no place|cannot go on|no topic/);
  }
});

Deno.test("a search finds by key, by event id, by text, reads no more than it may, and what is left can be read next", async () => {
  await using box = await sandbox("console-filter");
  const topic = topicOf("sales", box.settings.topicPrefix);
  const messages = numbered(3_000);
  messages[1_000] = { ...messages[1_000]!, headers: { "trace": "needle.*" } };
  await publishMessages(box, "sales", messages, { perRequest: 100 });
  await using console = await startConsole(box);

  const byKey = await search(console, { topic, from: "beginning", key: "key-299" });
  assert.deepEqual(
    keysOf(byKey.found),
    [299, ...Array.from({ length: 10 }, (_, n) => 2990 + n)]
      .map((n) => `key-${n}`),
  );
  assert.deepEqual([byKey.read, byKey.total, byKey.cursor], [3_000, 3_000, undefined]);
  const id = String(sale(77).event_id);
  assert.deepEqual(keysOf((await search(console, { topic, id })).found), ["key-77"]);
  assert.deepEqual((await search(console, { topic, id: id.slice(0, -1) })).found, []);
  const text = await search(console, { topic, text: "needle.*" });
  assert.deepEqual(keysOf(text.found), ["key-1000"]);
  // Plain text: a dot is a dot.
  assert.deepEqual((await search(console, { topic, text: "needle.." })).found, []);
  const both = await search(console, { topic, text: "CUST-7", key: "key-5" });
  assert.ok(both.found.length > 0);
  assert.ok(
    both.found.every(({ key, value }) =>
      key?.text?.includes("key-5") && value?.text?.includes("CUST-7")
    ),
  );

  const bounded = await search(console, { topic, from: "end", key: "key-0", read: "200" });
  assert.deepEqual(bounded.found, []);
  assert.ok(bounded.read >= 200 && bounded.read < 3_000, String(bounded.read));
  const rest = await search(console, { topic, from: "end", key: "key-0", cursor: bounded.cursor! });
  assert.equal(rest.total, 3_000 - bounded.read);
  assert.deepEqual(keysOf(rest.found), ["key-0"]);
});

Deno.test("whoever closes a search ends its reading", async () => {
  const [kafkaPort, port] = freePorts(2);
  let fetches = 0;
  const held = Promise.withResolvers<void>();
  await using proxy = await kafkaProxy(port!, kafkaPort!, async (request) => {
    if (request.apiKey === apiKeys.fetch && ++fetches > 5) await held.promise;
    request.forward();
  });
  await using own = await ownServices("console-stop", ["zookeeper", "kafka", "s3"], {
    env: { KAFKA_PORT: String(kafkaPort) },
    kafkaAdvertisedPort: proxy.port,
  });
  const env = { ...own.env, KAFKA_BROKERS: `127.0.0.1:${proxy.port}` };
  await using box = await sandbox("console-stop", { on: own, env });
  const topic = `${box.settings.topicPrefix}large`;
  await using admin = await connectAdmin(box.kafka, box.settings);
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
  const producer = box.kafka.producer();
  await producer.connect();
  const value = "x".repeat(900_000);
  for (let n = 0; n < 40; n++) await producer.send({ topic, messages: [{ value }] });
  await producer.disconnect();

  await using console = await startConsole(box);
  for await (
    const { event, data } of console.events(`search?topic=${topic}&from=beginning&text=none`)
  ) {
    if (event !== "progress" || data.read === 0) continue;
    assert.ok(data.read < 40, "it is not over");
    await until("it wants more", () => fetches > 5);
    break;
  }
  const before = fetches;
  held.resolve();
  const { read, total } = await search(console, { topic, from: "beginning", text: "none" });
  assert.deepEqual([read, total], [40, 40]);
  // The one that was closed would have asked 35 times more; a broker under load is asked again.
  assert.ok(fetches - before <= 60, `${fetches - before} fetches by a search of 40 messages`);
});

Deno.test("a tail tells what is published from now on, each once, goes on where it was, and tells no more than a page can show", async () => {
  await using box = await sandbox("console-tail");
  const topic = topicOf("sales", box.settings.topicPrefix);
  await publish(box, "sales", sales(10));
  await using console = await startConsole(box);

  const seen: string[] = [];
  let cursor: string | undefined;
  let stage = 0;
  for await (const { event, data, id } of console.events(`tail?topic=${topic}`)) {
    assert.equal(event, "tick", JSON.stringify(data));
    seen.push(...data.messages.map((one: Message) => JSON.parse(one.value!.text!).event_id));
    if (stage === 0) await publish(box, "sales", sales(6, 100));
    stage = 1;
    cursor = id;
    if (seen.length === 6) break;
  }
  assert.deepEqual(seen.toSorted(), sales(6, 100).map(({ event_id }) => event_id));

  // Meanwhile more comes than one look tells.
  await publish(box, "sales", sales(500, 200));
  let [told, matched, came] = [0, 0, 0];
  for await (
    const { data } of console.events(`tail?topic=${topic}`, { "last-event-id": cursor! })
  ) {
    const again = data.messages.filter((one: Message) => {
      const { event_id } = JSON.parse(one.value!.text!);
      return seen.includes(event_id);
    });
    assert.deepEqual(again, [], "nothing is told twice");
    told += data.messages.length;
    matched += data.matched;
    came += data.came;
    if (came === 500) break;
  }
  assert.deepEqual([told, matched], [25, 500]);

  await publish(box, "sales", sales(500, 800));
  const ids: string[] = [];
  const wanted = String(sale(1_234).event_id);
  const path = `tail?topic=${topic}&id=${wanted}`;
  for await (const { data } of console.events(path, { "last-event-id": cursor! })) {
    if (data.came > 0) assert.deepEqual([data.lookedAt, data.matched], [1_000, 1]);
    ids.push(...data.messages.map((one: Message) => JSON.parse(one.value!.text!).event_id));
    if (ids.length > 0) break;
  }
  assert.deepEqual(ids, [wanted]);
});

Deno.test("a message is told as it is: in part in a list, whole on demand, whatever its bytes are", async () => {
  await using box = await sandbox("console-message");
  const topic = topicOf("sales", box.settings.topicPrefix);
  const large = `{"note":"${"é".repeat(450_000)}"}`;
  await publishMessages(box, "sales", [
    {
      key: "<script>alert(1)</script>",
      partition: 0,
      value: large,
      headers: { "<b>": ["1", "2"] },
    },
    { key: null, partition: 0, value: null },
    { key: "bytes", partition: 0, value: new Uint8Array([0, 255, 254]) },
  ]);
  await using console = await startConsole(box);
  const { found: [bytes, tombstone, cut] } = await search(console, { topic, from: "last:9" });
  assert.deepEqual(bytes!.value, { bytes: 3, base64: "AP/+" });
  assert.deepEqual([tombstone!.key, tombstone!.value], [null, null]);
  assert.equal(cut!.isCut, true);
  assert.equal(cut!.value!.bytes, 900_011);
  assert.ok(cut!.value!.text!.length < 4_096 && /^\{"note":"é+$/.test(cut!.value!.text!));

  const { body } = await console.ask(`message?at=${topic}/0/0`);
  assert.deepEqual([body.isCut, body.value.text, body.key.text], [
    ...[false, large, "<script>alert(1)</script>"],
  ]);
  assert.deepEqual(body.headers, [
    ["<b>", { bytes: 1, text: "1" }],
    ["<b>", { bytes: 1, text: "2" }],
  ]);
  for (
    const [place, why] of [
      [`${topic}/0/99`, /ends before offset 3/],
      [`${topic}/9/0`, /has no partition 9/],
      [`${topic}-not/0/0`, /no topic/],
      ["nonsense", /is no place/],
    ] as const
  ) {
    const { status, body } = await console.ask(`message?at=${place}`);
    assert.equal(status, 400);
    assert.match(body.message, why);
  }
});

Deno.test("the console lists groups, ours first, with members, assignments and lag", async () => {
  await using box = await sandbox("console-groups");
  const { settings } = box;
  const topic = topicOf("sales", settings.topicPrefix);
  await using console = await startConsole(box);
  const none = await console.ask(`groups?name=${settings.group}`);
  assert.deepEqual(none.body.groups, [
    { group: settings.group, isOurs: true, state: "Dead", members: [], partitions: [] },
  ]);

  {
    await using admin = await connectAdmin(box.kafka, settings);
    await ensureTopics(admin, settings);
  }
  await publish(box, "sales", sales(20), { partition: 1 });
  await landAll(box, ["--batch-size", "20", "--timeout", "1"], ["sales"]);
  await publish(box, "sales", sales(5, 20), { partition: 1 });
  const reader = box.kafka.consumer({ groupId: `${settings.group}-reader` });
  await reader.connect();
  await reader.subscribe({ topics: [topic] });
  await reader.run({ eachMessage: async () => {} });
  await until("it has joined", async () => {
    const { body } = await console.ask(`groups?name=${settings.group}-reader`);
    return body.groups[0].members[0]?.assignment.length === 1;
  });

  const { body: { groups } } = await console.ask("groups");
  const [first] = groups;
  assert.deepEqual([first.group, first.isOurs, first.state, first.members], [
    ...[settings.group, true, "Empty"],
    [],
  ]);
  const landed = first.partitions.find((one: { topic: string; partition: number }) =>
    one.topic === topic && one.partition === 1
  );
  assert.deepEqual(landed, { topic, partition: 1, low: 0, end: 25, committed: 20, lag: 5 });

  const { body: { groups: [reading] } } = await console.ask(`groups?name=${settings.group}-reader`);
  assert.equal(reading.state, "Stable");
  assert.deepEqual(reading.members[0].assignment, [{ topic, partitions: [0, 1, 2] }]);
  assert.equal(reading.members[0].clientId, "automotive-test");
  assert.match(reading.members[0].host, /^[\d.:]+$/);
  assert.ok(
    reading.partitions.every((one: { clientId: string }) => one.clientId === "automotive-test"),
  );
  await reader.disconnect();
});
