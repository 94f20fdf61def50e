import assert from "node:assert/strict";
import type { PartitionCommit } from "../../../consumer/landing/commit.ts";
import { groupCommit } from "../../../consumer/landing/committer.ts";
import { isSettled } from "../../model/settled.ts";

const unit = { permissions: "none" } as const;
const [A, B, C] = ["a", "b", "c"].map((topic): PartitionCommit => ({
  topic,
  partition: 0,
  offset: 1,
  metadata: "",
})) as [PartitionCommit, PartitionCommit, PartitionCommit];

Deno.test("groupCommit() sends one at a time, and gathers what comes meanwhile", unit, async () => {
  const { commit, requests } = begin();
  const outcomes = [commit([A]), commit([B]), commit([C])];
  assert.deepEqual(requests.map(({ partitions }) => partitions), [[A]]);
  requests[0]!.answer.resolve();
  assert.equal(await isSettled(outcomes[0]!), true);
  assert.deepEqual(requests.map(({ partitions }) => partitions), [[A], [B, C]]);
  assert.equal(await isSettled(outcomes[1]!), false);
  requests[1]!.answer.resolve();
  await Promise.all(outcomes);
});

Deno.test(
  "groupCommit() tells those that a request carried how it failed, and nobody else",
  unit,
  async () => {
    const { commit, requests } = begin();
    const [first, second] = [commit([A]), commit([B])];
    const refused = assert.rejects(first, { message: "fenced" });
    requests[0]!.answer.reject(new Error("fenced"));
    await refused;
    assert.equal(await isSettled(second!), false);
    requests[1]!.answer.resolve();
    await second;
  },
);

Deno.test("groupCommit() sends at once when nothing is under way", unit, async () => {
  const { commit, requests } = begin();
  for (const one of [A, B]) {
    const outcome = commit([one]);
    assert.equal(await isSettled(outcome), false);
    requests.at(-1)!.answer.resolve();
    await outcome;
  }
  assert.deepEqual(requests.map(({ partitions }) => partitions), [[A], [B]]);
});

/** A group commit whose requests the test answers. */
function begin() {
  const requests: {
    partitions: readonly PartitionCommit[];
    answer: PromiseWithResolvers<void>;
  }[] = [];
  const commit = groupCommit((partitions) => {
    const answer = Promise.withResolvers<void>();
    requests.push({ partitions, answer });
    return answer.promise;
  });
  return { commit, requests };
}
