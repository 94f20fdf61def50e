import pLimit from "p-limit";
import { topicOf, type Type, types } from "../../shared/catalogue/events.ts";
import type { Provenance } from "../../shared/formats/provenance.ts";
import type { Cut } from "../batching/batch.ts";
import { type Commit, groupCommit } from "./committer.ts";
import { Lane } from "./lane.ts";
import type { PartitionStart } from "./plan_state.ts";
import type { FileName } from "../../shared/formats/file_name.ts";
import type { TopicIds } from "../../shared/formats/plan.ts";
import type { Round } from "./round.ts";
import type { SettleWorld } from "./settle.ts";
import type { Store } from "./store.ts";

/** What landing needs from outside; the tests pass a model. */
export interface LandingWorld extends SettleWorld {
  /**
   * Commits offsets in the generation that the landing belongs to.
   * @throws {CommitRefused} when the broker has refused the whole commit because the generation is
   *   over; anything else means that the outcome is unknown
   */
  readonly commit: Commit;
  readonly group: string;
  readonly topicPrefix: string;
  /** Whether this member owns every partition of the type's topic. */
  readonly ownsAll: (type: Type) => boolean;
  /**
   * The last name used in each topic, in whichever generation: Kafka forgets what
   * the group has committed for a topic when it is deleted.
   */
  readonly lastNames: Map<string, FileName>;
  /** Of all the group's topics when the generation began. */
  readonly topicIds?: TopicIds;
  readonly onLanded: (file: LandedFile) => void;
  /** Called with each round when its offsets are committed, with its times. */
  readonly onRound?: (round: Round) => void;
  /** Called when a cut is done with: its memory is free. */
  readonly onDone: (cut: Cut) => void;
  /** Called with what an operator must know. */
  readonly onWarning: (message: string) => void;
}

/** A file that is visible now. */
export interface LandedFile {
  readonly key: string;
  readonly type: Type;
  readonly rows: number;
  readonly bytes: number;
  readonly provenance: Provenance;
  readonly at: number;
}

/** How many uploads, and how many completions, are in flight at once. */
const CONCURRENCY = 8;

/**
 * The landing protocol of one generation: cut batches become files, each exactly once. Each type
 * has a lane of its own, so that one that waits (for its dead letters, say) does not hold up the
 * others.
 *
 * Upload (nothing visible), plan (one OffsetCommit that writes the uploads into the partitions'
 * metadata and leaves the offsets), complete (each upload id once), advance (the end offsets, in
 * the commit that carries the next plan). A crash before the plan leaves nothing but uploads that
 * nobody will complete; a crash after it leaves a plan that the next owner completes (recovery.ts).
 *
 * A commit succeeds or the generation is over: one whose outcome is unknown is never sent again,
 * because the first could still arrive after later ones and put the group back.
 */
export class Landing {
  #lanes = new Map<Type, Lane>();
  #failed = new AbortController();

  constructor(
    world: LandingWorld,
    starts: readonly PartitionStart[],
    private readonly signal: AbortSignal,
  ) {
    const shared = {
      world: { ...world, store: limited(world.store), commit: groupCommit(world.commit) },
      signal: AbortSignal.any([signal, this.#failed.signal]),
    };
    for (const type of types) {
      const topic = topicOf(type, world.topicPrefix);
      const ours = starts.filter((start) => start.topic === topic);
      if (ours.length > 0) this.#lanes.set(type, new Lane({ ...shared, type, topic }, ours));
    }
  }

  /** Files in flight. */
  get inFlight(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + lane.inFlight, 0);
  }

  /**
   * Takes over a cut batch. Batches of one type land in the order in which they are handed over.
   */
  land(cut: Cut): void {
    this.#lanes.get(cut.type)!.land(cut);
  }

  /**
   * Resolves when everything handed over has landed and its offsets are committed, or when the
   * generation is over: then others land it.
   *
   * @param only the type to wait for. @default all
   * @returns whether it has landed
   */
  async idle(only?: Type): Promise<boolean> {
    const lanes = only ? [this.#lanes.get(only)] : [...this.#lanes.values()];
    return (await Promise.all(lanes.map((lane) => lane?.idle() ?? true))).every(Boolean);
  }

  /**
   * Lands batches until the generation ends.
   *
   * @throws the signal's reason when the generation ends; {@linkcode CommitRefused} when the broker
   *   says that it has ended; another error when a commit's outcome is unknown
   */
  async run(): Promise<never> {
    try {
      await Promise.all([...this.#lanes.values()].map((lane) => lane.run()));
      // Without a partition there is no lane; the generation continues all the same.
      return await rejectWhenAborted(this.signal);
    } catch (error) {
      this.#failed.abort(error);
      throw error;
    }
  }
}

/** The store, with as many uploads and completions in flight as is fastest. */
function limited(store: Store): Store {
  const uploads = pLimit(CONCURRENCY);
  const completions = pLimit(CONCURRENCY);
  return {
    upload: (...args) => uploads(() => store.upload(...args)),
    complete: (...args) => completions(() => store.complete(...args)),
    find: (...args) => store.find(...args),
    abort: (...args) => store.abort(...args),
    hasEarlier: (...args) => store.hasEarlier(...args),
    pending: (...args) => store.pending(...args),
  };
}

/** Rejects with the signal's reason when it aborts. */
function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
