import { createHash } from "node:crypto";
import { rootMessage } from "../../shared/cli/errors.ts";
import { DAG } from "../../shared/formats/airflow_dag.ts";
import type { AirflowOptions } from "./trigger.ts";

/** What happens to files whose run Airflow has not accepted. */
export const FALLBACK = "files wait for the DAG's scheduled sweep";

/** Why Airflow has rejected a request. */
export class AirflowError extends Error {
  /** @param kind identifies the cause, independent of the message's details */
  constructor(readonly kind: string, readonly canRetry: boolean, message: string) {
    super(message);
  }
}

/** The version of Airflow's API, and the authorization header. */
interface Login {
  readonly version: "v1" | "v2";
  readonly authorization: string;
}

/**
 * A client for the part of Airflow's REST API that is used here: version 2 (Airflow 3), else
 * version 1 (Airflow 2).
 */
export class Airflow {
  readonly name: string;
  readonly #base: string;
  #login: Login | undefined;

  constructor(private readonly options: AirflowOptions, private readonly timeout: number) {
    const { origin, pathname } = new URL(options.url);
    this.#base = origin + pathname.replace(/\/+$/, "");
    this.name = `Airflow at ${this.#base}`;
  }

  /**
   * Asks for a run of the DAG that loads these files. Asking again for the same files does nothing:
   * the run's id is derived from their keys, and Airflow rejects duplicates.
   *
   * @throws {AirflowError} when Airflow has responded with an error; what the request throws when
   * it has
   *   not responded
   */
  async run(keys: readonly string[], signal: AbortSignal): Promise<void> {
    // Otherwise runs of a paused DAG would pile up unnoticed.
    const dag = await this.#call("", undefined, signal);
    if (dag.status !== 200) throw this.#refusal(dag.status, await detailOf(dag));
    if ((await this.#read(dag)).is_paused) {
      const what = `${this.name}: the DAG ${DAG} is paused, files wait until it is unpaused`;
      throw new AirflowError("paused", false, what);
    }
    const queue = await this.#call("/dagRuns?state=queued&limit=1", undefined, signal);
    if (queue.status !== 200) throw this.#refusal(queue.status, await detailOf(queue));
    if (Number((await this.#read(queue)).total_entries) > 0) {
      // More runs would only pile up: each of them finds all waiting files.
      const what = `${this.name} cannot keep up: runs are queued; ${FALLBACK}`;
      throw new AirflowError("busy", false, what);
    }
    const run = { dag_run_id: runIdOf(keys), conf: { keys } };
    const response = await this.#call("/dagRuns", run, signal);
    const detail = await detailOf(response);
    const isThere = response.status === 409;
    if (!response.ok && !isThere) throw this.#refusal(response.status, detail);
  }

  /** The error of a request that got no response. */
  unreachable(error: unknown): AirflowError {
    const why = error instanceof Error && error.name === "TimeoutError"
      ? `no response within ${this.timeout / 1000} s`
      // Deno's message begins with the whole address and the kind of client.
      : rootMessage(error).replace(/^error sending request .*?\): (client error \(\w+\): )?/, "");
    return new AirflowError(
      "unreachable",
      true,
      `${this.name} cannot be reached (${why}): ${FALLBACK}`,
    );
  }

  /** Calls the DAG's part of the API, with a new token if the current one has expired. */
  async #call(path: string, body: object | undefined, signal: AbortSignal): Promise<Response> {
    const kept = this.#login;
    const login = kept ?? await this.#logIn(signal);
    const url = `/api/${login.version}/dags/${DAG}${path}`;
    const payload = login.version === "v2" && body ? { logical_date: null, ...body } : body;
    const response = await this.#send(url, payload, signal, login.authorization);
    if (response.status !== 401) {
      this.#login = login;
      return response;
    }
    this.#login = undefined;
    if (!kept) return response;
    await response.body?.cancel();
    return await this.#call(path, body, signal);
  }

  async #logIn(signal: AbortSignal): Promise<Login> {
    const { username, password } = this.options;
    const response = await this.#send("/auth/token", { username, password }, signal);
    if (response.status === 404 || response.status === 405) {
      await response.body?.cancel();
      const bytes = new TextEncoder().encode(`${username}:${password}`);
      return { version: "v1", authorization: `Basic ${bytes.toBase64()}` };
    }
    if (!response.ok) {
      // The body is not shown: it may echo the request, which held the password.
      await response.body?.cancel();
      throw this.#refusal(response.status, "");
    }
    const { access_token } = await this.#read(response);
    return { version: "v2", authorization: `Bearer ${access_token}` };
  }

  #send(
    path: string,
    body: object | undefined,
    signal: AbortSignal,
    authorization?: string,
  ): Promise<Response> {
    const { request = fetch } = this.options;
    return request(this.#base + path, {
      method: body ? "POST" : "GET",
      headers: {
        accept: "application/json",
        ...body && { "content-type": "application/json" },
        ...authorization && { authorization },
      },
      body: body && JSON.stringify(body),
      // The password must not follow a redirect.
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.timeout)]),
    });
  }

  async #read(response: Response): Promise<Record<string, unknown>> {
    try {
      return await response.json();
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const what = `${this.name} does not respond like Airflow: check AIRFLOW_API_URL; ${FALLBACK}`;
      throw new AirflowError("foreign", true, what);
    }
  }

  #refusal(status: number, detail: string): AirflowError {
    const { username } = this.options;
    // Another Airflow may respond next time.
    this.#login = undefined;
    if (status === 401 || status === 403) {
      const what = status === 401
        ? `rejects the password of ${username}`
        : `does not allow ${username} to trigger the DAG ${DAG}`;
      const todo = `check AIRFLOW_USERNAME and AIRFLOW_PASSWORD; ${FALLBACK}`;
      return new AirflowError(String(status), false, `${this.name} ${what} (${status}): ${todo}`);
    }
    if (status === 404) {
      // Airflow parses its DAGs some seconds after it has begun to respond.
      const todo = "its DAGs folder must be airflow/dags";
      return new AirflowError("404", true, `${this.name} has no DAG ${DAG}: ${todo}`);
    }
    const canRetry = status >= 500 || status === 408 || status === 429;
    const what = detail ? `${status}, ${detail}` : String(status);
    return new AirflowError(String(status), canRetry, `${this.name} responds ${what}: ${FALLBACK}`);
  }
}

/** The id of the run that loads these files, readable for people: the first, how many, a digest. */
function runIdOf(keys: readonly string[]): string {
  const digest = createHash("sha256").update(keys.join("\n")).digest("hex").slice(0, 16);
  // Airflow allows no other characters, and 250 at most.
  const first = keys[0]!.replace(/\.csv$/, "").replace(/.*\//, "").replace(/[^\w.-]/g, "_");
  return `landed_${first.slice(0, 150)}_${keys.length}_${digest}`;
}

/** The detail of an error response; empty if there is none. */
async function detailOf(response: Response): Promise<string> {
  const body = await response.json().catch(() => undefined);
  const detail = body?.detail?.message ?? body?.detail ?? body?.title;
  return typeof detail === "string" ? detail.slice(0, 200) : "";
}
