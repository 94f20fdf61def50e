import { backoff } from "../../shared/cli/backoff.ts";
import { retry } from "../../shared/cli/retry.ts";
import {
  CommitRefused,
  isGenerationOver,
  isTopicGone,
  type PartitionCommit,
  toOffsets,
} from "../landing/commit.ts";
import type { CommitOffsets } from "./generation_commit.ts";

/**
 * How often a commit is sent for a topic that is gone: a recreated one may have fewer partitions.
 */
const TRIES = 6;

/**
 * Sends one OffsetCommit in its generation. A deleted topic accepts none, and what was read of it
 * exists nowhere else any more: the topic is recreated, and the commit sent again. The broker has
 * answered the first commit, so it cannot arrive late; partitions that accepted it get the same
 * twice.
 *
 * @param parts.makeTopics creates the missing topics
 * @param signal aborts when the generation ends
 * @throws {CommitRefused} when the broker has refused the whole commit because the generation is
 * over;
 *   anything else means that the outcome is unknown
 */
export async function sendCommit(
  partitions: readonly PartitionCommit[],
  { commitOffsets, makeTopics }: { commitOffsets: CommitOffsets; makeTopics: () => Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  const send = async () => {
    if (signal.aborted) throw new CommitRefused("the generation has ended");
    try {
      await commitOffsets(toOffsets(partitions));
    } catch (cause) {
      if (!isGenerationOver(cause)) throw cause;
      throw new CommitRefused("the broker rejected the commit: the generation has ended", {
        cause,
      });
    }
  };
  // Only the wait takes the signal: a refusal that arrives after the generation has ended is still
  // one.
  const wait = (attempt: number) => backoff(attempt, { signal });
  await retry(send, {
    maxAttempts: TRIES,
    isRetriable: isTopicGone,
    onRetry: makeTopics,
    wait,
  });
}
