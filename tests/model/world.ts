import { Bucket } from "./bucket.ts";
import type { Call } from "./calls.ts";
import { Coordinator } from "./coordinator.ts";
import { remember } from "./fates.ts";
import { newMemberId } from "./free_ids.ts";
import { type ModelRecord, Topic } from "./logs.ts";
import { Member } from "./member.ts";
import { memberWorld } from "./member_world.ts";
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
  /** How far ahead the clocks of members' machines are, in ms. */
  readonly clocks = new Map<Member, number>();

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
    for (const topic of this.topics) remember(this, topic);
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
    const member = new Member(newMemberId(this, group), memberWorld(this, group), lastNames);
    const gone = group.members.findIndex(({ id }) => id === member.id);
    if (gone >= 0) group.members.splice(gone, 1);
    for (const id of this.bucket.uploads.keys()) {
      if (id.startsWith(`${member.id}@`)) this.bucket.uploads.delete(id);
    }
    group.members.push(member);
    group.coordinator.join(member.id);
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
    if (this.scenario.broken?.ownClock) this.clocks.set(member, ahead);
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
}
