import { backoff, pause } from "../../shared/cli/backoff.ts";
import { assertNetAllowed } from "../../shared/cli/net_permission.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { Airflow, AirflowError, FALLBACK } from "./client.ts";

/** The most files of a run; by default Airflow maps over at most 1,024. */
const MAX_KEYS = 1_000;
/** How often a run is requested before its files are left to the DAG's scheduled sweep. */
const TRIES = 5;

/** Times, in ms. */
const TIMES = {
  /** Files that land within this time of the first one share a request. */
  gather: 500,
  /** Between two requests: a run takes Airflow some seconds, however few its files are. */
  interval: 5_000,
  /** How long Airflow may take to respond. */
  requestTimeout: 10_000,
  /** How long the last request may take when the consumer stops. */
  shutdownTimeout: 3_000,
  /** How long runs may be queued before that is reported. */
  busy: 300_000,
};

/** How Airflow is reached, and where warnings go. */
export interface AirflowOptions {
  /** The address of its web page, `http://localhost:8080`. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Called once when something is wrong, and once when it is over. */
  readonly warn: (line: string) => void;
  /** @default fetch */
  readonly request?: (url: string, init: RequestInit) => Promise<Response>;
  /** Waits before a retry. @default back-off with jitter */
  readonly wait?: (attempt: number, options: { signal: AbortSignal }) => Promise<void>;
  readonly times?: Partial<typeof TIMES>;
}

/**
 * The trigger of the Airflow that the settings name; undefined if they name none.
 *
 * @throws {UserError} when the permission set does not allow its host
 */
export function airflowTrigger(
  { airflow: { url, ...user } }: Settings,
  warn: (line: string) => void,
): AirflowTrigger | undefined {
  if (url === undefined) return undefined;
  const { hostname, port, protocol } = new URL(url);
  assertNetAllowed([`${hostname}:${port || (protocol === "https:" ? 443 : 80)}`]);
  return new AirflowTrigger({ url, ...user, warn });
}

/**
 * Asks Airflow to load files as soon as they have landed. Landing never waits for it and never
 * fails because of it: the DAG finds all other files by itself a minute later.
 *
 * At most one request is in flight; files that land meanwhile go into the next one.
 */
export class AirflowTrigger implements AsyncDisposable {
  readonly #airflow: Airflow;
  readonly #times: typeof TIMES;
  readonly #waiting = new Set<string>();
  readonly #closing = new AbortController();
  readonly #over = new AbortController();
  #working: Promise<void> | undefined;
  #askedAt = -Infinity;
  #overflowed = false;
  /** The error of the last request, as it was reported. */
  #lastError: AirflowError | undefined;
  /** Since when every request has found queued runs, and whether that was reported. */
  #busy: { readonly since: number; said: boolean } | undefined;

  constructor(private readonly options: AirflowOptions) {
    this.#times = { ...TIMES, ...options.times };
    this.#airflow = new Airflow(options, this.#times.requestTimeout);
  }

  /** Registers a file that has landed; returns at once. */
  landed(key: string): void {
    if (this.#closing.signal.aborted) return;
    if (this.#waiting.size < MAX_KEYS) {
      this.#waiting.add(key);
    } else if (!this.#overflowed) {
      this.#overflowed = true;
      this.options.warn(
        `More than ${MAX_KEYS} files landed within one request to Airflow: ${FALLBACK}`,
      );
    }
    this.#working ??= this.#work();
  }

  /** Requests a run for the last files, within a bounded time. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    const late = () => this.#over.abort(new Error("no response before shutdown"));
    const shutdownTimeout = setTimeout(late, this.#times.shutdownTimeout);
    await this.#working;
    clearTimeout(shutdownTimeout);
  }

  async #work(): Promise<void> {
    while (this.#waiting.size > 0) {
      const { gather, interval } = this.#times;
      const rest = this.#askedAt + interval - performance.now();
      await pause(Math.max(gather, rest), this.#closing.signal).catch(() => {});
      this.#askedAt = performance.now();
      const keys = [...this.#waiting].toSorted();
      this.#waiting.clear();
      if (keys.length < MAX_KEYS) this.#overflowed = false;
      this.#report(await this.#requestRun(keys));
    }
    // No await between this and the last look at what waits, so that no file is overlooked.
    this.#working = undefined;
  }

  /** Requests a run until Airflow accepts it; returns the error if it never does. */
  async #requestRun(keys: readonly string[]): Promise<AirflowError | undefined> {
    const { wait = backoff } = this.options;
    const { signal } = this.#over;
    for (let attempt = 1;; attempt++) {
      try {
        await this.#airflow.run(keys, signal);
        return undefined;
      } catch (error) {
        const problem = error instanceof AirflowError ? error : this.#airflow.unreachable(error);
        if (!problem.canRetry || attempt === TRIES || signal.aborted) return problem;
        await wait(attempt, { signal }).catch(() => {});
        if (signal.aborted) return problem;
      }
    }
  }

  /** Reports a change; queued runs are no problem as long as they get their turn. */
  #report(failure: AirflowError | undefined): void {
    const isBusy = failure?.kind === "busy";
    const problem = isBusy ? undefined : failure;
    if (problem && problem.kind !== this.#lastError?.kind) this.options.warn(problem.message);
    if (!problem && this.#lastError) this.options.warn(`${this.#airflow.name} is reachable again`);
    this.#lastError = problem;
    if (isBusy) this.#reportBusy(failure);
    else {
      if (this.#busy?.said && !problem) {
        this.options.warn(`${this.#airflow.name} is keeping up again`);
      }
      this.#busy = undefined;
    }
  }

  #reportBusy({ message }: AirflowError): void {
    this.#busy ??= { since: performance.now(), said: false };
    if (this.#busy.said || performance.now() - this.#busy.since < this.#times.busy) return;
    this.#busy.said = true;
    this.options.warn(message);
  }
}
