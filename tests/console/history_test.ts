import assert from "node:assert/strict";
import type { Flow, TopicFlow } from "../../console/flow/flow.ts";
import type { ConsumerStatus } from "../../consumer/status/status.ts";
import { History } from "../../console/flow/history.ts";
import { taskCommand } from "../../shared/cli/task_command.ts";
import { findProblems } from "../../console/flow/problems.ts";

/** A flow in which sales has a topic. */
function flowAt(seconds: number, topicState?: Partial<TopicFlow>): Flow {
  const state: TopicFlow = { partitions: 1, records: 0, end: 0, lag: 0, held: 0, ...topicState };
  return {
    at: seconds * 1_000,
    group: "group",
    bucket: "bucket",
    members: 0,
    types: [{ type: "sales", topic: "sales_topic", open: [], topicState: state }],
    programs: [],
    problems: [],
  };
}

Deno.test("History.add() gives rates since the look before, and none when a topic began anew", () => {
  const history = new History();
  assert.deepEqual(history.add(flowAt(0, { end: 100 })).rates, [null]);
  assert.deepEqual(history.add(flowAt(2, { end: 150 })).rates, [25]);
  assert.deepEqual(history.add(flowAt(3, { end: 10 })).rates, [null]);
  assert.deepEqual(history.add(flowAt(4, { end: 10 })).rates, [0]);
});

Deno.test("History.add() says the age of what has not landed, and nothing where it is not known", () => {
  const history = new History();
  assert.equal(history.add(flowAt(0)).lagSeconds, 0);
  assert.equal(history.add(flowAt(1, { lag: 5 })).lagSeconds, null);
  assert.equal(history.add(flowAt(2, { lag: 5, lagSeconds: 7 })).lagSeconds, 7);
});

Deno.test("History.add() says how long files took that landed since the look before", () => {
  const history = new History();
  const at = (second: number, ...landings: [pid: number, files: number, seconds: number][]) => {
    const programs = landings.map(([pid, files, seconds]) => {
      const consumer = { totals: { rows: 0 }, landings: { files, seconds } } as ConsumerStatus;
      return { role: "consumer", pid, consumer };
    });
    return history.add({ ...flowAt(second), programs }).landingSeconds;
  };
  assert.equal(at(0, [1, 10, 20]), null, "of long ago");
  assert.equal(at(1, [1, 12, 23]), 1.5);
  assert.equal(at(2, [1, 12, 23]), null);
  assert.equal(at(3, [1, 13, 24], [2, 100, 900]), 1, "what another had landed before it was seen");
  assert.equal(at(4, [1, 14, 26], [2, 103, 904]), 1.5, "the mean of files, not of consumers");
});

Deno.test("History keeps 15 minutes, however long it runs", () => {
  const history = new History();
  for (let second = 0; second < 10_000; second++) history.add(flowAt(second));
  assert.equal(history.points.length, 901);
  for (let look = 0; look < 5_000; look++) history.add(flowAt(10_000 + look / 1_000));
  assert.equal(history.points.length, 1_000, "however often it is looked");
});

Deno.test("findProblems() names what stands still, and the command that helps", () => {
  const what = (flow: Flow) => findProblems(flow).map(({ what, hint }) => [what, hint]);
  assert.deepEqual(what(flowAt(0)), []);
  assert.deepEqual(what(flowAt(0, { lag: 3 })), [
    ["Events are waiting, and no consumer is in the group group", taskCommand("consume")],
  ]);
  assert.deepEqual(what({ ...flowAt(0, { lag: 3 }), members: 2 }), []);
  assert.match(what(flowAt(0, { held: 1_234 }))[0]![0]!, /holds back 1,234 records of sales_topic/);
  const waiting = { ...flowAt(100), files: { waiting: 3, partial: false, oldestAt: 30_000 } };
  assert.deepEqual(what(waiting), [["Landed files are waiting to be loaded", taskCommand("etl")]]);
  assert.deepEqual(what({ ...waiting, programs: undefined }), what(waiting));
  assert.deepEqual(what({ ...flowAt(0, { lag: 3 }), members: 2, programs: undefined }), []);
  const loader = { ...waiting, programs: [{ role: "loader", pid: 1 }] };
  assert.deepEqual(what(loader), []);
});
