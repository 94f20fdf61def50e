import { Bucket } from "./bucket.ts";
import type { Call } from "./calls.ts";
import { Coordinator } from "./coordinator.ts";
import { remember } from "./log_changes.ts";
import { newMemberId } from "./free_ids.ts";
import { type ModelRecord, Topic } from "./logs.ts";
import { Member } from "./member.ts";
import { memberWorld } from "./member_world.ts";
import type { Fault, Scenario } from "./scenario.ts";

/** A consumer group, and what it need not have landed in the end. */
export interface Group {
  readonly coordinator: Coordinator;
  /** Its members, and former ones with pending calls. */
  readonly members: Member[];
  readonly letters: Map<string, number>;
  /** Records that were deleted before this group landed them, or skipped by hand. */
  readonly lost: Set<string>;
  /** Lost records that need no warning: the group had not started on their partition. */
  readonly unknown: Set<string>;
  /** How many members are yet to be started. */
  waiting: number;
}

/** A completion in progress at S3. */
export interface InProgress {
  readonly uploadId: string;
  /** Who requested it, and may have given up since. */
  readonly member: Member;
  readonly call: Call;
  /** How often someone has waited for it: a completion finishes before anyone gives up on it. */
  pauses: number;
}

/** A request whose sender no longer awaits it. */
export interface Ghost {
  readonly call: Call;
  /** Whether it is certain to arrive; otherwise its arrival is a fault. */
  readonly sent: boolean;
}

/** The state of the model: Kafka, S3, the consumer processes, and what has happened. */
export class World {
  readonly topics: Topic[];
  readonly bucket: Bucket;
  readonly groups: Group[];
  readonly inProgress: InProgress[] = [];
  readonly ghosts: Ghost[] = [];
  /** Every record ever appended. */
  readonly records = new Map<string, ModelRecord>();
  /** Uids of the records that are gone from the logs. */
  readonly deleted = new Set<string>();
  readonly warnings = new Set<string>();
  readonly happened = new Map<Fault, number>();
  /** Messages yet to arrive in each partition. */
  later: number;
  /** Whether the last messages have arrived. */
  closed = false;
  /** Whether the next commit is accepted for the first topic only. */
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
      // The first has a generation of its own until the others join: put all into the same one.
      for (const { id } of group.members) group.coordinator.join(id);
      group.waiting = 0;
    }
  }

  /** Starts a consumer process, or a new session of one, which joins the group. */
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

  /** Whether nobody moves files away. */
  get areFilesLeft(): boolean {
    const { faults, downstream } = this.scenario;
    return downstream === "leaves" && !faults.has("file moved away") &&
      !faults.has("file archived");
  }

  /** All partitions. */
  get places(): string[] {
    return this.topics.flatMap(({ name, logs }) => logs.map((_, p) => `${name}/${p}`));
  }

  /** A process crashes. Its requests may still arrive. */
  crash(member: Member): void {
    member.end(true);
    for (const call of member.calls.pending.splice(0)) this.#abandon(call);
  }

  /** A session is over, while its process lives on. */
  end(member: Member): void {
    member.end(false);
    this.giveUp();
  }

  /** All clients give up the requests whose signal has aborted; returns whether any did. */
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

  /** Drops requests that can have no effect any more, however late they arrive. */
  forgetMootRequests(): void {
    for (let i = this.ghosts.length - 1; i >= 0; i--) {
      if (this.ghosts[i]!.call.isMoot?.()) this.ghosts.splice(i, 1);
    }
  }

  /** Lets downstream programs move files that have just appeared. */
  downstream(): void {
    const { downstream } = this.scenario;
    if (downstream !== "takes at once" && downstream !== "archives at once") return;
    for (const [key, { provenance }] of this.bucket.raw) {
      if (provenance) this.bucket.take(key, downstream === "archives at once");
    }
  }

  /** Sets the clock of a member's machine. */
  setClock(member: Member, ahead: number): void {
    if (this.scenario.broken?.ownClock) this.clocks.set(member, ahead);
  }

  /** Adds an earlier file for each group and type, since nobody moves files away. */
  #putEarlierFiles(): void {
    for (const { type, name } of this.topics) {
      for (const [i, { coordinator: { name: group } }] of this.groups.entries()) {
        const of = { group, topic: name, ranges: [], rows: 0, sha256: "" };
        this.bucket.putEarlier(`${type}/${type}_20260101_00000${i}.csv`, of);
      }
    }
  }

  #abandon(call: Call): void {
    if (this.inProgress.some((one) => one.call === call)) return;
    if (!this.scenario.faults.has("late request")) return;
    if (call.kind === "complete" || call.kind === "commit") this.ghosts.push({ call, sent: false });
  }
}
