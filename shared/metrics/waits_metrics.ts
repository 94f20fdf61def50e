import type { ServiceError } from "../cli/errors.ts";
import type { Waits } from "../cli/waits.ts";
import type { Metrics } from "./metrics.ts";

/** Makes what counts the retries of a program, by the service that failed. */
export function countRetry(metrics: Metrics): (why: ServiceError) => void {
  return ({ service }) =>
    metrics.add("automotive.retries", 1, { "automotive.service": kindOfService(service) });
}

/** Has the metrics tell for how long a program has been waiting now. */
export function observeWaits(metrics: Metrics, waits: Waits): void {
  metrics.observe("automotive.wait", () => {
    const { longest } = waits;
    return [{ attributes: {}, value: longest ? (Date.now() - longest.since) / 1000 : 0 }];
  });
}

/** Out of "S3 at http://localhost:7070". */
function kindOfService(service: string): string {
  if (/kafka/i.test(service)) return "kafka";
  if (service.startsWith("S3")) return "s3";
  return /warehouse/i.test(service) ? "postgresql" : "other";
}
