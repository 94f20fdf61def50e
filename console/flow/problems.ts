import { UserError } from "../../shared/cli/errors.ts";
import { taskCommand } from "../../shared/cli/task_command.ts";
import type { Flow, Problem } from "./flow.ts";

/** Files that wait for longer than this have no loader, in ms. */
const WAITS_MS = 60_000;

/** What a service's error says is wrong. */
export function problemOf(where: Problem["where"], error: unknown): Problem {
  if (!(error instanceof UserError)) return { where, what: String(error) };
  return { where, what: error.message, ...error.hint ? { hint: error.hint } : {} };
}

/** What keeps events from flowing, though the services answer: read off the flow itself. */
export function findProblems(flow: Omit<Flow, "problems">): Problem[] {
  const problems: Problem[] = [];
  const consumers = (flow.programs ?? []).filter(({ role }) => role === "consumer");
  const behind = flow.types.filter(({ topicState }) => (topicState?.lag ?? 0) > 0);
  if (consumers.length === 0 && flow.members === 0 && behind.length > 0) {
    problems.push({
      where: "consumer",
      what: `Events are waiting, and no consumer is in the group ${flow.group}`,
      hint: taskCommand("consume"),
    });
  }
  for (const { pid, consumer } of consumers) {
    if (!consumer) {
      problems.push({ where: "consumer", what: `The consumer (pid ${pid}) does not answer` });
    } else if (consumer.waiting) {
      problems.push({ where: "consumer", what: `It waits: ${consumer.waiting.for}` });
    } else if (!consumer.health.ok && consumer.health.why !== "joining the group") {
      problems.push({ where: "consumer", what: consumer.health.why });
    }
  }
  for (const { topic, topicState } of flow.types) {
    if (topicState && topicState.held > 0) {
      const records = topicState.held.toLocaleString("en-US");
      problems.push({
        where: "kafka",
        what: `An open transaction holds back ${records} records of ${topic}`,
        hint: "they can be read when its producer ends it, or its transaction times out",
      });
    }
  }
  const hasLoader = flow.programs?.some(({ role }) => role === "loader");
  const { oldestAt } = flow.files ?? {};
  if (!hasLoader && oldestAt !== undefined && flow.at - oldestAt > WAITS_MS) {
    problems.push({
      where: "loader",
      what: "Landed files are waiting to be loaded",
      hint: taskCommand("etl"),
    });
  }
  for (const { type, loaded } of flow.types) {
    if (loaded && loaded.unreadable > 0) {
      problems.push({
        where: "warehouse",
        what: `Files of ${type} that cannot be read: ${loaded.unreadable.toLocaleString("en-US")}`,
        hint: "warehouse.load_ledger says why of each",
      });
    }
  }
  return problems;
}
