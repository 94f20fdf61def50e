import { keyOf } from "../../shared/formats/file_name.ts";
import type { PartitionRecord, PlannedFile } from "../../shared/formats/plan.ts";
import type { Provenance } from "../../shared/formats/provenance.ts";
import type { AssignedPartition } from "./assigned_partition.ts";
import { type Outcome, settle, type SettleWorld } from "./settle.ts";

/** What settling the plans of several partitions needs from outside. */
export interface PlanWorld extends SettleWorld {
  readonly group: string;
  /** Called with the key of each file that this member has completed for another. */
  readonly onRecovered: (key: string) => void;
  /** Called with what an operator must know. */
  readonly onWarning: (message: string) => void;
}

/** How a planned upload is being settled. */
interface Settling {
  readonly outcome: Promise<Outcome>;
  /** The outcome, or undefined as soon as it is clear that it takes longer. */
  readonly known: Promise<Outcome | undefined>;
}

/** The uploads that plans name, each settled once: several partitions' plans may name the same. */
export class PlannedUploads {
  #settled = new Map<string, Settling>();

  /** @param signal aborts when the generation ends */
  constructor(private readonly world: PlanWorld, private readonly signal: AbortSignal) {}

  /** Settles a file in a partition's plan. */
  settle(assigned: AssignedPartition, file: PlannedFile, record: PartitionRecord): Settling {
    let settling = this.#settled.get(file.uploadId);
    if (!settling) {
      settling = this.#begin(assigned, file, record);
      this.#settled.set(file.uploadId, settling);
    }
    return settling;
  }

  #begin(
    { type, topic, partition, committed }: AssignedPartition,
    file: PlannedFile,
    { plannedAt, topicId }: PartitionRecord,
  ): Settling {
    const isEarlier = (of: Provenance) => of.group === this.world.group && of.topic === topic;
    const isOurs = (of: Provenance) =>
      isEarlier(of) && (of.topicId ?? topicId) === (topicId ?? of.topicId) &&
      of.ranges.some((range) =>
        range.partition === partition && range.from >= committed && range.to === file.end
      );
    const key = keyOf(type, file.name);
    const planned = { isOurs, isEarlier, plannedAt: plannedAt * 1000 };
    const unsure = Promise.withResolvers<undefined>();
    const world = { ...this.world, onUnsure: () => unsure.resolve(undefined) };
    const outcome = settle({ key, uploadId: file.uploadId }, planned, world, this.signal);
    outcome.then(
      (outcome) => outcome === "completed" && this.world.onRecovered(key),
      () => {/* Whoever awaits it rejects. */},
    );
    return { outcome, known: Promise.race([outcome, unsure.promise]) };
  }
}
