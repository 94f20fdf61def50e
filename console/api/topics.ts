import { Hono } from "hono";
import { UserError } from "../../shared/cli/errors.ts";
import { parsePlace, type Place } from "../../shared/formats/place.ts";
import { streamTopic } from "../../shared/kafka/topic_reader.ts";
import { messageAt } from "../../trace/find_messages.ts";
import type { KafkaConnection } from "../connections.ts";
import type { Parts } from "../server.ts";
import { type Message, tellMessage, WHOLE } from "../topics/message.ts";
import { lookAtTopics } from "../topics/topics.ts";

/**
 * `GET /topics`: all topics, or the one that `name` says. `GET /message?at=topic/partition/offset`: all
 * of a message.
 */
export function topicsApi({ connections }: Parts): Hono {
  const api = new Hono();
  api.get("/topics", async (context) => {
    const name = context.req.query("name");
    return context.json(
      await connections.withKafka((kafka) => lookAtTopics(kafka, connections.settings, name)),
    );
  });
  api.get("/message", async (context) => {
    const at = context.req.query("at") ?? "";
    const place = parsePlace(at);
    if (!place) throw new UserError(`"${at}" is no place`, "give topic/partition/offset");
    return context.json(await connections.withKafka((kafka) => readMessage(kafka, place)));
  });
  return api;
}

/** @throws {UserError} when there is no message there, with why */
async function readMessage({ kafka, admin }: KafkaConnection, place: Place): Promise<Message> {
  const { topic, partition, offset } = place;
  const there = await admin.listTopics();
  if (there.includes(topic)) {
    const from = new Map([[partition, offset]]);
    const to = new Map([[partition, offset + 1]]);
    for await (const { messages: [message] } of streamTopic(kafka, admin, topic, from, { to })) {
      if (message) return tellMessage(message, partition, WHOLE);
    }
  }
  const found = await messageAt({ kafka, admin }, place);
  throw new UserError("missing" in found ? sentence(found.missing) : "The message came just now");
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
