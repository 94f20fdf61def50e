import { setImmediate } from "node:timers/promises";
import { Buffer } from "../../consumer/buffer.ts";
import type { Decoded } from "../../consumer/decode.ts";
import { Generation } from "../../consumer/generation.ts";
import { Landing } from "../../consumer/landing.ts";
import { recover } from "../../consumer/recovery.ts";
import { topicOf, type Type } from "../../shared/events.ts";
import type { World } from "./world.ts";

/** A partition's log: each message is a row of that text, or a tombstone (null). */
export interface Log {
  readonly type: Type;
  readonly partition: number;
  readonly messages: readonly (string | null)[];
}

/** The time that the members see, in ms since the epoch; it may be set back. */
export interface ModelClock {
  ms: number;
}

/**
 * One generation of a group on the model: its members recover, read on and land until everything
 * has landed, or until a fault ends the generation.
 *
 * @param shares the logs that each member owns
 * @returns whether everything has landed
 */
export async function runGeneration(
  world: World,
  shares: readonly (readonly Log[])[],
  options: { rows: number; clock: ModelClock; pick: (below: number) => number },
): Promise<boolean> {
  const number = ++world.generation;
  const ended = Promise.withResolvers<boolean>();
  const generations: Generation[] = [];
  const all = shares.flat();
  const members = shares.map((logs) => runMember(logs));
  const over = await Promise.race([ended.promise, Promise.all(members).then(() => true)]);
  if (world.fenced) { for (const one of generations) one.end("the next generation begins"); }
  return over;

  async function runMember(logs: readonly Log[]): Promise<void> {
    const { clock, pick, rows } = options;
    const { store, commit } = world.connect(number, () => ended.resolve(false));
    const time = { now: () => clock.ms, monotonic: () => 0 };
    const buffer = new Buffer(Number.MAX_SAFE_INTEGER);
    const generation = new Generation({ rows, age: Infinity }, buffer, time);
    generations.push(generation);
    const common = {
      store,
      group: "model",
      now: time.now,
      onWaiting() {},
      explain: String,
      wait: () => Promise.resolve(),
    };
    const assigned = logs.map(({ type, partition, messages }) => {
      const topic = topicOf(type);
      const entry = world.committed.get(`${topic}/${partition}`);
      return {
        type,
        topic,
        partition,
        committed: entry?.offset ?? -1,
        metadata: entry?.metadata ?? null,
        low: 0,
        high: messages.length,
      };
    });
    try {
      const starts = await recover(
        assigned,
        { ...common, onRecovered() {}, onWarning() {} },
        generation.signal,
      );
      const count = (some: readonly Log[], type: Type) =>
        some.filter((log) => log.type === type).length;
      const landing = new Landing(
        {
          ...common,
          topicPrefix: "",
          commit,
          ownsAll: (type) => count(logs, type) === count(all, type),
          onLanded() {},
          onDone: (cut) => buffer.release(cut.held),
        },
        starts,
        generation.signal,
      );
      generation.begin(starts, landing);
      landing.run().catch(() => ended.resolve(false));
      await feed(generation, logs, clock, pick);
      for (const type of [...generation.batches.keys()]) generation.cut(type, "stop");
      if (!await landing.idle()) ended.resolve(false);
    } catch {
      ended.resolve(false);
    }
  }
}

/** Hands out the messages in a random interleaving of the partitions, and cuts at random times. */
async function feed(
  generation: Generation,
  logs: readonly Log[],
  clock: ModelClock,
  pick: (below: number) => number,
): Promise<void> {
  const open = () =>
    logs.filter(({ type, partition, messages }) =>
      generation.position(topicOf(type), partition)! < messages.length
    );
  for (let rest = open(); rest.length > 0; rest = open()) {
    generation.signal.throwIfAborted();
    const { type, partition, messages } = rest[pick(rest.length)]!;
    const topic = topicOf(type);
    const offset = generation.position(topic, partition)!;
    generation.add(type, topic, partition, offset, messageOf(messages[offset]!));
    if (pick(8) === 0) generation.cut(type, "age");
    if (pick(4) === 0) clock.ms += (pick(5) - 1) * 700;
    if (pick(3) === 0) await setImmediate();
  }
}

function messageOf(message: string | null): Decoded {
  return message === null ? { kind: "tombstone" } : { kind: "row", line: message };
}
