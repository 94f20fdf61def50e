import type { Type } from "../../shared/catalogue/events.ts";
import { type Provenance, provenanceOf } from "../../shared/formats/provenance.ts";
import type { Cut } from "../batching/batch.ts";
import { CommitRefused } from "./commit.ts";
import type { LandingWorld } from "./landing.ts";
import { type PartitionStart, PlanState, PlanTooLong, type RoundEntry } from "./plan_state.ts";
import { type FileName, formatName, groupTag, keyOf } from "../../shared/formats/file_name.ts";
import { retryForever } from "../../shared/cli/retry.ts";
import { preciseNow, type Round, StepTimes } from "./round.ts";
import { settle } from "./settle.ts";
import type { Upload } from "./store.ts";

/** What the lanes of a landing share. */
export interface LaneParts {
  readonly world: LandingWorld;
  readonly type: Type;
  readonly topic: string;
  /** Aborts when the generation ends, or another lane has failed. */
  readonly signal: AbortSignal;
}

/**
 * Uploads older than this are repeated before they are planned, in ms. So what is
 * older than a week, and in no plan, will never be planned: orphans.ts may abort it.
 */
const STALE_MS = 12 * 3600 * 1000;

/** A cut in flight. Without rows it has no upload: its offsets advance with the round. */
interface Job {
  readonly cut: Cut;
  readonly provenance: Provenance;
  name: FileName;
  upload?: Upload;
  /** When the upload was begun, by the server's clock. */
  uploadedAt: number;
  /** Its upload is done, and its dead letters have arrived. */
  ready: boolean;
  /** In ms since the epoch, by this machine's clock. */
  readonly cutAt: number;
  readonly times: StepTimes;
}

/**
 * The landing of one type in one generation: batches land in the order in which they are cut, and
 * no other type waits for them. See {@linkcode Landing} for the protocol.
 */
export class Lane {
  #queue: Job[] = [];
  #round: Job[] = [];
  /** Uploads that an acknowledged plan no longer names: they can be aborted. */
  #replaced: Upload[] = [];
  /**
   * Whether the plan of the round was certainly not stored: not sent yet, or rejected as a whole.
   */
  #unplanned = true;
  readonly #state: PlanState;
  readonly #topicId: string | undefined;
  /** The round that is being landed, and those whose offsets are not committed yet. */
  #times = new StepTimes();
  #made: Omit<Round, "to">[] = [];
  #changed = Promise.withResolvers<void>();
  #over = false;

