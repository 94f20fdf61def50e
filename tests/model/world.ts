import type { PartitionCommit } from "../../consumer/commit.ts";
import { decodeRecord } from "../../consumer/plan.ts";
import type { Provenance } from "../../shared/provenance.ts";
import { Bucket } from "./bucket.ts";
import type { Call } from "./calls.ts";
import { Coordinator } from "./coordinator.ts";
import { Digest } from "./digest.ts";
import { type ModelRecord, Topic } from "./logs.ts";
import { Member } from "./member.ts";
import type { Fault, Scenario } from "./scenario.ts";

/** A consumer group, and what it must have landed in the end. */
export interface Group {
  readonly coordinator: Coordinator;
  /** Who there is, was, and still waits for an answer. */
  readonly members: Member[];
  readonly letters: Map<string, number>;
  /** Records that were deleted before this group could land them, or passed over by hand. */
  readonly lost: Set<string>;
  /** Those of them that nobody has to speak of: the group had not begun with their partition. */
  readonly unknown: Set<string>;
  /** How many of them are yet to be started. */
  waiting: number;
}

/** A completion that S3 has begun. */
export interface UnderWay {
  readonly uploadId: string;
  /** Who waits for it, if anybody still does. */
  readonly member: Member;
  readonly call: Call;
  /** How often anybody has waited for it: a completion ends sooner than anybody gives it up. */
  pauses: number;
}

/** A request whose sender does not wait any more. */
export interface Ghost {
  readonly call: Call;
  /** Whether it surely is on its way; else its arrival is a fault. */
  readonly sent: boolean;
}

/** Kafka and S3, the processes in them, and what has happened. */
export class World {
  readonly topics: Topic[];
  readonly bucket: Bucket;
  readonly groups: Group[];
  readonly underWay: UnderWay[] = [];
  readonly ghosts: Ghost[] = [];
  /** Every record that there ever was. */
  readonly records = new Map<string, ModelRecord>();
  /** Those that are in no log any more. */
  readonly deleted = new Set<string>();
  readonly warnings = new Set<string>();
  readonly happened = new Map<Fault, number>();
  /** Messages that are yet to come, for each partition. */
  later: number;
  /** Whether the last messages have come. */
  closed = false;
  /** Whether the next commit is taken for the first topic only. */
  torn = false;
  #clocks = new Map<Member, number>();

  constructor(readonly scenario: Scenario) {
    this.bucket = new Bucket(scenario.broken);
    this.later = scenario.later ?? 0;
    this.topics = scenario.topics.map(({ type, partitions }) => {
      const topic = new Topic(type, partitions.length);
      for (const [p, kinds] of partitions.entries()) {
        for (const kind of kinds) topic.logs[p]!.append(kind);
      }
      return topic;
    });
    for (const topic of this.topics) this.remember(topic);
    this.groups = Object.entries(scenario.groups).map(([name, size]) => ({
      coordinator: new Coordinator(name),
      members: [],
      letters: new Map(),
      lost: new Set(),
      unknown: new Set(),
      waiting: size,
    }));
    if (scenario.downstream === "leaves") this.#putEarlierFiles();
    if (!scenario.together) return;
    for (const group of this.groups) while (group.waiting-- > 0) this.start(group);
    for (const group of this.groups) {
      // The first has a generation of its own until the others join: let all join the same.
      for (const { id } of group.members) group.coordinator.join(id);
      group.waiting = 0;
    }
  }

  /** Starts a consumer process, or a new session of one, and has it join. */
  start(group: Group, lastNames?: Member["lastNames"]): void {
    // deno-lint-ignore no-this-alias -- the store below is an object of its own
    const world = this;
    const { coordinator } = group;
    const member: Member = new Member(this.#newMemberId(group), {
      group: coordinator.name,
      rows: this.scenario.rows,
      bucket: this.bucket,
      now: () => this.bucket.now + (world.#clocks.get(member) ?? 0),
      look: () => this.#look(group),
      endOfEpoch: (name, partition, epoch) =>
        this.topics.find((topic) => topic.name === name)!.logs[partition]!.endOfEpoch(epoch),
      accepts: ({ id }, number) => coordinator.accepts(id, number),
      mayList: (prefix) => this.#mayList(prefix),
      isUnfenced: this.scenario.broken?.unfenced ?? false,
      abort: (uploadId) => this.#abort(uploadId),
      isSettled: (key) => this.#isSettled(key),
      commit: (member, number, partitions) => this.#commit(group, member, number, partitions),
      deadLetter: (uid) => void group.letters.set(uid, (group.letters.get(uid) ?? 0) + 1),
      newUploadId: (member, key) => this.#newUploadId(member, key),
      upload: (id, key, body, of) => this.bucket.upload(id, key, rowsOf(body), of as Provenance),
      warn: (line) => void this.warnings.add(line),
    }, lastNames);
    const gone = group.members.findIndex(({ id }) => id === member.id);
    if (gone >= 0) group.members.splice(gone, 1);
    for (const id of this.bucket.uploads.keys()) {
      if (id.startsWith(`${member.id}@`)) this.bucket.uploads.delete(id);
    }
    group.members.push(member);
    coordinator.join(member.id);
  }

