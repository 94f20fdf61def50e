/// <reference lib="dom" />

/** What comes over the wire of an answer: dates are texts. */
export type Wire<T> = T extends Date ? string
  : T extends object ? { [K in keyof T]: Wire<T[K]> }
  : T;

/** What the console answers when it cannot do what it was asked. */
export class ApiError extends Error {
  /** What helps. */
  readonly hint: string | undefined;
  /** A service is away, or the console itself: the same question may be answered later. */
  readonly isAway: boolean;

  /** @param hint what helps */
  constructor(message: string, hint?: string, isAway = false) {
    super(message);
    this.hint = hint;
    this.isAway = isAway;
  }
}

/**
 * Asks the console.
 *
 * @throws {ApiError} with what is wrong; `signal.reason` when aborted
 */
export async function ask<T>(path: string, options: { signal?: AbortSignal } = {}): Promise<T> {
  return await answer(await request(`/api/${path}`, { signal: options.signal }));
}

/**
 * Has the console change something.
 *
 * @throws {ApiError} with what is wrong
 */
export async function change<T>(path: string, body: unknown): Promise<T> {
  return await answer(
    await request(`/api/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-console-token": await changeToken() },
      body: JSON.stringify(body),
    }),
  );
}

/** Of the page as it is served now: the console may have been started anew since this one was. */
async function changeToken(): Promise<string> {
  const page = await (await request("/", {})).text();
  const meta = new DOMParser().parseFromString(page, "text/html")
    .querySelector<HTMLMetaElement>('meta[name="change-token"]');
  if (!meta) throw new ApiError("The console does not let this page in", "load the page anew");
  return meta.content;
}

async function request(path: string, options: RequestInit): Promise<Response> {
  try {
    return await fetch(path, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new ApiError(
      "The console does not answer",
      `start it: deno task console (${error})`,
      true,
    );
  }
}

async function answer<T>(response: Response): Promise<T> {
  const isJson = response.headers.get("content-type")?.includes("json");
  const body = isJson ? await response.json() : { message: await response.text() };
  if (!response.ok) throw new ApiError(body.message, body.hint, response.status === 502);
  return body;
}
