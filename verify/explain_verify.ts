import { UserError } from "../shared/cli/errors.ts";
import { explainKafka, isKafkaError } from "../shared/kafka/broker_errors.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { explainLoad } from "../warehouse/load/explain_load.ts";

/**
 * Explains an error of the Kafka, S3 or PostgreSQL client to the user: the services may go away at
 * any moment, or be stopped from another terminal. Returns any other error unchanged.
 */
export function explain(error: unknown, settings: Settings): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  // Checked first: what kafkajs says about a lost connection looks like PostgreSQL's to
  // explainLoad().
  if (isKafkaError(error)) return explainKafka(error, settings);
  return explainLoad(error, settings);
}
