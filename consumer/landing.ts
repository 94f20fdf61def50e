import pLimit from "p-limit";
import { topicOf, type Type } from "../shared/events.ts";
import { type Provenance, provenanceOf } from "../shared/provenance.ts";
import type { Cut } from "./batch.ts";
import { CommitRefused, type PartitionCommit } from "./commit.ts";
import { Ledger, type PartitionStart, PlanTooLong, type RoundEntry } from "./ledger.ts";
import { type FileName, formatName, keyOf } from "./names.ts";
import { type Perseverance, persevere } from "./persevere.ts";
import type { Store, Upload } from "./store.ts";

/** What the landing needs of the world; the tests give it a model of the world. */
export interface LandingWorld extends Perseverance {
  readonly store: Store;
  /**
   * Commits offsets in the generation that the landing belongs to.
   * @throws {CommitRefused} when the broker has refused the whole commit because the generation is
   *   over; anything else means that the outcome is unknown
   */
  readonly commit: (partitions: readonly PartitionCommit[]) => Promise<void>;
  readonly now: () => number;
  readonly group: string;
  readonly topicPrefix: string;
  /** Whether this member owns every partition of the type's topic. */
  readonly ownsAll: (type: Type) => boolean;
  readonly onLanded: (file: LandedFile) => void;
  /** A cut is done with: its memory is free. */
  readonly onDone: (cut: Cut) => void;
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

/** How many uploads, and how many completions, are under way at once. */
const CONCURRENCY = 8;

/** A cut on its way. Without rows it has no upload: its offsets advance with the round. */
interface Job {
  readonly cut: Cut;
  readonly provenance: Provenance;
  name: FileName;
  upload?: Upload;
  /** Its upload is made, and its dead letters have arrived. */
  ready: boolean;
}

/**
 * The landing protocol of one generation: cut batches become files, each exactly once.
 *
 * Upload (nothing visible), plan (one OffsetCommit that writes the uploads into the partitions'
 * metadata and leaves the offsets), complete (each upload id once), advance (the end offsets, in the
 * commit that carries the next plan). A crash before the plan leaves nothing but uploads that nobody
 * will complete; a crash after it leaves a plan that the next owner completes (recovery.ts).
 *
 * A commit succeeds or the generation is over: one whose outcome is unknown is never sent again,
 * because the first could still arrive after later ones and put the group back.
 */
export class Landing {
  #queue: Job[] = [];
  #round: Job[] = [];
  readonly #ledger: Ledger;
  #changed = Promise.withResolvers<void>();
  #uploads = pLimit(CONCURRENCY);
  #completions = pLimit(CONCURRENCY);
  #over = false;

  constructor(
    private readonly world: LandingWorld,
    starts: readonly PartitionStart[],
    private readonly signal: AbortSignal,
  ) {
    this.#ledger = new Ledger(starts);
  }

  /** Files that are on their way. */
  get inFlight(): number {
    return this.#queue.length + this.#round.length;
  }

  /** Takes over a cut batch. Batches of one type land in the order in which they come. */
  land(cut: Cut): void {
    if (this.#over) return this.world.onDone(cut);
    const topic = topicOf(cut.type, this.world.topicPrefix);
    const job: Job = {
      cut,
      provenance: provenanceOf(cut, topic, this.world.group),
      name: this.#ledger.giveName(topic, cut.at),
      ready: false,
    };
    this.#queue.push(job);
    this.#uploads(() => this.#prepare(job)).then(() => {
      job.ready = true;
      this.#wake();
    }, () => {/* Only the end of the generation ends the tries of #prepare. */});
  }

  /**
   * Resolves when all that was handed over has landed and its offsets are committed, or when the
   * generation is over: then others land it.
   *
   * @returns whether it has landed
   */
  async idle(): Promise<boolean> {
    while (!this.#over && (this.inFlight > 0 || this.#ledger.isDirty)) {
      await this.#changed.promise;
    }
    return !this.#over;
  }

