import { ServiceError } from "../../shared/cli/errors.ts";

/** How requests are repeated where a test does not look at what is waited for. */
export const quiet = {
  onWaiting() {},
  onResumed() {},
  explain: (error: unknown): ServiceError => new ServiceError("S3", String(error), "wait"),
};
