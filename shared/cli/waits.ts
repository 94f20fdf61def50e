import { reasonOf, type ServiceError } from "./errors.ts";
import type { Waiting } from "./retry.ts";

interface Wait {
  readonly why: ServiceError;
  /** In ms since the epoch, for people. */
  readonly since: number;
  /** On the monotonic clock, in ms. */
  readonly begun: number;
}

/** What a program is waiting for: reported once, and once more when it is over. */
export class Waits implements Waiting {
  readonly #waits = new Map<string, Wait>();

  /**
   * @param warn prints a diagnostic
   * @param monotonic a monotonic clock, in ms
   * @param onRetry called before each retry
   */
  constructor(
    private readonly warn: (line: string) => void,
    private readonly monotonic: () => number = () => performance.now(),
    private readonly onRetry: (why: ServiceError) => void = () => {},
  ) {}

  /** What has been waited for longest, and since when (ms since the epoch). */
  get longest(): { readonly what: string; readonly since: number } | undefined {
    const [first] = this.#waits.values();
    return first && { what: reasonOf(first.why), since: first.since };
  }

  /**
   * A service is being waited for: reported when that is new, or when it now answers but refuses
   * us.
   */
  readonly onWaiting = (why: ServiceError): void => {
    this.onRetry(why);
    const wait = this.#waits.get(why.service);
    if (wait?.why.canRetry !== why.canRetry) this.warn(`Waiting: ${reasonOf(why)}`);
    const { since, begun } = wait ?? { since: Date.now(), begun: this.monotonic() };
    this.#waits.set(why.service, { why, since, begun });
  };

  /** A service has answered: reported if it was waited for. */
  readonly onResumed = (service: string): void => {
    const wait = this.#waits.get(service);
    if (!wait) return;
    this.#waits.delete(service);
    const seconds = Math.round((this.monotonic() - wait.begun) / 1000);
    const is = wait.why.canRetry ? "reachable" : "usable";
    this.warn(`${service} ${is} again after ${seconds} s, resuming`);
  };
}
