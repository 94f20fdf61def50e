import { explainWarehouse, isWarehouseError } from "../../shared/postgres/sql_state.ts";
import { explainS3 } from "../../shared/s3/explain.ts";
import type { Settings } from "../../shared/cli/settings.ts";

/** Explains an error of S3 or PostgreSQL to the user; returns any other error unchanged. */
export function explainLoad(error: unknown, settings: Settings): unknown {
  if (isWarehouseError(error)) return explainWarehouse(error, settings);
  const ofS3 = error instanceof Error && "$metadata" in error;
  return ofS3 ? explainS3(error, settings) : error;
}
