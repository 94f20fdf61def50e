import type pg from "pg";
import { readLetters } from "../dead_letters/read_letters.ts";
import { topicOf } from "../shared/catalogue/events.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { askGroup } from "../shared/kafka/group.ts";
import { formatPlace, type Place } from "../shared/formats/place.ts";
import { fileAt, landedWith, lineOf, type S3World } from "./find_files.ts";
import { hasTopic, type KafkaWorld, lastOf, messageAt, messagesIn } from "./find_messages.ts";
import { type FoundRow, type LoadedFile, loadedWith, rowsOf } from "./find_rows.ts";
import { typesOfId } from "./subject.ts";
import type { TracedFile, TracedLetter, TracedMessage, Way } from "./way.ts";

/** Where the way of an event is looked for. */
export interface TraceWorld extends KafkaWorld, S3World {
  readonly settings: Settings;
  /** Undefined if the warehouse is unavailable. */
  readonly client: pg.Client | undefined;
  /** How many of each topic's last messages are searched for an event id at most. */
  readonly last: number;
  /** Called with what is searched, before it is. */
  readonly onSearch?: (what: string) => void;
}

/** The ways of an event: one for each message, and each row, that has its id. */
export async function followEvent(world: TraceWorld, eventId: string): Promise<Way[]> {
  const rows = world.client ? await rowsOf(world.client, eventId) : [];
  const ways: Way[] = [];
  for (const found of rows) ways.push(await fromRow(world, eventId, found));
  if (ways.length > 0) return ways;
  for (const type of typesOfId(eventId)) {
    const topic = topicOf(type, world.settings.topicPrefix);
    if (!await hasTopic(world, topic)) continue;
    const { ranges } = await lastOf(world, topic, world.last);
    world.onSearch?.(topic);
    for await (const message of messagesIn(world, topic, ranges)) {
      if (message.eventId === eventId) ways.push(await fromMessage(world, message));
    }
  }
  return ways;
}

/** The way of the message at a place. */
export async function followPlace(world: TraceWorld, place: Place): Promise<Way> {
  const found = await messageAt(world, place);
  if ("message" in found) return await fromMessage(world, found.message);
  // Its message is gone; what became of it may still be known.
  const [letter, file] = await Promise.all([letterOf(world, place), fileWith(world, place, 0)]);
  return { eventId: undefined, notes: [found.missing], letter, file };
}

async function fromMessage(world: TraceWorld, message: TracedMessage): Promise<Way> {
  const { eventId } = message;
  const [file, rows] = await Promise.all([
    fileWith(world, message, message.at),
    eventId !== undefined && world.client ? rowsOf(world.client, eventId) : [],
  ]);
  const row = rows.find(({ row }) => row.key === file?.key)?.row;
  if (file && row) return { eventId, message, file: { ...file, line: row.line }, row, notes: [] };
  const line = file && eventId !== undefined ? await lineOf(world, file, eventId) : undefined;
  if (file && line !== undefined) {
    return { eventId, message, file: { ...file, line }, notes: notLoaded(world, file, rows) };
  }
  const letter = await letterOf(world, message);
  if (letter) return { eventId, message, letter, notes: [] };
  if (file) {
    const why = rows.length > 0
      ? `it is a repeat: the event is in ${rows[0]!.row.key}, line ${rows[0]!.row.line}`
      : `${file.key} covers its offset, and holds no row of it`;
    return { eventId, message, file, notes: [why] };
  }
  return { eventId, message, notes: [await notLanded(world, message)] };
}

async function fromRow(world: TraceWorld, eventId: string, found: FoundRow): Promise<Way> {
  const file = await whereIs(world, found.file);
  const notes: string[] = [];
  let message: TracedMessage | undefined;
  if (file.written) {
    const { topic, ranges } = file.written;
    const messages = await hasTopic(world, topic) ? messagesIn(world, topic, ranges) : [];
    for await (const one of messages) {
      if (one.eventId === eventId) message ??= one;
    }
    if (!message) notes.push(`Kafka has the message no more (${topic}, retention or deleted)`);
  } else notes.push("the file is another writer's: there is no message");
  const { row } = found;
  return { eventId, message, file: { ...file, line: row.line }, row, notes };
}

/** The file with the rows of a place: as the warehouse knows it, else as S3 does. */
async function fileWith(
  world: TraceWorld,
  place: Place,
  at: number,
): Promise<TracedFile | undefined> {
  const loaded = world.client && await loadedWith(world.client, place);
  return loaded ? await whereIs(world, loaded) : await landedWith(world, place, at);
}

async function whereIs(world: TraceWorld, loaded: LoadedFile): Promise<TracedFile> {
  const { key, type, landedAt, written } = loaded;
  const found = await fileAt(world, key, type);
  return { key, type, landedAt, written, in: found?.in ?? "neither bucket" };
}

async function letterOf(world: TraceWorld, place: Place): Promise<TracedLetter | undefined> {
  const { letters } = await readLetters(world, {}, { signal: world.signal });
  const letter = letters.find(({ origin }) => formatPlace(origin) === formatPlace(place));
  return letter && { reason: letter.reason, at: letter.at, replayedTo: letter.replay?.to };
}

function notLoaded(world: TraceWorld, file: TracedFile, rows: readonly FoundRow[]): string[] {
  if (!world.client) return [];
  const [other] = rows;
  return other
    ? [`the row is a repeat: the event was loaded from ${other.row.key}, line ${other.row.line}`]
    : [`${file.key} is not loaded yet`];
}

/** Why no file has a message: the group is not there yet, or it was passed over. */
async function notLanded(world: TraceWorld, { topic, partition, offset }: Place): Promise<string> {
  const { admin, settings: { group } } = world;
  const [log] = await askGroup(
    admin,
    (admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }),
    world.signal,
  );
  const committed = Number(
    log?.partitions.find((one) => one.partition === partition)?.offset ?? -1,
  );
  if (committed < 0) return `the group ${group} has landed nothing of ${topic}/${partition} yet`;
  return offset >= committed
    ? `not landed yet: the group ${group} has landed ${topic}/${partition} up to offset ${committed}`
    : `the group ${group} is past it (offset ${committed}), and no file in the buckets or the warehouse covers it: its file was moved away, or the event is a repeat within a batch`;
}
