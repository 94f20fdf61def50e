import { connectAdmin } from "../../shared/kafka/client.ts";
import { catalogue, topicOf, types } from "../../shared/catalogue/events.ts";
import { connectWarehouse } from "../../shared/postgres/client.ts";
import { readTopic } from "../../shared/kafka/topic_reader.ts";
import type { Evidence, Letter, PublishedEvent } from "./evidence.ts";
import { publishedIds } from "./others.ts";
import { readSaid } from "./said.ts";
import type { World } from "./world.ts";

/** Collects what a run has left behind, once all of it has ended. */
export async function collectEvidence(world: World): Promise<Evidence> {
  const { box, fleet, topics, traffic, downstream, producer, loader } = world;
  const published = new Map<string, PublishedEvent>(traffic.published);
  for (const id of publishedIds(producer?.printed() ?? "")) {
    const type = types.find((type) => id.startsWith(`${catalogue[type].prefix}-`))!;
    published.set(id, { topic: topicOf(type, box.settings.topicPrefix), life: 0, bad: false });
  }
  return {
    logs: await topics.logs(),
    files: downstream.files,
    letters: await readLetters(world),
    published,
    said: readSaid(fleet.said),
    remade: topics.remade,
    reused: downstream.reused,
    notLoaded: loader ? await notLoaded(world) : [],
  };
}

async function readLetters({ box, topics, traffic }: World): Promise<Letter[]> {
  await using admin = await connectAdmin(box.kafka, box.settings);
  const messages = await readTopic(box.kafka, admin, topics.deadLetters);
  return messages.map(({ message: { headers = {}, value } }) => {
    const topic = String(headers.topic);
    // Its place is known even where the value was cut off; then it counts for the present life.
    const id = /"event_id":"([^"]+)"/.exec(String(value))?.[1] ?? "";
    return {
      topic,
      life: traffic.published.get(id)?.life ?? topics.lifeOf(topic),
      partition: Number(headers.partition),
      offset: Number(headers.offset),
    };
  });
}

/** The rows of archived files that are no facts. */
async function notLoaded({ box, downstream }: World): Promise<string[]> {
  await using client = await connectWarehouse(box.settings, "torture");
  const facts = types.map((type) => `SELECT event_id FROM warehouse.fact_${type}`);
  const { rows } = await client.query(facts.join(" UNION ALL "));
  const loaded = new Set((rows as { event_id: string }[]).map(({ event_id }) => event_id));
  return [...downstream.archived].filter((id) => !loaded.has(id));
}
