import type { Runtime } from "../infra/runtime.ts";
import { orInterrupted } from "../shared/cli/interruption.ts";
import { connectAdmin, kafkaClient } from "../shared/kafka/client.ts";
import { painter } from "../shared/cli/colour.ts";
import { progressLine, withSeconds } from "../shared/cli/progress.ts";
import { usesLocalS3 } from "../shared/cli/which_s3.ts";
import { explainS3, nameOf } from "../shared/s3/explain.ts";
import { s3Client, s3Elsewhere } from "../shared/s3/client.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { type BucketStatus, filesStatus } from "./files_status.ts";
import { pipelineStatus } from "./pipeline_status.ts";
import type { ScreenTerminal } from "./screen.ts";
import { statusColours } from "./status_colours.ts";
import { statusJson } from "./status_json.ts";
import { statusText } from "./status_text.ts";
import { type TopicStatus, topicStatus } from "./topic_status.ts";
import { watchStatus } from "./watch_status.ts";
import { warehouseStatus } from "./warehouse_status.ts";

/** How the state is shown. */
export interface ShowOptions {
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** As one line of JSON. */
  readonly json?: boolean;
  /** Again and again, so many seconds after the last time. @default once */
  readonly watch?: number;
  /** Where it is drawn in place. @default nowhere: each is printed below the last */
  readonly terminal?: ScreenTerminal;
}

/**
 * Prints the state of everything; what does not respond is reported, but is not an error.
 *
 * @throws {Interruption} when it is to end before it was shown once
 */
export async function showStatus(
  settings: Settings,
  runtime: Runtime,
  { log, signal, json = false, watch, terminal }: ShowOptions,
): Promise<void> {
  const elsewhere = s3Elsewhere(settings);
  const paint = painter(Deno.stdout, statusColours);
  const look = async (signal: AbortSignal) => {
    const status = await pipelineStatus(settings, runtime, {
      topics: (over) => askTopics(settings, over),
      files: (over) => askFiles(settings, over),
      warehouse: () => warehouseStatus(settings),
      signal,
    });
    if (json) return [statusJson(status, settings)];
    return [...elsewhere ? [elsewhere, ""] : [], ...statusText(status, settings)];
  };
  if (watch === undefined) {
    const once = async (signal: AbortSignal) => {
      using progress = progressLine();
      progress.show(withSeconds("Asking the services…"));
      return await look(signal);
    };
    const lines = await orInterrupted(once, signal, ["the state is not shown"]);
    for (const line of lines) log(json ? line : paint(line));
    return;
  }
  const timed = async (signal: AbortSignal) => {
    const lines = await look(signal);
    return json ? lines : [`${new Date().toISOString()}, every ${watch} s`, "", ...lines, ""];
  };
  await watchStatus({
    look: timed,
    seconds: watch,
    log,
    terminal: json ? undefined : terminal,
    paint,
    signal,
  });
}

async function askTopics(settings: Settings, over: AbortSignal): Promise<TopicStatus[]> {
  const kafka = kafkaClient(settings, "orchestrator");
  await using admin = await connectAdmin(kafka, settings, { timeout: 0, signal: over });
  return await topicStatus({ kafka, admin, settings }, over);
}

async function askFiles(settings: Settings, over: AbortSignal): Promise<BucketStatus> {
  const s3 = s3Client(settings);
  try {
    return await filesStatus(s3, settings, over);
  } catch (error) {
    // The consumer makes the local bucket when it first starts.
    if (nameOf(error) === "NoSuchBucket" && usesLocalS3()) {
      return { types: [], passedOver: undefined };
    }
    throw explainS3(error, settings);
  } finally {
    s3.destroy();
  }
}