  /** Whether nobody takes files away. */
  get areFilesLeft(): boolean {
    const { faults, downstream } = this.scenario;
    return downstream === "leaves" && !faults.has("file moved away") &&
      !faults.has("file archived");
  }

  /** All partitions. */
  get places(): string[] {
    return this.topics.flatMap(({ name, logs }) => logs.map((_, p) => `${name}/${p}`));
  }

  /** A process is gone. What it has asked for may still arrive. */
  crash(member: Member): void {
    member.end(true);
    for (const call of member.calls.pending.splice(0)) this.#abandon(call);
  }

  /** A session is over, and its process lives on. */
  end(member: Member): void {
    member.end(false);
    this.giveUp();
  }

  /** The clients of all processes give up the requests whose signal has aborted. */
  giveUp(): boolean {
    let any = false;
    for (const { members } of this.groups) {
      for (const { calls } of members) {
        for (const call of calls.giveUp()) {
          this.#abandon(call);
          any = true;
        }
      }
    }
    return any;
  }

  /** Whether nobody can complete an upload any more: it is in no plan, and its process is gone. */
  isForgotten(uploadId: string): boolean {
    const owner = uploadId.slice(0, uploadId.indexOf("@"));
    return !this.groups.some((group) =>
      group.members.some((member) => member.id === owner && isThere(member)) ||
      this.planned(group).has(uploadId)
    ) && !this.#isNamed(uploadId);
  }

  /** Kafka forgets the offsets of a group that was away for seven days. */
  expireOffsets({ coordinator }: Group): void {
    this.bucket.now += 8 * 24 * 3600_000;
    coordinator.committed.clear();
  }

  /** The operator sets a group's offset. */
  setOffset({ coordinator, lost }: Group, place: string, offset: number): void {
    this.bucket.now += 60_000;
    coordinator.committed.set(place, { offset, metadata: "" });
    const [name, p] = place.split("/") as [string, string];
    const log = this.topics.find((topic) => topic.name === name)!.logs[Number(p)]!;
    for (const { uid } of log.records.slice(0, offset)) lost.add(uid);
  }

  /**
   * An offset that was set by hand is of no topic and of no epoch, until a record was read from there: it
   * holds for records that come in the place of others.
   *
   * @param tells what would tell those from these
   */
  passOverByHand({ name, logs }: Topic, p: number, tells: "topicId" | "leaderEpoch"): void {
    for (const { coordinator: { committed }, lost } of this.groups) {
      const { offset = 0, metadata } = committed.get(`${name}/${p}`) ?? {};
      if (decodeRecord(metadata)?.[tells] !== undefined) continue;
      for (const { uid } of logs[p]!.records.slice(0, offset)) lost.add(uid);
    }
  }

  /** A topic is deleted and made again. */
  makeAgain(topic: Topic, records: number): void {
    this.forget(topic, topic.records);
    const again = new Topic(topic.type, topic.logs.length, topic.incarnation + 1);
    for (const log of again.logs) for (let i = 0; i < records; i++) log.append("row");
    this.topics[this.topics.indexOf(topic)] = again;
    this.remember(again);
    for (const p of again.logs.keys()) this.passOverByHand(again, p, "topicId");
  }

  /** A message comes to each partition of a topic. */
  append(topic: Topic): void {
    for (const log of topic.logs) log.append("row");
    this.remember(topic);
    for (const p of topic.logs.keys()) this.passOverByHand(topic, p, "leaderEpoch");
  }

  /** Forgets requests that cannot do anything any more, however late they arrive. */
  forgetVainRequests(): void {
    for (let i = this.ghosts.length - 1; i >= 0; i--) {
      if (this.ghosts[i]!.call.isVain?.()) this.ghosts.splice(i, 1);
    }
  }

