import { backoff } from "../shared/cli/backoff.ts";
import { rootMessage, ServiceError, UserError } from "../shared/cli/errors.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { explainKafka, isKafkaError, kafkaService } from "../shared/kafka/broker_errors.ts";
import { Session, type SessionParts } from "./group/session.ts";

/**
 * A session that lasted longer than this was a good one: back-off starts over, in ms.
 */
const GOOD_MS = 30_000;

/**
 * Joins the group, and rejoins whenever a session fails, until `stop` aborts.
 *
 * @param onSession called with each session before it begins
 * @throws {UserError} when another session could not do better
 */
export async function runSessions(
  parts: SessionParts & { readonly settings: Settings },
  stop: AbortSignal,
  onSession: (session: Session) => void,
): Promise<void> {
  const { settings, report } = parts;
  let hasJoined = false;
  for (let attempt = 1; !stop.aborted; attempt++) {
    const session = new Session(parts);
    onSession(session);
    const begun = performance.now();
    try {
      await session.run(stop);
    } catch (error) {
      hasJoined ||= session.hasJoined;
      if (stop.aborted) {
        if (hasJoined) {
          report.warn(
            `Stopped before everything was landed (${
              rootMessage(error)
            }): the rest will be read again`,
          );
        }
        return;
      }
      const { group } = settings;
      const why = isKafkaError(error) ? explainKafka(error, settings, { group }) : error;
      if (!mayPass(why, hasJoined)) throw why;
      if (performance.now() - begun > GOOD_MS) attempt = 1;
      parts.onWaiting(sessionOver(error, settings));
      await backoff(attempt, { signal: stop, base: 500 });
    }
  }
}

/** Whether another session may succeed: what has worked once may work again. */
function mayPass(why: unknown, hasJoined: boolean): boolean {
  if (why instanceof ServiceError) return why.canRetry || hasJoined && isKafkaError(why.cause);
  return !(why instanceof UserError);
}

function sessionOver(cause: unknown, settings: Settings): ServiceError {
  return new ServiceError(
    kafkaService(settings),
    `the Kafka session ended (${rootMessage(cause)})`,
    "rejoining the group",
    { cause },
  );
}
