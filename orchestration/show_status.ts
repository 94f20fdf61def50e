import type { Runtime } from "../infra/runtime.ts";
import { orInterrupted } from "../shared/cli/interruption.ts";
import { connectAdmin, kafkaClient } from "../shared/kafka/client.ts";
import { usesLocalS3 } from "../shared/cli/which_s3.ts";
import { explainS3, nameOf } from "../shared/s3/explain.ts";
import { s3Client, s3Elsewhere } from "../shared/s3/client.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { type BucketStatus, filesStatus } from "./files_status.ts";
import { pipelineStatus } from "./pipeline_status.ts";
import { statusText } from "./status_text.ts";
import { type TopicStatus, topicStatus } from "./topic_status.ts";
import { warehouseStatus } from "./warehouse_status.ts";

/** Prints the state of everything; what does not respond is reported, but is not an error. */
export async function showStatus(
  settings: Settings,
  runtime: Runtime,
  { log, signal }: { log: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  const look = (signal: AbortSignal) =>
    pipelineStatus(settings, runtime, {
      topics: (over) => askTopics(settings, over),
      files: (over) => askFiles(settings, over),
      warehouse: () => warehouseStatus(settings),
      signal,
    });
  const status = await orInterrupted(look, signal, ["the state is not shown"]);
  const elsewhere = s3Elsewhere(settings);
  for (const line of [...elsewhere ? [elsewhere, ""] : [], ...statusText(status, settings)]) {
    log(line);
  }
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