  /** What a downstream program does at once. */
  downstream(): void {
    const { downstream } = this.scenario;
    if (downstream !== "takes at once" && downstream !== "archives at once") return;
    for (const [key, { provenance }] of this.bucket.raw) {
      if (provenance) this.bucket.take(key, downstream === "archives at once");
    }
  }

  /** A member's machine has another time. */
  setClock(member: Member, ahead: number): void {
    if (this.scenario.broken?.ownClock) this.#clocks.set(member, ahead);
  }

  /** Records have come to a topic. */
  remember(topic: Topic): void {
    for (const record of topic.records) this.records.set(record.uid, record);
  }

  /** Records are in no log any more: whoever has not landed or planned them cannot any more. */
  forget(topic: Topic, records: readonly ModelRecord[]): void {
    const uids = records.map(({ uid }) => uid);
    for (const uid of uids) this.deleted.add(uid);
    for (const group of this.groups) {
      const { coordinator: { committed, members }, lost, unknown } = group;
      const safe = this.#safe(group);
      const isNew = members.size === 0 &&
        topic.logs.every((_, p) => !committed.has(`${topic.name}/${p}`));
      for (const uid of uids.filter((uid) => !safe.has(uid))) (isNew ? unknown : lost).add(uid);
    }
  }

  /** Ids of the uploads that a group's committed plans name. */
  planned({ coordinator }: Group): Set<string> {
    const ids = new Set<string>();
    for (const { metadata } of coordinator.committed.values()) {
      for (const id of plannedIn(metadata)) ids.add(id);
    }
    return ids;
  }

  /**
   * Tells this state from others: the world's, and what each process has seen.
   *
   * @param faulty whether faults may still happen
   */
  key(faulty: boolean): number {
    const digest = new Digest();
    for (const topic of this.topics) {
      digest.add(topic.id);
      for (const log of topic.logs) digest.add(log.key);
    }
    digest.add(this.bucket.key((uploadId) => !this.isForgotten(uploadId)));
    for (const group of this.groups) {
      digest.add(group.coordinator.key).add(`${group.waiting}`);
      for (const member of group.members) {
        if (!isThere(member)) continue;
        if (this.#clocks.has(member)) digest.add("has jumped");
        digest.add(member.key).add(`${member.number === group.coordinator.generation}`);
      }
      digest.add([...group.letters].join()).add(
        [...group.lost, "", ...group.unknown].sort().join(),
      );
    }
    for (const { uploadId, pauses, call } of this.underWay) {
      digest.add(`${uploadId} ${pauses} ${call.name}`);
    }
    for (const { call, sent } of this.ghosts) {
      if (sent || faulty) digest.add(call.name).add(`${sent}`);
    }
    for (const warning of [...this.warnings].sort()) digest.add(warning);
    return digest.add(
      [...this.happened.keys()].filter((fault) =>
        EXCUSES.has(fault) || this.scenario.once?.has(fault)
      ).sort().join(),
    )
      .add(`${this.later}${this.closed}`).value;
  }

  /** Of each group and type a file that was landed before, as nobody takes files away. */
  #putEarlierFiles(): void {
    for (const { type, name } of this.topics) {
      for (const [i, { coordinator: { name: group } }] of this.groups.entries()) {
        const of = { group, topic: name, ranges: [], rows: 0, sha256: "" };
        this.bucket.putEarlier(`${type}/${type}_20260101_00000${i}.csv`, of);
      }
    }
  }