  constructor(private readonly parts: LaneParts, starts: readonly PartitionStart[]) {
    this.#state = new PlanState(parts.topic, starts, {
      lastName: parts.world.lastNames.get(parts.topic),
      topicIds: parts.world.topicIds,
    });
    this.#topicId = starts[0]?.topicId;
    const voids = new Map(starts.flatMap((start) => start.voids.map((one) => [one.uploadId, one])));
    this.#replaced = [...voids.values()];
  }

  /** Files in flight. */
  get inFlight(): number {
    return this.#queue.length + this.#round.length;
  }

  /** Takes over a cut batch. */
  land(cut: Cut): void {
    const { world, topic } = this.parts;
    if (this.#over) {
      cut.deadLetters.catch(() => {/* Whoever owns the partitions now sets them aside again. */});
      return world.onDone(cut);
    }
    const job: Job = {
      cut,
      provenance: provenanceOf(cut, { group: world.group, topic, topicId: this.#topicId }),
      name: this.#giveName(cut),
      uploadedAt: 0,
      ready: false,
      cutAt: preciseNow(),
      times: new StepTimes(),
    };
    this.#queue.push(job);
    this.#prepare(job);
  }

  /**
   * Resolves when everything has landed and is committed, or the generation is over; returns which.
   */
  async idle(): Promise<boolean> {
    while (!this.#over && (this.inFlight > 0 || this.#state.isDirty)) {
      await this.#changed.promise;
    }
    return !this.#over;
  }

  /** Lands batches until the signal aborts; see {@linkcode Landing.run}. */
  async run(): Promise<never> {
    const { signal } = this.parts;
    const onAbort = () => this.#wake();
    signal.addEventListener("abort", onAbort);
    try {
      while (true) {
        signal.throwIfAborted();
        const changed = this.#changed.promise;
        this.#round = this.#takeRound();
        this.#unplanned = true;
        if (this.#round.length > 0 || this.#state.isDirty) await this.#landRound();
        else await changed;
      }
    } finally {
      this.#giveUp();
      signal.removeEventListener("abort", onAbort);
      this.#wake();
    }
  }

  async #landRound(): Promise<void> {
    await this.#commit(this.#round);
    let planned = this.#round.filter((job) => job.upload);
    while (planned.length > 0) {
      const done = await Promise.all(planned.map((job) => this.#complete(job)));
      // What could not be completed is uploaded again under the next name, and the plan that names
      // the new upload replaces the old one. Only then is the old one aborted, and only then is the
      // new one completed: a completion of the old one that is still in flight comes too late.
      planned = planned.filter((_, i) => !done[i]);
      if (planned.length === 0) break;
      const given = planned.map((job) => job.upload!);
      await Promise.all(planned.map((job) => {
        job.name = this.#giveName(job.cut);
        return this.#upload(job);
      }));
      await this.#commit(this.#round);
      const made = await Promise.all(planned.map((job, i) => this.#isMadeAfterAll(job, given[i]!)));
      planned = planned.filter((_, i) => !made[i]);
    }
    this.#state.advance(this.#entries(this.#round));
    this.#made.push(this.#timesOf(this.#round));
    for (const job of this.#round) this.parts.world.onDone(job.cut);
    this.#round = [];
    this.#wake();
  }

  #giveName({ at }: Cut): FileName {
    const name = this.#state.giveName(at);
    this.parts.world.lastNames.set(this.parts.topic, name);
    return name;
  }

  /** Gets the job ready for a round: its dead letters have arrived, its file is uploaded. */
  #prepare(job: Job): void {
    job.ready = false;
    job.cut.deadLetters.then(() => this.#upload(job)).then(() => {
      job.ready = true;
      this.#wake();
    }, () => {/* Only the end of the generation ends the tries. */});
  }

  async #upload(job: Job): Promise<void> {
    if (job.cut.rows === 0) return;
    const { world, signal } = this.parts;
    const request = () => {
      job.uploadedAt = world.now();
      return world.store.upload(this.#key(job), job.cut.body, job.provenance, signal);
    };
    const upload = await job.times.take(
      "upload",
      () => retryForever(request, world, signal),
      this.#key(job),
    );
    if (signal.aborted) this.#abort(upload);
    job.upload = upload;
  }

  /** Whether the file exists now; otherwise it has to be uploaded again. */
  async #complete(job: Job): Promise<boolean> {
    const { world, topic, signal } = this.parts;
    const upload = job.upload!;
    const isEarlier = (of: Provenance) => of.group === world.group && of.topic === topic;
    const planned = {
      isOurs: (of: Provenance) => this.#isOurs(job, of),
      isEarlier,
      plannedAt: job.uploadedAt,
    };
    const outcome = await job.times.take(
      "complete",
      () => settle(upload, planned, world, signal),
      upload.key,
    );
    if (outcome === "taken") {
      world.onWarning(`${upload.key} was written by another writer: using the next name`);
      return false;
    }
    if (typeof outcome === "object") {
      world.onWarning(
        `${upload.key} cannot be completed, as ${outcome.why}: its ${job.cut.rows} events will be uploaded again${
          outcome.repeats ? ", and repeated if it was made and moved away" : ""
        }`,
      );
      return false;
    }
    this.#landed(job, upload);
    return true;
  }

  #isOurs({ provenance }: Job, { group, topic, sha256 }: Provenance): boolean {
    return group === provenance.group && topic === provenance.topic && sha256 === provenance.sha256;
  }

  #landed({ cut, provenance }: Job, { key }: Upload): void {
    const { world, type } = this.parts;
    const { rows, body: { length: bytes } } = cut;
    world.onLanded({ key, type, rows, bytes, provenance, at: world.now() });
  }

  /** The longest run of ready jobs, oldest first, whose plan fits into the metadata. */
  #takeRound(): Job[] {
    const { world } = this.parts;
    for (const job of this.#queue) {
      if (!job.ready || !job.upload || world.now() - job.uploadedAt < STALE_MS) continue;
      this.#abort(job.upload);
      this.#prepare(job);
    }
    const waiting = this.#queue.findIndex((job) => !job.ready);
    const ready = waiting === -1 ? this.#queue : this.#queue.slice(0, waiting);
    const count = this.#state.fitting(this.#entries(ready));
    // One that does not fit even on its own goes to commits(), which reports it.
    return this.#queue.splice(0, Math.max(count, Math.min(1, ready.length)));
  }

  /** Plans a round's files and advances everything completed before, in one OffsetCommit. */
  async #commit(round: readonly Job[]): Promise<void> {
    const { world, signal } = this.parts;
    const plannedAt = Math.floor(world.now() / 1000);
    const commits = this.#state.commits(this.#entries(round), plannedAt);
    if (commits.length > 0) {
      this.#unplanned = false;
      const from = preciseNow();
      try {
        await world.commit(commits);
      } catch (error) {
        this.#unplanned = error instanceof CommitRefused || error instanceof PlanTooLong;
        throw error;
      }
      signal.throwIfAborted();
      this.#tellTimes(round, from);
    }
    this.#state.committed(commits);
    await Promise.all(this.#replaced.splice(0).map((upload) => this.#giveUpUpload(upload)));
    this.#wake();
  }

  /** Aborts an upload that no plan names any more. */
  #giveUpUpload(upload: Upload): Promise<"aborted" | "gone"> {
    const { world, signal } = this.parts;
    return retryForever(() => world.store.abort(upload, signal), world, signal);
  }

  /**
   * Aborts a job's old upload, which its new one has replaced in the plan, unless someone has
   * completed it in between.
   */
  async #isMadeAfterAll(job: Job, old: Upload): Promise<boolean> {
    const { world, signal } = this.parts;
    if (await this.#giveUpUpload(old) === "aborted") return false;
    const place = await retryForever(
      () => world.store.find(old.key, (of) => this.#isOurs(job, of), signal),
      world,
      signal,
    );
    if (!place) return false;
    this.#replaced.push(job.upload!);
    this.#landed(job, old);
    return true;
  }

  /**
   * The generation is over. Uploads that were certainly never planned are aborted; one that a plan
   * may name never is: its successor decides.
   */
  #giveUp(): void {
    const neverPlanned = this.#unplanned ? [...this.#round, ...this.#queue] : this.#queue;
    for (const job of neverPlanned) if (job.upload) this.#abort(job.upload);
    for (const job of [...this.#round, ...this.#queue]) this.parts.world.onDone(job.cut);
    this.#round = [];
    this.#queue = [];
    this.#over = true;
  }

  #abort(upload: Upload): void {
    this.parts.world.store.abort(upload).catch(
      () => {/* It stays as an orphan: see orphans.ts. */},
    );
  }

  #entries(jobs: readonly Job[]): RoundEntry[] {
    return jobs.map((job) => ({
      ranges: job.cut.ranges,
      name: job.name,
      planned: job.upload && { name: this.#fullName(job), uploadId: job.upload.uploadId },
    }));
  }

  #fullName(job: Job): string {
    const { world, type } = this.parts;
    const lowest = job.cut.ranges.find((range) => range.rows > 0)?.partition;
    return formatName(job.name, {
      partition: world.ownsAll(type) ? undefined : lowest,
      tag: groupTag(world.group),
    });
  }

  /** One commit plans a round and advances what was made before. */
  #tellTimes(round: readonly Job[], from: number): void {
    const to = preciseNow();
    if (round.some((job) => job.upload)) this.#times.steps.push({ step: "plan", from, to });
    for (const made of this.#made.splice(0)) {
      const steps = [...made.steps, { step: "advance", from, to } as const];
      this.parts.world.onRound?.({ ...made, steps, to });
    }
  }

  #timesOf(round: readonly Job[]): Omit<Round, "to"> {
    const { type, topic } = this.parts;
    const { steps } = this.#times;
    this.#times = new StepTimes();
    return {
      type,
      topic,
      files: round.map(({ cut, upload, cutAt }) => (
        { key: upload?.key, rows: cut.rows, bytes: cut.body.length, cutAt }
      )),
      steps: [...steps, ...round.flatMap(({ times }) => times.steps)]
        .toSorted((a, b) => a.from - b.from),
      links: [...new Set(round.flatMap(({ cut }) => cut.links ?? []))],
    };
  }

  #key(job: Job): string {
    return keyOf(this.parts.type, this.#fullName(job));
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
