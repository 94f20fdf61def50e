import { CommitRefused, type PartitionCommit } from "../../consumer/landing/commit.ts";

/** `offset.metadata.max.bytes`. */
const METADATA_BYTES = 4096;

/** A member as the coordinator sees it. */
interface Member {
  /** Whether it has joined the current rebalance. */
  ready: boolean;
  /** Whether it has received its assignment in this generation. */
  synced: boolean;
}

/** What a group has committed for a partition. */
export interface Committed {
  readonly offset: number;
  readonly metadata: string | null;
}

/**
 * The coordinator of a consumer group. It checks the generation of a commit, not who owns the
 * partition; while it is preparing a rebalance it still accepts commits of the old generation.
 */
export class Coordinator {
  generation = 0;
  rebalancing = false;
  readonly members = new Map<string, Member>();
  readonly committed = new Map<string, Committed>();

  constructor(readonly name: string) {}

  /** JoinGroup: a newcomer, or a member that has noticed a rebalance. */
  join(id: string): void {
    if (!this.rebalancing) this.#prepare();
    this.members.set(id, { ready: true, synced: false });
    this.#complete();
  }

  /** A member has left, or its session has timed out. */
  drop(id: string): void {
    if (!this.members.delete(id)) return;
    if (!this.rebalancing) this.#prepare();
    this.#complete();
  }

  /** Whether a member has to rejoin. */
  mustJoin(id: string): boolean {
    const member = this.members.get(id);
    return member === undefined || (this.rebalancing && !member.ready);
  }

  /** Whether an assignment is ready for a member. */
  mustSync(id: string): boolean {
    const member = this.members.get(id);
    return !this.rebalancing && member !== undefined && !member.synced;
  }

  /** SyncGroup: the member's partitions, assigned round-robin. */
  sync(id: string, partitions: readonly string[]): string[] {
    this.members.get(id)!.synced = true;
    const ids = [...this.members.keys()].sort();
    return partitions.filter((_, i) => ids[i % ids.length] === id);
  }

  /** Whether a commit of a generation is accepted. */
  accepts(id: string, generation: number): boolean {
    return this.members.has(id) && generation === this.generation;
  }

  /** @throws {CommitRefused} when the generation is over */
  commit(id: string, generation: number, partitions: readonly PartitionCommit[]): void {
    if (!this.accepts(id, generation)) {
      throw new CommitRefused("the generation has ended");
    }
    // The broker checks each partition on its own.
    const fits = partitions.filter(({ metadata }) => metadata.length <= METADATA_BYTES);
    for (const { topic, partition, offset, metadata } of fits) {
      this.committed.set(`${topic}/${partition}`, { offset, metadata });
    }
    if (fits.length < partitions.length) throw new Error("OFFSET_METADATA_TOO_LARGE");
  }

  get key(): string {
    const members = [...this.members].map(([id, { ready, synced }]) => `${id}${+ready}${+synced}`);
    const committed = [...this.committed].map(([at, one]) => `${at} ${one.offset} ${one.metadata}`);
    return `${this.name} ${+this.rebalancing} ${members.sort()}|${committed.sort()}`;
  }

  #prepare(): void {
    this.rebalancing = true;
    for (const member of this.members.values()) member.ready = false;
  }

  #complete(): void {
    const members = [...this.members.values()];
    if (members.some(({ ready }) => !ready)) return;
    this.rebalancing = false;
    if (members.length > 0) this.generation++;
    for (const member of members) member.synced = false;
  }
}
