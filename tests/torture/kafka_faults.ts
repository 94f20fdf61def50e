import { pause } from "../../shared/cli/backoff.ts";
import { type Type, types } from "../../shared/catalogue/events.ts";
import type { Fault, Victims } from "./fault.ts";

/** What the producers that are programs publish: nobody knows which of it was on its way. */
export const OTHERS_TYPES: readonly Type[] = ["inventory", "telemetry"];
const REMADE_TYPES = types.filter((type) => !OTHERS_TYPES.includes(type));

const MAX_PARTITIONS = 6;
const MAX_BURST = 3_000;
/** How long retention may take to delete something, in ms. */
const RETENTION_MS = 8_000;
/** A dead letter topic that is not to be written to, for at most so long in ms. */
const UNWRITABLE_MS = 12_000;

/** What Kafka, or who runs it, does to topics. */
export const topicFaults: readonly Fault[] = [
  {
    name: "records deleted while consumers run",
    weight: 2,
    strike: async ({ topics, random }) => {
      await topics.deleteRecords(pick(topics.all, random), random);
    },
  },
  {
    name: "records deleted while no consumer lives",
    weight: 2,
    async strike({ fleet, topics, random }) {
      await fleet.killAll();
      await pause(random(3_000));
      for (const topic of topics.all) {
        if (random(2) === 0) await topics.deleteRecords(topic, random);
      }
    },
  },
  {
    name: "short retention while consumers sleep",
    weight: 2,
    async strike({ fleet, topics, random }) {
      const topic = pick(topics.all, random);
      const thaw = fleet.freezeAll();
      try {
        await topics.configure(topic, { "retention.ms": 500, "segment.ms": 500 });
        await topics.shrinks(topic, RETENTION_MS);
        await topics.configure(topic, {});
      } finally {
        thaw();
      }
    },
  },
  {
    name: "topic recreated",
    weight: 1,
    async strike({ topics, traffic, random }) {
      const type = pick(REMADE_TYPES, random);
      const topic = topics.all[types.indexOf(type)]!;
      let old = 0;
      await traffic.change(async () => void (old = await topics.remake(topic)));
      // Fewer records than the old one had, or more.
      await traffic.burst(type, random(Math.min(2 * old, MAX_BURST)));
    },
  },
  {
    name: "a partition more",
    weight: 1,
    async strike({ topics, traffic, random }) {
      const topic = pick(topics.all, random);
      if (topics.partitions.get(topic)! >= MAX_PARTITIONS) return;
      await traffic.change(() => topics.addPartition(topic));
    },
  },
  unwritable("dead letters too large for their topic", { "max.message.bytes": 100 }),
  unwritable("dead letter topic without enough replicas", { "min.insync.replicas": 2 }),
];

function unwritable(name: string, entries: Record<string, number>): Fault {
  return {
    name,
    weight: 1,
    lasts: UNWRITABLE_MS,
    async strike({ topics, later, random }) {
      await topics.configure(topics.deadLetters, entries);
      later(3_000 + random(UNWRITABLE_MS - 3_000), () => topics.configure(topics.deadLetters, {}));
    },
  };
}

function pick<T>(all: readonly T[], random: Victims["random"]): T {
  return all[random(all.length)]!;
}
