import { pause } from "../../shared/cli/backoff.ts";
import { retryForever, type Retrying } from "../../shared/cli/retry.ts";
import type { IsOurs, Store, Upload } from "./store.ts";

/**
 * What became of a planned upload. `completed`: this call made the file. `made`: it had been made
 * before. `taken`: an object of a foreign writer has the key. `void`: it is no file, and will not
 * be one.
 */
export type Outcome = "completed" | "made" | "taken" | Void;

/** A planned upload that is not a file: its rows are to be landed again. */
export interface Void {
  /** Why, as a clause: "S3 refuses to complete it". */
  readonly why: string;
  /**
   * Whether the file may have been completed after all and moved away: then its rows are repeated.
   */
  readonly repeats: boolean;
}

/** What settling an upload needs from outside. */
export interface SettleWorld extends Retrying {
  readonly store: Store;
  /** By the S3 server's clock, in ms since the epoch. */
  readonly now: () => number;
  /** Called when the state of an upload is not clear at once: S3 is asked again. */
  readonly onUnsure?: () => void;
  /** Waits before S3 is asked again about an upload that it does not know. @default a timer */
  readonly settlePause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * How long S3 is asked about an upload that it does not know before that is believed, in ms: longer
 * than a completion of one part takes. While one is under way, its upload may be unknown to others,
 * and it comes back if the completion fails.
 */
export const SETTLE_MS = 10_000;
/** The interval between these requests, in ms. */
const ASK_MS = 1_000;
/** After this long an upload that is gone may have been aborted by a lifecycle rule, in ms. */
const TRUSTED_MS = 24 * 3600 * 1000;

/**
 * Completes a planned upload, or finds out what became of it. "No such upload" alone proves
 * nothing: it was completed, or a completion is under way, or it was aborted. It is believed if the
 * file lies in the raw bucket or in the archive; else if S3 says the same for longer than a
 * completion can take, the plan is younger than any lifecycle rule, and nothing contradicts a
 * downstream that moves files away at once. What is left without evidence is landed again: rather a
 * reported repeat than a loss. A conflict with another request is waited for as long, and is void
 * then: AWS wants such an upload made again.
 *
 * The upload is never aborted here, though it may be void: another member may have to settle it,
 * too.
 *
 * @param planned.isOurs tells the planned file by its provenance
 * @param planned.isEarlier tells an earlier file of the group
 * @param planned.plannedAt by the S3 server's clock, in ms since the epoch
 * @throws `signal.reason` when the signal aborts, and nothing else
 */
export async function settle(
  upload: Upload,
  planned: { isOurs: IsOurs; isEarlier: IsOurs; plannedAt: number },
  world: SettleWorld,
  signal: AbortSignal,
): Promise<Outcome> {
  const { store, settlePause = pause } = world;
  const ask = <T>(request: () => Promise<T>) => retryForever(request, world, signal);
  const isMade = () => ask(() => store.find(upload.key, planned.isOurs, signal));
  for (let waited = 0;; waited += ASK_MS) {
    const completion = await ask(() => store.complete(upload, signal));
    if (completion === "completed") return "completed";
    if (await isMade()) return "made";
    if (completion === "taken") return "taken";
    if (completion === "refused") {
      return { why: "S3 rejects the completion of its upload permanently", repeats: false };
    }
    if (waited === 0) world.onUnsure?.();
    // After that long it is not a momentary conflict: the same upload would be tried for ever.
    if (waited >= SETTLE_MS && completion === "conflict") {
      return {
        why: "S3 keeps answering that a conflicting request is in progress",
        repeats: false,
      };
    }
    if (waited >= SETTLE_MS) break;
    await settlePause(ASK_MS, signal);
  }
  if (world.now() - planned.plannedAt >= TRUSTED_MS) {
    return {
      why: "its upload was gone before it was completed (a lifecycle rule?)",
      repeats: true,
    };
  }
  if (await ask(() => store.hasEarlier(upload.key, planned.plannedAt, planned.isEarlier, signal))) {
    return {
      why: "its upload is gone, and earlier files were not moved away (was it aborted?)",
      repeats: true,
    };
  }
  return "made";
}
