import type { S3Client } from "@aws-sdk/client-s3";
import { backoff } from "../../shared/cli/backoff.ts";
import { UserError } from "../../shared/cli/errors.ts";
import { s3Address } from "../../shared/s3/address.ts";
import { explainS3, nameOf, statusOf } from "../../shared/s3/explain.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import {
  clearOldProbes,
  ConditionalProbe,
  isNotImplemented,
  PROBE_PREFIX,
} from "./conditional_probe.ts";
import { FULL_ABILITIES, type S3Abilities } from "./s3_abilities.ts";

/** How often S3 is probed if it does not respond, or if the response may have another reason. */
const TRIES = 4;

/** How S3 is probed. */
export interface ProbeOptions {
  /** Continue with an S3 that lacks what landing relies on. */
  readonly allowUnsafe: boolean;
  readonly warn: (line: string) => void;
  /** In ms since the epoch, by the clock of S3. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/**
 * Finds out whether S3 honours `If-None-Match: *` on CompleteMultipartUpload, so that no file ever
 * replaces another. AWS and VersityGW are recognised by their responses; others are tested, under a
 * key of our own, where an object exists for milliseconds.
 *
 * @throws {UserError} when it does not, unless `allowUnsafe`; or when S3 cannot be used
 */
export async function probeConditionalWrites(
  s3: S3Client,
  settings: Settings,
  { allowUnsafe, warn, now, signal }: ProbeOptions,
): Promise<S3Abilities> {
  for (let attempt = 1;; attempt++) {
    const probe = new ConditionalProbe(s3, settings.bucket, signal);
    try {
      const isKnown = await probe.ask();
      if (!isKnown && !await probe.mayDelete()) {
        warn(
          `Cannot check that S3 at ${s3Address(settings)} honours If-None-Match on ` +
            `CompleteMultipartUpload: s3:DeleteObject is not allowed on ${settings.bucket}/${PROBE_PREFIX}*. ` +
            "Allow it there, or verify it yourself (AWS and VersityGW do)",
        );
        return FULL_ABILITIES;
      }
      const abilities = isKnown ? FULL_ABILITIES : await probe.run();
      if (abilities.conditional) {
        await clearOldProbes(s3, settings.bucket, now(), signal).catch(() => {/* Next time. */});
        return abilities;
      }
      if (attempt === TRIES) {
        refuse("ignores If-None-Match on CompleteMultipartUpload");
        return abilities;
      }
      // Or a program has removed the first object in between.
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof UserError) throw error;
      const [name, status] = [nameOf(error), statusOf(error)];
      if (isNotImplemented(error)) {
        refuse(`refuses If-None-Match on CompleteMultipartUpload (${name}, HTTP ${status})`, error);
        return { conditional: false, returnsChecksum: false };
      }
      const mayPass = status === undefined || status >= 500 || status === 409;
      if (!mayPass || attempt === TRIES) throw explainS3(error, settings);
      await backoff(attempt, { signal, base: 500 });
    } finally {
      await probe.clear();
    }
  }

  function refuse(what: string, cause?: unknown): void {
    const problem = `S3 at ${
      s3Address(settings)
    } ${what}: a file could replace another that has its name`;
    if (allowUnsafe) return warn(`${problem}; continuing anyway (--allow-unsafe-s3)`);
    throw new UserError(
      problem,
      "use an S3 that answers 412 when the key is taken (AWS and VersityGW do); or, if nothing else writes to the bucket, start the consumer with --allow-unsafe-s3",
      { cause },
    );
  }
}