  #abandon(call: Call): void {
    if (this.underWay.some((one) => one.call === call)) return;
    if (!this.scenario.faults.has("request late")) return;
    if (call.kind === "complete" || call.kind === "commit") this.ghosts.push({ call, sent: false });
  }

  /** Whoever reads a plan relies on its uploads: none may be aborted while it stands. */
  #abort(uploadId: string): "aborted" | "gone" {
    const outcome = this.bucket.abort(uploadId);
    // Whoever has listed it may still hold its id, which no other upload may have then.
    if (AGEING.some((fault) => this.scenario.faults.has(fault))) this.bucket.retired.add(uploadId);
    if (outcome === "aborted" && this.groups.some((group) => this.planned(group).has(uploadId))) {
      this.bucket.violations.push(`${uploadId} was aborted, and is planned`);
    }
    return outcome;
  }

  /** Uploads become orphans in time only: where none passes nobody has to look for them. */
  #mayList(prefix: string): boolean {
    return this.topics.some(({ type }) => prefix.startsWith(type)) &&
      AGEING.some((fault) => this.scenario.faults.has(fault));
  }

  #isSettled(key: string): boolean {
    const { raw, archive, uploads } = this.bucket;
    if (archive.has(key)) return true;
    if (!raw.get(key)?.provenance) return ![...uploads.values()].some((one) => one.key === key);
    return this.areFilesLeft;
  }

  /** As short as it can be: the fewer ids there are, the more states are the same. */
  #newMemberId({ coordinator, members }: Group): string {
    const isFree = (id: string) =>
      !coordinator.members.has(id) && !this.#isNamed(` ${id} `) && !this.#isNamed(`${id}@`) &&
      !members.some((member) => member.id === id && isThere(member)) &&
      !this.groups.some((group) =>
        [...this.planned(group)].some((one) => one.startsWith(`${id}@`))
      );
    for (let n = 1;; n++) {
      const id = `${coordinator.name[0]}${n}`;
      if (isFree(id)) return id;
    }
  }

  #newUploadId(member: string, key: string): string {
    const name = key.slice(key.indexOf("/") + 1, -".csv".length);
    const isFree = (id: string) =>
      !this.bucket.uploads.has(id) && !this.bucket.retired.has(id) && !this.#isNamed(id) &&
      !this.groups.some((group) => this.planned(group).has(id));
    for (let n = 1;; n++) {
      const id = `${member}@${name}.${n}`.padEnd(this.scenario.idLength ?? 0, "-");
      if (isFree(id)) return id;
    }
  }

  /** Whether a request that is still under way is about an upload, or comes from a member. */
  #isNamed(text: string): boolean {
    return this.ghosts.some(({ call }) => call.name.includes(text)) ||
      this.underWay.some(({ call }) => call.name.includes(text)) ||
      this.groups.some(({ members }) =>
        members.some(({ calls }) => calls.pending.some(({ name }) => name.includes(text)))
      );
  }

  #look({ coordinator }: Group) {
    return this.topics.flatMap(({ type, name, id, logs }) =>
      logs.map(({ low, high }, partition) => {
        const committed = coordinator.committed.get(`${name}/${partition}`);
        return {
          type,
          topic: name,
          topicId: id,
          partition,
          committed: committed?.offset ?? -1,
          metadata: committed?.metadata ?? null,
          low,
          high,
        };
      })
    );
  }

  #commit(
    { coordinator }: Group,
    member: Member,
    number: number,
    partitions: readonly PartitionCommit[],
  ): void {
    const before = new Map(coordinator.committed);
    if (this.torn) partitions = partitions.filter(({ topic }) => topic === partitions[0]!.topic);
    coordinator.commit(member.id, number, partitions);
    for (const { topic, partition, offset } of partitions) {
      const place = `${topic}/${partition}`;
      const was = before.get(place)?.offset ?? -1;
      if (offset < was && ![...this.warnings].some((line) => line.includes(place))) {
        this.bucket.violations.push(`${place} went back from ${was} to ${offset}, unsaid`);
      }
    }
  }

  /** What of a group is landed, set aside, or planned in an upload that is there. */
  #safe(group: Group): Set<string> {
    const ours = this.bucket.made.filter(({ provenance }) =>
      provenance?.group === group.coordinator.name
    );
    const planned = [...this.planned(group)].flatMap((id) => this.bucket.uploads.get(id) ?? []);
    return new Set(
      [...ours, ...planned].flatMap(({ rows }) => rows).concat(...group.letters.keys()),
    );
  }
}

const EXCUSES: ReadonlySet<Fault> = new Set([
  "foreign writer",
  "foreign file vanishes",
  "upload refused",
  "lifecycle abort",
  "offsets expire",
  "offsets set",
  "a day passes",
  "a week passes",
  "server clock set back",
  "file moved away",
]);

/** What makes uploads older. */
const AGEING: readonly Fault[] = ["a week passes", "offsets expire", "member clock jumps"];

const plans = new Map<string | null, readonly string[]>();

/** The uploads that commit metadata names. */
function plannedIn(metadata: string | null): readonly string[] {
  let ids = plans.get(metadata);
  if (!ids) {
    ids = decodeRecord(metadata)?.files.map(({ uploadId }) => uploadId) ?? [];
    if (plans.size > 10_000) plans.clear();
    plans.set(metadata, ids);
  }
  return ids;
}

/** Whether anything of a process is left. */
function isThere({ alive, calls }: Member): boolean {
  return alive || calls.pending.length > 0;
}

function rowsOf(body: Uint8Array): string[] {
  return new TextDecoder().decode(body).trimEnd().split("\n").slice(1);
}
