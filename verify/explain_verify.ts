import { UserError } from "../shared/cli/errors.ts";
import { explainKafka, isKafkaError } from "../shared/kafka/broker_errors.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { explainLoad } from "../warehouse/load/explain_load.ts";

/**
 * An error of Kafka's, S3's or PostgreSQL's client as a person needs it: they may go away at any
 * moment, or be stopped from another terminal. Any other error stays what it is.
 */
export function explain(error: unknown, settings: Settings): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  // Asked first: what kafkajs says of a lost connection looks like PostgreSQL's to explainLoad().
  if (isKafkaError(error)) return explainKafka(error, settings);
  return explainLoad(error, settings);
}
