import { ServiceError } from "../../shared/cli/errors.ts";

/** Retry options for tests that ignore what is being waited for. */
export const quiet = {
  onWaiting() {},
  onResumed() {},
  explain: (error: unknown): ServiceError => new ServiceError("S3", String(error), "wait"),
};
