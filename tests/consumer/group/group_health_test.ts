import assert from "node:assert/strict";
import { GroupHealth } from "../../../consumer/group/group_health.ts";

const ENOUGH = { members: 2, partitions: 18, unread: 0, otherTopics: [] };
const CROWDED = { members: 19, partitions: 18, unread: 0, otherTopics: [] };

function groupHealth() {
  const lines: string[] = [];
  const at = { seconds: 0 };
  const clock = { now: () => 0, monotonic: () => at.seconds * 1000 };
  const say = (line: string) => void lines.push(line);
  return { groupHealth: new GroupHealth({ group: "g", clock, say, warn: say }), lines, at };
}

Deno.test("GroupHealth: more members than partitions make a healthy standby, said once", {
  permissions: "none",
}, () => {
  const { groupHealth: it, lines, at } = groupHealth();
  for (const members of [19, 20]) {
    it.joined(0);
    it.learned({ ...CROWDED, members });
  }
  at.seconds = 3600;
  assert.deepEqual(it.health, { ok: true, why: "standing by: 20 members for 18 partitions" });
  it.joined(1);
  it.learned(ENOUGH);
  assert.deepEqual(it.health, { ok: true, why: "ok" });
  assert.deepEqual(lines, [
    "Standing by in the group g: 19 members for 18 partitions",
    "No longer standing by: reading 1 partition",
  ]);
});

Deno.test("GroupHealth: a share that is lacking for a minute is ill, over rebalances too", {
  permissions: "none",
}, () => {
  const { groupHealth: it, lines, at } = groupHealth();
  it.joined(0);
  it.learned({ ...ENOUGH, unread: 18, otherTopics: ["x"] });
  assert.equal(it.health.ok, true);
  at.seconds = 59;
  it.joined(0);
  assert.deepEqual(it.health, { ok: true, why: "this consumer has no partition yet" });
  at.seconds = 60;
  assert.equal(it.health.ok, false);
  it.learned(ENOUGH);
  assert.equal(it.health.ok, false);
  assert.match(
    it.health.why,
    /no partition although there are enough: 2 members for 18 partitions/,
  );
  it.joined(9);
  it.learned(ENOUGH);
  assert.deepEqual(it.health, { ok: true, why: "ok" });
  assert.equal(
    lines.filter((line) => line.startsWith("In the group g 18 of")).length,
    1,
  );
});

Deno.test(
  "GroupHealth is unhealthy when partitions of our topics are unassigned",
  {
    permissions: "none",
  },
  () => {
    const { groupHealth: it, at } = groupHealth();
    it.joined(9);
    it.learned({ ...ENOUGH, unread: 1 });
    at.seconds = 61;
    assert.equal(it.health.ok, false);
  },
);

Deno.test(
  "GroupHealth: a group that does not answer is an ill of a consumer without a partition only",
  {
    permissions: "none",
  },
  () => {
    const { groupHealth: it, at } = groupHealth();
    it.joined(9);
    at.seconds = 61;
    assert.equal(it.health.ok, true);
    it.joined(0);
    at.seconds = 121;
    assert.equal(it.health.ok, false);
  },
);

Deno.test("GroupHealth: other topics in the group are named once as long as they stay the same", {
  permissions: "none",
}, () => {
  const { groupHealth: it, lines } = groupHealth();
  for (const otherTopics of [["a", "b", "c"], ["a", "b", "c"], [], ["a"]]) {
    it.joined(9);
    it.learned({ ...ENOUGH, otherTopics });
  }
  assert.deepEqual(lines, [
    "The group g is shared with consumers of other topics (a, b and 1 more): give each pipeline a CONSUMER_GROUP of its own",
    "The group g is shared with consumers of other topics (a): give each pipeline a CONSUMER_GROUP of its own",
  ]);
});
