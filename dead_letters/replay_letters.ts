import type { Admin, Kafka } from "kafkajs";
import { orAborted } from "../shared/cli/or_aborted.ts";
import type { Settings } from "../shared/cli/settings.ts";
import type { Place } from "../shared/formats/place.ts";
import type { Filter } from "./letters.ts";
import { readLetters } from "./read_letters.ts";
import { replayBatches, type ReplayItem } from "./replay_batches.ts";
import { connectReplayer } from "./replayer.ts";

/** What has become of a letter, or would. */
export interface ReplayedLetter extends ReplayItem {
  /** Where it lies now; undefined: another replay sent it back meanwhile, or nothing was to be sent. */
  readonly to: Place | undefined;
}

/** What a replay looks at: letters that a filter chooses. */
export interface Replay {
  /** Letters that were not replayed yet. */
  readonly waiting: number;
  /** Letters that were replayed before. */
  readonly before: number;
  /** Sends them, one transaction a batch; each batch is sent when it is asked for. */
  readonly batches: AsyncIterable<readonly ReplayedLetter[]>;
}

/**
 * Sends the letters that a filter chooses back to the topics that they came from, each once; or says
 * what would be sent.
 *
 * @param options.dryRun sends nothing
 * @param options.onUnreplayable called with the reason for each letter that cannot be replayed
 * @param options.onProgress called with how many records of the dead letter topic were read
 * @param work is given the replay; the producer is closed when it ends
 * @throws {UserError} when Kafka refuses it, another replay has begun, or no letter has an origin that
 *   the filter names; `signal.reason` when aborted; kafkajs' errors
 */
export async function replayLetters<T>(
  world: { kafka: Kafka; admin: Admin; settings: Settings },
  options: {
    filter: Filter;
    dryRun: boolean;
    signal: AbortSignal;
    onUnreplayable: (message: string) => void;
    onProgress?: (records: number) => void;
  },
  work: (replay: Replay) => Promise<T>,
): Promise<T> {
  const { filter, dryRun, signal, onUnreplayable, onProgress } = options;
  // Before it is read what was replayed: from here on no other replay can add to it.
  await using replayer = dryRun
    ? undefined
    : await orAborted(connectReplayer(world, signal), signal);
  const { letters } = await orAborted(readLetters(world, filter, { signal, onProgress }), signal);
  const waiting = letters.filter(({ replay }) => !replay);
  async function* batches(): AsyncGenerator<ReplayedLetter[]> {
    for await (const batch of replayBatches(waiting, { ...world, signal, onUnreplayable })) {
      const places = await replayer?.replay(batch);
      yield batch.map((item, i) => ({ ...item, to: places?.[i] }));
    }
  }
  return await work({
    waiting: waiting.length,
    before: letters.length - waiting.length,
    batches: batches(),
  });
}
