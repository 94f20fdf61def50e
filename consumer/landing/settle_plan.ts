import { keyOf } from "../../shared/formats/file_name.ts";
import type { PartitionRecord } from "../../shared/formats/plan.ts";
import { type AssignedPartition, isOtherTopic } from "./assigned_partition.ts";
import type { PlannedUploads } from "./planned_uploads.ts";
import type { Outcome, Void } from "./settle.ts";
import type { Upload } from "./store.ts";

/**
 * Settles the files of a partition's plan, in the order of their offsets, up to the first that is
 * no file: later ones would leave a gap. That one and those after it are void.
 *
 * @param onWarning called when a file is void, with what becomes of its events
 * @returns the end offset of the last file, and the uploads that are void
 * @throws `signal.reason` when the generation ends
 */
export async function settlePlan(
  assigned: AssignedPartition,
  record: PartitionRecord | undefined,
  uploads: PlannedUploads,
  onWarning: (message: string) => void,
): Promise<{ position: number; voids: Upload[] }> {
  let position = assigned.committed;
  const files = record?.files ?? [];
  const outcomes: Promise<Outcome>[] = [];
  for (const file of files) {
    const { outcome, known } = uploads.settle(assigned, file, record!);
    outcomes.push(outcome);
    // While S3 is asked again about one that it does not know, the next ones are already settled.
    if (isVoid(await known)) break;
  }
  for (const [i, settling] of outcomes.entries()) {
    const file = files[i]!;
    const outcome = await settling;
    if (!isVoid(outcome)) {
      position = file.end;
      continue;
    }
    const voids = files.slice(i).map(({ name, uploadId }) => ({
      key: keyOf(assigned.type, name),
      uploadId,
    }));
    const isLost = isOtherTopic(assigned, record);
    onWarning(voidWarning(outcome, voids, { ...assigned, position, isLost }));
    return { position, voids };
  }
  return { position, voids: [] };
}

/** Whether the upload is not a file, so that its rows are read again. */
function isVoid(outcome: Outcome | undefined): outcome is "taken" | Void {
  return outcome === "taken" || typeof outcome === "object";
}

function voidWarning(
  outcome: "taken" | Void,
  voids: readonly Upload[],
  { topic, partition, position, isLost }: {
    topic: string;
    partition: number;
    position: number;
    isLost: boolean;
  },
): string {
  const why = outcome === "taken"
    ? "was written by another writer while its plan was open"
    : `cannot be completed, as ${outcome.why}`;
  const events = `the events of ${topic}/${partition} from offset ${position}`;
  const then = isLost
    ? `${events} are lost with the topic, which was deleted`
    : `${events} are read again`;
  const later = voids.length - 1;
  const repeats = [
    ...(typeof outcome === "object" && outcome.repeats ? ["it was made and moved away"] : []),
    ...(later > 0 ? [`the ${later} files that were planned after it were made`] : []),
  ];
  return `${voids[0]!.key} ${why}: ${then}${
    repeats.length > 0 ? `, and repeated if ${repeats.join(", or if ")}` : ""
  }`;
}
