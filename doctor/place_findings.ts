import { ListBucketsCommand } from "@aws-sdk/client-s3";
import { ServiceError } from "../shared/cli/errors.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { usesLocalS3, whyNotLocal } from "../shared/cli/which_s3.ts";
import { connectAdmin, kafkaClient } from "../shared/kafka/client.ts";
import { warehouseAddress } from "../shared/postgres/address.ts";
import { connectWarehouse } from "../shared/postgres/client.ts";
import { s3Address } from "../shared/s3/address.ts";
import { s3Client } from "../shared/s3/client.ts";
import { explainS3, statusOf } from "../shared/s3/explain.ts";
import { serverClock } from "../shared/s3/server_clock.ts";
import { check, type Finding } from "./finding.ts";

/**
 * S3 refuses signatures of a clock that is off by 15 minutes; the client corrects it from here on,
 * in ms.
 */
const SKEW_MS = 300_000;

/** Where data goes, why there, and whether it can be reached. */
export async function placeFindings(settings: Settings, signal: AbortSignal): Promise<Finding[]> {
  return [
    await checkPlace(
      "events",
      `to Kafka at ${settings.brokers.join(", ")}`,
      () => kafka(settings, signal),
    ),
    ...await s3(settings, signal),
    await checkPlace(
      "rows",
      `to PostgreSQL at ${warehouseAddress(settings)}`,
      () => warehouse(settings),
    ),
  ];
}

/**
 * As `check`; but a service of this machine that does not run yet is no problem: every scenario
 * starts it.
 */
async function checkPlace(
  name: string,
  where: string,
  look: () => Promise<string>,
): Promise<Finding> {
  const isHere = /localhost|127\.0\.0\.1/.test(where);
  return await check(name, async () => {
    try {
      return await look();
    } catch (error) {
      if (!(isHere && error instanceof ServiceError && error.canRetry)) throw error;
      return `${where}, which does not run yet`;
    }
  });
}

async function kafka(settings: Settings, signal: AbortSignal): Promise<string> {
  const client = kafkaClient(settings, "orchestrator");
  await using admin = await connectAdmin(client, settings, { timeout: 0, signal });
  const { brokers } = await admin.describeCluster();
  const count = brokers.length === 1 ? "1 broker" : `${brokers.length} brokers`;
  return `to Kafka at ${settings.brokers.join(", ")} (${count})`;
}

async function s3(settings: Settings, signal: AbortSignal): Promise<Finding[]> {
  const client = s3Client(settings, { silence: 10_000 });
  const clock = serverClock(client);
  const where = `to the bucket ${settings.bucket} at ${s3Address(settings)}`;
  const why = usesLocalS3() ? "" : `, because ${whyNotLocal()}`;
  let hasAnswered = false;
  try {
    const files = await checkPlace("files", where, async () => {
      await client.send(new ListBucketsCommand({}), { abortSignal: signal }).catch((error) => {
        // A user of a bucket need not be allowed to list all buckets.
        if (statusOf(error) === 403) return;
        throw explainS3(error, settings);
      });
      hasAnswered = true;
      return where + why;
    });
    if (!hasAnswered) return [files];
    const skew = Date.now() - clock.now();
    return [
      files,
      Math.abs(skew) < SKEW_MS ? { check: "clock", state: "ok", what: "as S3's" } : {
        check: "clock",
        state: "note",
        what: `${Math.round(Math.abs(skew) / 60_000)} min ${skew > 0 ? "ahead of" : "behind"} S3's`,
        hint: "set this machine's clock: events, file names and logs tell times by it",
      },
    ];
  } finally {
    client.destroy();
  }
}

async function warehouse(settings: Settings): Promise<string> {
  await using client = await connectWarehouse(settings, "doctor");
  const { rows: [{ version }] } = await client.query(
    "SELECT current_setting('server_version') AS version",
  );
  return `to PostgreSQL ${version} at ${warehouseAddress(settings)}`;
}
