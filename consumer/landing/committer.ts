import type { PartitionCommit } from "./commit.ts";

/** Sends one OffsetCommit; see {@linkcode LandingWorld}. */
export type Commit = (partitions: readonly PartitionCommit[]) => Promise<void>;

/**
 * Sends the commits of several lanes, one OffsetCommit at a time: while one is in flight, what
 * arrives meanwhile is collected for the next ("group commit"). A caller learns the outcome of the
 * request that carried its partitions.
 */
export function groupCommit(commit: Commit): Commit {
  let waiting: { partitions: PartitionCommit[]; sent: PromiseWithResolvers<void> } | undefined;
  let sending = false;

  return (partitions) => {
    waiting ??= { partitions: [], sent: Promise.withResolvers() };
    waiting.partitions.push(...partitions);
    const { sent } = waiting;
    if (!sending) sendAll();
    return sent.promise;
  };

  async function sendAll(): Promise<void> {
    sending = true;
    while (waiting) {
      const { partitions, sent } = waiting;
      waiting = undefined;
      await commit(partitions).then(sent.resolve, sent.reject);
    }
    sending = false;
  }
}
