import type { S3Client } from "@aws-sdk/client-s3";

/** Tells the time by an S3 server's clock. */
export interface ServerClock {
  /** In ms since the epoch, at most about a second off. */
  now(): number;
}

/** The clocks that it relies on. */
interface Local {
  /** This machine's clock, in ms since the epoch, until S3 has responded. */
  readonly now: () => number;
  /** A monotonic clock, in ms. */
  readonly monotonic: () => number;
}

const LOCAL: Local = { now: Date.now, monotonic: () => performance.now() };

/**
 * The clock of the server that a client talks to: one clock that all consumers see, whatever their
 * own machines' clocks say. Read from the Date of every answer, refusals too, and carried on in
 * between by a clock of ours that is never set.
 */
export function serverClock(s3: S3Client, local: Local = LOCAL): ServerClock {
  const clock = new DateClock(local);
  const { requestHandler } = s3.config;
  const handle = requestHandler.handle.bind(requestHandler);
  // Next to the wire: what S3 refuses is still an answer there.
  requestHandler.handle = async (...args) => {
    const sent = local.monotonic();
    const result = await handle(...args);
    clock.heard(Date.parse(result.response.headers.date ?? ""), sent);
    return result;
  };
  return { now: () => clock.now() };
}

/**
 * A clock that is set by Date headers. Each says the second in which the answer was made, some time
 * between the request and its arrival; together they say more than one alone, until they
 * contradict: then the server's clock was set, and the last answer holds.
 */
export class DateClock implements ServerClock {
  /** Between these lies what the server's clock is ahead of our monotonic one, in ms. */
  #least = -Infinity;
  #most = Infinity;

  /** @param local what the time is told by */
  constructor(private readonly local: Local) {}

  /**
   * An answer has come.
   *
   * @param date its Date, in ms since the epoch; NaN if it has none
   * @param sent when it was asked for, by the monotonic clock
   */
  heard(date: number, sent: number): void {
    if (Number.isNaN(date)) return;
    const least = date - this.local.monotonic();
    const most = date + 1000 - sent;
    const contradicts = least > this.#most || most < this.#least;
    this.#least = contradicts ? least : Math.max(least, this.#least);
    this.#most = contradicts ? most : Math.min(most, this.#most);
  }

  /** In ms since the epoch. */
  now(): number {
    if (this.#least === -Infinity) return this.local.now();
    // A server dates an answer when it is made: after a long request that was not long ago.
    const ahead = Math.min((this.#least + this.#most) / 2, this.#least + 500);
    return Math.floor(this.local.monotonic() + ahead);
  }
}
