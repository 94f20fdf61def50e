import { deadLetterTopic, topicOf, types } from "../shared/catalogue/events.ts";
import { rootMessage } from "../shared/cli/errors.ts";
import { isInterruptedCode } from "../shared/cli/interruption.ts";
import { orAborted } from "../shared/cli/or_aborted.ts";
import { recordRun } from "../shared/cli/run_records.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { connectAdmin, kafkaClient } from "../shared/kafka/client.ts";
import { connectCluster } from "../shared/kafka/cluster.ts";
import { askGroup } from "../shared/kafka/group.ts";
import { logEnds } from "../shared/kafka/log_ends.ts";
import { offsetsByPlace } from "../shared/kafka/offsets_by_place.ts";

/** How long Kafka may take to say how far everything is, in ms: a run is not held up by its record. */
const TIMEOUT_MS = 5_000;

/** How far topics and group are: all that was ever published, and committed. */
interface Position {
  readonly published: number;
  readonly committed: number;
  readonly letters: number;
}

/**
 * Runs a scenario and leaves a record of it, with what Kafka says has come and gone meanwhile,
 * whoever has published it.
 *
 * @param args what the scenario was started with
 * @param run gives the exit code
 * @returns that
 */
export async function recordScenario(
  settings: Settings,
  args: readonly string[],
  run: () => Promise<number>,
): Promise<number> {
  const startedAt = new Date();
  const before = await positionOf(settings);
  let code: number | undefined;
  try {
    return code = await run();
  } finally {
    const after = before && await positionOf(settings);
    await recordRun(settings.runtimeDir, {
      kind: "scenario",
      startedAt,
      outcome: code === 0 ? "passed" : isInterruptedCode(code ?? 1) ? "interrupted" : "failed",
      arguments: args,
      figures: before && after
        ? {
          published: after.published - before.published,
          committed: after.committed - before.committed,
          "dead letters": after.letters - before.letters,
        }
        : {},
    });
  }
}

/** @returns undefined where Kafka does not say it, which is printed */
async function positionOf(settings: Settings): Promise<Position | undefined> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await orAborted(askPosition(settings, signal), signal);
  } catch (error) {
    console.error(`No figures of this run: ${rootMessage(error)}`);
  }
}

async function askPosition(settings: Settings, signal: AbortSignal): Promise<Position> {
  const { topicPrefix, group } = settings;
  const kafka = kafkaClient(settings, "orchestrator");
  await using admin = await connectAdmin(kafka, settings, { timeout: 0, signal });
  const there = new Set(await admin.listTopics());
  const letters = deadLetterTopic(topicPrefix);
  const topics = types.map((type) => topicOf(type, topicPrefix)).filter((one) => there.has(one));
  if (topics.length === 0) return { published: 0, committed: 0, letters: 0 };
  await using cluster = await connectCluster(kafka);
  const logs = await logEnds(cluster, there.has(letters) ? [...topics, letters] : topics);
  const ask = () =>
    askGroup(admin, (admin) => admin.fetchOffsets({ groupId: group, topics }), signal);
  const offsets = offsetsByPlace(await ask());
  const read = logs.filter(({ topic }) => topic !== letters);
  const sum = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0);
  return {
    published: sum(read.map(({ high }) => high)),
    // A group that has committed nothing begins at the start of the log.
    committed: sum(
      read.map(({ topic, partition, low }) =>
        Math.max(low, offsets.get(`${topic}/${partition}`) ?? -1)
      ),
    ),
    letters: sum(logs.flatMap(({ topic, high }) => topic === letters ? high : [])),
  };
}
