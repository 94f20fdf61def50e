import type { Clock } from "./generation.ts";
import type { Membership } from "./membership.ts";

/** Whether the consumer is doing its job. */
export interface Health {
  readonly ok: boolean;
  /** One line. */
  readonly why: string;
}

/**
 * How long a consumer may lack its share before it is unhealthy, in ms: a growing group rebalances
 * several times.
 */
const TIMEOUT_MS = 60_000;
/** How many topics of others a message names. */
const NAMED = 2;

/**
 * The consumer's health within its group: it reads, or stands by because there are more members
 * than partitions, or lacks its share of them. Outlives sessions: a share that is missing in one
 * generation after another has been missing all that time.
 */
export class GroupHealth {
  #owned: number | undefined;
  #membership: Membership | undefined;
  /** Since when partitions that should be read here are not; on the monotonic clock, in ms. */
  #lackingSince: number | undefined;
  #said = { others: "", idle: "" };

  /**
   * @param parts.say prints a result
   * @param parts.warn prints a diagnostic
   */
  constructor(
    private readonly parts: {
      readonly group: string;
      readonly clock: Clock;
      readonly say: (line: string) => void;
      readonly warn: (line: string) => void;
    },
  ) {}

  /** What the group looked like after the last rebalance; undefined until it is known. */
  get membership(): Membership | undefined {
    return this.#membership;
  }

  /** The group has rebalanced, and this consumer has `owned` partitions. */
  joined(owned: number): void {
    this.#owned = owned;
    this.#membership = undefined;
    if (owned === 0) this.#lackingSince ??= this.parts.clock.monotonic();
    else if (this.#said.idle) {
      this.parts.say(`No longer standing by: reading ${counted(owned, "partition")}`);
      this.#said.idle = "";
    }
  }

  /** The group's state after the last rebalance has become known. */
  learned(membership: Membership): void {
    const { group, clock, say, warn } = this.parts;
    this.#membership = membership;
    const others = namesOf(membership.otherTopics);
    if (others && others !== this.#said.others) {
      warn(
        `The group ${group} is shared with consumers of other topics (${others}): give each pipeline a CONSUMER_GROUP of its own`,
      );
    }
    this.#said.others = others;
    if (this.#lacks()) {
      this.#lackingSince ??= clock.monotonic();
      if (this.#said.idle !== "lacks") warn(`In the group ${group} ${this.#lack()}`);
      this.#said.idle = "lacks";
      return;
    }
    this.#lackingSince = undefined;
    if (this.#owned !== 0) return;
    if (this.#said.idle !== "standing by") {
      say(`Standing by in the group ${group}: ${this.#ratio()}`);
    }
    this.#said.idle = "standing by";
  }

  /**
   * Healthy while it reads, or stands by for lack of partitions; unhealthy when it has lacked its
   * share for a minute.
   */
  get health(): Health {
    if (this.#lackingSince !== undefined) {
      const lacking = this.parts.clock.monotonic() - this.#lackingSince;
      return { ok: lacking < TIMEOUT_MS, why: this.#lack() };
    }
    if (this.#owned === 0) return { ok: true, why: `standing by: ${this.#ratio()}` };
    return { ok: true, why: "ok" };
  }

  #lacks(): boolean {
    const { members, partitions, unread } = this.#membership!;
    return unread > 0 || (this.#owned === 0 && members <= partitions);
  }

  #lack(): string {
    const membership = this.#membership;
    if (!membership) return "this consumer has no partition yet";
    const { partitions, unread } = membership;
    return unread > 0
      ? `${unread} of the ${partitions} partitions of our topics are unassigned: the group leader runs an earlier version, or is not authorized for these topics`
      : `this consumer has no partition although there are enough: ${this.#ratio()}`;
  }

  #ratio(): string {
    const { members, partitions } = this.#membership!;
    return `${counted(members, "member")} for ${counted(partitions, "partition")}`;
  }
}

function namesOf(topics: readonly string[]): string {
  const more = topics.length - NAMED;
  return topics.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
