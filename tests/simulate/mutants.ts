import { groups, type Pass, pass } from "../model/passes.ts";
import type { Broken } from "../model/scenario.ts";

/** The protocol without one of its guards, and where that shows. */
export interface Mutant {
  /** The guard that is missing. */
  readonly name: string;
  /** Replacements in the source. A guard that has moved makes the mutant fail, not pass. */
  readonly edits?: readonly { readonly file: string; readonly from: string; readonly to: string }[];
  /** What is broken in the model instead, where the guard is not in code that the model runs. */
  readonly broken?: Broken;
  /** A small scenario that fails without the guard, and passes with it. */
  readonly hunt: Pass;
}

const LANE = "consumer/landing/lane.ts";
const RECOVERY = "consumer/landing/recovery.ts";
const SETTLE_PLAN = "consumer/landing/settle_plan.ts";
const ASSIGNED = "consumer/landing/assigned_partition.ts";
const SETTLE = "consumer/landing/settle.ts";
const LEDGER = "consumer/landing/plan_state.ts";

const onePartition = [{ type: "sales", partitions: [["row", "row"]] }] as const;
const shared = [{ type: "sales", partitions: [["row"], ["row"]] }] as const;

/** Every guard that docs/exactly-once.md names. */
export const mutants: readonly Mutant[] = [
  {
    name: "completions without If-None-Match",
    broken: { unconditional: true },
    hunt: pass("a foreign writer", 1, { alphabet: ["foreign writer"] }),
  },
  {
    name: "completion without a plan",
    edits: [{
      file: LANE,
      from: "    await this.#commit(this.#round);\n    let planned",
      to: "    await this.#commit([]);\n    let planned",
    }],
    hunt: pass("a crash", 1, { downstream: "takes at once", alphabet: ["crash after", "crash"] }),
  },
  {
    name: "a plan that does not carry the advance",
    edits: [{
      file: LEDGER,
      from: "      return { topic: this.topic, partition, offset, metadata };",
      to: `      const sent = (this as unknown as { sent: Record<number, number> }).sent ??= {};
      if (files.length === 0) sent[partition] = offset;
      return { topic: this.topic, partition, offset: sent[partition] ?? 0, metadata };`,
    }],
    hunt: pass("a crash, and S3 refuses", 2, {
      topics: onePartition,
      rows: 1,
      fetch: 1,
      alphabet: ["crash", "upload refused"],
    }),
  },
  {
    name: "a commit of unknown outcome is sent again",
    edits: [{
      file: LANE,
      from: "        await world.commit(commits);",
      to: "        await world.commit(commits).catch(() => world.commit(commits));",
    }],
    hunt: pass("a late request", 1, {
      topics: onePartition,
      rows: 1,
      fetch: 1,
      alphabet: ["late request"],
    }),
  },
  {
    name: "no fence",
    broken: { unfenced: true },
    hunt: pass("a member joins", 0, { members: 2, together: false }),
  },
  {
    name: "fetching before recovery",
    broken: { fetchesFirst: true },
    hunt: pass("retention and a crash", 2, {
      topics: onePartition,
      later: 1,
      alphabet: ["crash", "crash after", "retention"],
    }),
  },
  {
    name: "planned uploads are aborted when the generation ends",
    edits: [{
      file: LANE,
      from:
        "const neverPlanned = this.#unplanned ? [...this.#round, ...this.#queue] : this.#queue;",
      to: "const neverPlanned = [...this.#round, ...this.#queue];",
    }],
    hunt: pass("a lost answer", 1, { alphabet: ["response lost"] }),
  },
  {
    name: "void uploads are aborted before their plan is replaced",
    edits: [{
      file: LANE,
      from: "      const given = planned.map((job) => job.upload!);",
      to: "      const given = planned.map((job) => (this.#abort(job.upload!), job.upload!));",
    }],
    hunt: pass("a foreign writer", 1, { alphabet: ["foreign writer"] }),
  },
  {
    name: "void uploads are not aborted before their rows are landed again",
    edits: [{
      file: LANE,
      from: '    if (await this.#giveUpUpload(old) === "aborted") return false;',
      to: "    if (old) return false;",
    }],
    hunt: pass("a foreign writer who leaves, and a late request", 3, {
      topics: onePartition,
      alphabet: ["foreign writer", "foreign file deleted", "late request"],
    }),
  },
  {
    name: "void uploads are aborted though another partition's plan names them",
    edits: [{
      file: "consumer/group/takeover.ts",
      from: "voids: start.voids.filter(({ uploadId }) => !shared.has(uploadId)),",
      to: "voids: start.voids,",
    }],
    hunt: pass("a crash and a foreign writer", 2, {
      topics: shared,
      members: 2,
      together: false,
      alphabet: ["crash", "foreign writer"],
    }),
  },
  {
    name: '"no such upload" is believed at once',
    edits: [{ file: SETTLE, from: "    if (waited >= SETTLE_MS) break;", to: "    break;" }],
    hunt: pass("a completion under way", 2, {
      downstream: "takes at once",
      alphabet: ["completion in progress", "crash"],
    }),
  },
  {
    name: '"no such upload" is believed though earlier files lie there',
    edits: [{
      file: SETTLE,
      from: "  if (await ask(() => store.hasEarlier(",
      to: "  if (false && await ask(() => store.hasEarlier(",
    }],
    hunt: pass("an upload is aborted by hand", 1, { alphabet: ["lifecycle abort"] }),
  },
  {
    name: '"no such upload" is believed of an old plan',
    edits: [{
      file: SETTLE,
      from: "  if (world.now() - planned.plannedAt >= TRUSTED_MS) {",
      to: "  if (false) {",
    }],
    hunt: pass("a lifecycle rule", 3, {
      downstream: "takes at once",
      alphabet: ["crash", "a day passes", "lifecycle abort"],
    }),
  },
  {
    name: "no look into the archive",
    broken: { noArchive: true },
    hunt: pass("days pass", 2, {
      downstream: "archives at once",
      alphabet: ["crash after", "a day passes"],
    }),
  },
  {
    name: "a plan goes on after its first void",
    edits: [{ file: SETTLE_PLAN, from: "    if (!isVoid(outcome)) {", to: "    if (true) {" }],
    hunt: pass("a crash and a foreign writer", 2, { alphabet: ["crash", "foreign writer"] }),
  },
  {
    name: "no last name in the metadata",
    edits: [{
      file: LEDGER,
      from: "      const metadata = encodeRecord({\n        lastName,",
      to: "      const metadata = encodeRecord({\n        lastName: undefined,",
    }],
    hunt: pass("a crash", 1, { downstream: "takes at once", alphabet: ["crash"] }),
  },
  {
    name: "no _pN",
    edits: [{
      file: LANE,
      from: "partition: world.ownsAll(type) ? undefined : lowest,",
      to: "partition: undefined,",
    }],
    hunt: pass("two members", 0, { members: 2, downstream: "takes at once" }),
  },
  {
    name: "no _gXXXXXX",
    edits: [{ file: LANE, from: "tag: groupTag(world.group),", to: "tag: undefined," }],
    hunt: pass("two groups", 0, { groups, topics: onePartition, downstream: "takes at once" }),
  },
  {
    name: "ages by the member's own clock",
    broken: { ownClock: true },
    hunt: pass("a clock jumps", 1, {
      members: 2,
      downstream: "takes at once",
      alphabet: ["member clock jumps"],
    }),
  },
  {
    name: "an old upload is planned",
    edits: [{
      file: LANE,
      from:
        "      if (!job.ready || !job.upload || world.now() - job.uploadedAt < STALE_MS) continue;",
      to: "      continue;",
    }],
    hunt: pass("a week passes, and a crash", 2, {
      topics: [{ type: "sales", partitions: [["row", "row"], []] }],
      members: 2,
      rows: 1,
      fetch: 1,
      downstream: "takes at once",
      alphabet: ["a week passes", "crash"],
    }),
  },
  {
    name: "orphans are looked for after the plans were read",
    edits: [
      {
        file: "consumer/landing/orphans.ts",
        from: "  const old: Upload[] = [];",
        to: "  const old: Upload[] = [];\n  const plans = await look();",
      },
      {
        file: "consumer/landing/orphans.ts",
        from: "    (await look()).flatMap(",
        to: "    plans.flatMap(",
      },
    ],
    hunt: pass("a week passes", 1, {
      topics: shared,
      members: 2,
      alphabet: ["a week passes"],
    }),
  },
  {
    name: "metadata is not measured",
    edits: [
      { file: LEDGER, from: "        return sum > METADATA_BYTES;", to: "        return false;" },
      {
        file: LEDGER,
        from: "      if (metadata.length > METADATA_BYTES) {",
        to: "      if (false) {",
      },
    ],
    hunt: pass("long ids", 0, {
      topics: [{ type: "sales", partitions: [["row", "row", "row", "row", "row"], ["row"]] }],
      idLength: 2500,
    }),
  },
  {
    name: "plans do not wait for dead letters",
    edits: [{
      file: LANE,
      from: "    job.cut.deadLetters.then(() => this.#upload(job)).then(() => {",
      to: "    Promise.resolve().then(() => this.#upload(job)).then(() => {",
    }],
    hunt: pass("a crash", 1, {
      topics: [{ type: "sales", partitions: [["dead letter", "row"]] }],
      alphabet: ["crash"],
    }),
  },
  {
    name: "no topic id in the metadata",
    edits: [{
      file: ASSIGNED,
      from:
        "return topicId !== undefined && record?.topicId !== undefined && record.topicId !== topicId;",
      to: "return false && topicId === record?.topicId;",
    }],
    hunt: pass("a topic made again while nobody reads it", 2, {
      topics: onePartition,
      alphabet: ["topic recreated", "stop"],
    }),
  },
  {
    name: "topics are fetched by name",
    broken: { unpinned: true },
    hunt: pass("a topic made again", 1, { topics: onePartition, alphabet: ["topic recreated"] }),
  },
  {
    name: "no leader epoch",
    edits: [{
      file: "consumer/landing/locate.ts",
      from: "endOfEpoch !== undefined && endOfEpoch < position ? endOfEpoch : undefined;",
      to: "undefined as number | undefined;",
    }],
    hunt: pass("a truncation while nobody reads", 2, {
      topics: onePartition,
      alphabet: ["truncation", "stop"],
    }),
  },
  {
    name: "a plan does not begin where its file begins",
    edits: [{ file: LEDGER, from: "        plan.offset = Math.min(plan.offset, from);", to: "" }],
    hunt: pass("a truncation, and a crash", 2, {
      topics: onePartition,
      later: 1,
      alphabet: ["truncation", "crash"],
    }),
  },
  {
    name: "a plan of files that a truncation lies between",
    edits: [{
      file: LEDGER,
      from: "        if (from < (ends.get(state) ?? 0)) return true;",
      to: "",
    }],
    hunt: pass("a truncation, a foreign writer, and a crash", 3, {
      topics: [{ type: "sales", partitions: [["row", "row", "row"]] }],
      rows: 1,
      fetch: 2,
      alphabet: ["truncation", "foreign writer", "crash"],
      once: new Set(["truncation", "foreign writer", "crash"]),
    }),
  },
  {
    name: "an error of OffsetsForLeaderEpoch is no answer",
    edits: [{
      file: RECOVERY,
      from: "await retryForever(() => world.endOfEpoch(topic, partition, epoch), world, signal)",
      to: "await world.endOfEpoch(topic, partition, epoch).catch(() => undefined)",
    }],
    hunt: pass("a truncation, and an error", 3, {
      topics: onePartition,
      alphabet: ["truncation", "stop", "error"],
    }),
  },
  {
    name: "an earlier file that was made later is a sign",
    edits: [{
      file: SETTLE,
      from: "upload.key, planned.plannedAt, ",
      to: "upload.key, Infinity, ",
    }],
    hunt: pass("files are moved away later", 2, {
      members: 2,
      downstream: "takes later",
      alphabet: ["crash", "crash after"],
    }),
  },
];