  /**
   * Lands what it is given until the generation ends.
   *
   * @throws the signal's reason when the generation ends; {@linkcode CommitRefused} when the broker
   *   says that it has ended; another error when a commit's outcome is unknown
   */
  async run(): Promise<never> {
    const onAbort = () => this.#wake();
    this.signal.addEventListener("abort", onAbort);
    try {
      while (true) {
        this.signal.throwIfAborted();
        const changed = this.#changed.promise;
        this.#round = this.#takeRound();
        if (this.#round.length > 0 || this.#ledger.isDirty) await this.#landRound();
        else await changed;
      }
    } catch (error) {
      this.#giveUp(error);
      throw error;
    } finally {
      this.signal.removeEventListener("abort", onAbort);
      this.#wake();
    }
  }

  async #landRound(): Promise<void> {
    await this.#commit(this.#round);
    let planned = this.#round.filter((job) => job.upload);
    while (planned.length > 0) {
      const outcomes = await Promise.all(
        planned.map((job) => this.#completions(() => this.#complete(job))),
      );
      // Only a foreign writer can have taken a name that is unique among us: the file is uploaded
      // again under the next name, and the plan that names the new upload replaces the old one.
      planned = planned.filter((_, i) => outcomes[i] === "taken");
      if (planned.length === 0) break;
      await Promise.all(planned.map((job) => {
        job.name = this.#ledger.giveName(job.provenance.topic, job.cut.at);
        return this.#uploads(() => this.#prepare(job));
      }));
      await this.#commit(this.#round);
    }
    this.#ledger.advance(this.#entries(this.#round));
    for (const job of this.#round) this.world.onDone(job.cut);
    this.#round = [];
    this.#wake();
  }

  /** Uploads the file, and waits for the dead letters of its batch. */
  async #prepare(job: Job): Promise<void> {
    await Promise.all(job.cut.deadLetters);
    if (job.cut.rows === 0) return;
    const upload = await persevere(
      () => this.world.store.upload(this.#key(job), job.cut.body, job.provenance, this.signal),
      this.world,
      this.signal,
    );
    if (this.signal.aborted) this.#abort(upload);
    job.upload = upload;
  }

  async #complete(job: Job): Promise<"done" | "taken"> {
    const upload = job.upload!;
    const outcome = await persevere(
      () => this.world.store.complete(upload, this.signal),
      this.world,
      this.signal,
    );
    if (outcome === "taken" && !await this.#isLanded(job)) return "taken";
    this.world.onLanded({
      key: upload.key,
      type: job.cut.type,
      rows: job.cut.rows,
      bytes: job.cut.body.length,
      provenance: job.provenance,
      at: this.world.now(),
    });
    return "done";
  }

  /** Whether the object that has the key is this very file, made by an earlier try. */
  #isLanded(job: Job): Promise<boolean> {
    const isOurs = ({ group, topic, sha256 }: Provenance) =>
      group === job.provenance.group && topic === job.provenance.topic &&
      sha256 === job.provenance.sha256;
    return persevere(
      () => this.world.store.has(job.upload!.key, isOurs, this.signal),
      this.world,
      this.signal,
    );
  }

  /** The longest run of ready jobs, oldest first, whose plan fits into the metadata. */
  #takeRound(): Job[] {
    const waiting = this.#queue.findIndex((job) => !job.ready);
    const ready = waiting === -1 ? this.#queue : this.#queue.slice(0, waiting);
    const count = this.#ledger.fitting(this.#entries(ready));
    // One that does not fit even alone goes to commits(), which says so.
    return this.#queue.splice(0, Math.max(count, Math.min(1, ready.length)));
  }

  /** Plans a round's files and advances all that was completed before, in one OffsetCommit. */
  async #commit(round: readonly Job[]): Promise<void> {
    const plannedAt = Math.floor(this.world.now() / 1000);
    const commits = this.#ledger.commits(this.#entries(round), plannedAt);
    if (commits.length > 0) await this.world.commit(commits);
    this.#ledger.committed(commits);
    this.#wake();
  }

  /**
   * The generation is over. Uploads that were surely never planned are aborted; one that is planned
   * never is, for a successor takes an upload that is gone for a file that was made.
   */
  #giveUp(error: unknown): void {
    const refused = error instanceof CommitRefused || error instanceof PlanTooLong;
    const neverPlanned = refused ? [...this.#round, ...this.#queue] : this.#queue;
    for (const job of neverPlanned) if (job.upload) this.#abort(job.upload);
    for (const job of [...this.#round, ...this.#queue]) this.world.onDone(job.cut);
    this.#round = [];
    this.#queue = [];
    this.#over = true;
  }

  #abort(upload: Upload): void {
    this.world.store.abort(upload).catch(() => {/* It stays as an orphan: see orphans.ts. */});
  }

  #entries(jobs: readonly Job[]): RoundEntry[] {
    return jobs.map((job) => ({
      topic: job.provenance.topic,
      ranges: job.cut.ranges,
      name: job.name,
      planned: job.upload && { name: this.#fullName(job), uploadId: job.upload.uploadId },
    }));
  }

  #fullName(job: Job): string {
    const { type, ranges } = job.cut;
    const lowest = ranges.find((range) => range.rows > 0)?.partition;
    return formatName(job.name, this.world.ownsAll(type) ? undefined : lowest);
  }

  #key(job: Job): string {
    return keyOf(job.cut.type, this.#fullName(job));
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
