/**
 * An error that the user can act on: printed without a stack trace; the program exits with
 * `exitCode`.
 */
export class UserError extends Error {
  override name = "UserError";
  /**
   * 1: something failed; 2: the command was wrong; 130 or 143: it was interrupted before it was
   * done.
   */
  readonly exitCode: number;

  /**
   * @param message what failed and why, in one sentence
   * @param hint what to do about it
   */
  constructor(
    message: string,
    readonly hint?: string,
    options: { exitCode?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}

/**
 * A service's error response, or the lack of a response: `canRetry` says that a retry may succeed
 * without any change here.
 */
export class ServiceError extends UserError {
  override name = "ServiceError";
  /** Whether a retry may succeed. */
  readonly canRetry: boolean;
  /** Whether its host name cannot be resolved: a service that is starting, or a typo. */
  readonly isUnknownHost: boolean;

  /**
   * @param service its name and address, such as "S3 at http://localhost:7070"
   * @param message what failed and why, in one sentence
   * @param hint what to do about it
   */
  constructor(
    readonly service: string,
    message: string,
    hint: string,
    { canRetry = false, isUnknownHost = false, cause }: {
      canRetry?: boolean;
      isUnknownHost?: boolean;
      cause?: unknown;
    } = {},
  ) {
    super(message, hint, { cause });
    this.canRetry = canRetry || isUnknownHost;
    this.isUnknownHost = isUnknownHost;
  }
}

/** An error on one line, with its hint. */
export function reasonOf({ message, hint }: UserError): string {
  return hint ? `${message}; ${hint}` : message;
}

/** Whether a host name could not be resolved because it does not exist. */
export function isUnknownHost(error: unknown): boolean {
  return /ENOTFOUND|EAI_NONAME/.test(rootMessage(error));
}

/**
 * The innermost message of an error and its causes: libraries wrap the fact that the user needs.
 */
export function rootMessage(error: unknown): string {
  const root = causesOf(error).toArray().at(-1);
  return root ? root.message || root.name : String(error);
}

/**
 * An error, what caused it, what caused that, and so on. Of several errors that are thrown as one,
 * the first is followed. Empty for what is not an error.
 */
export function* causesOf(error: unknown): Generator<Error> {
  const seen = new Set<unknown>();
  for (let at = error; at instanceof Error && !seen.has(at); at = innerOf(at)) {
    seen.add(at);
    yield at;
  }
}

/** kafkajs has a class of its own for several errors; it is known by its list only. */
function innerOf(error: Error & { errors?: readonly unknown[] }): unknown {
  if (error instanceof SuppressedError) return firstOf(error);
  return error instanceof AggregateError ? error.errors[0] : error.cause ?? error.errors?.[0];
}

/**
 * The first failure, where disposal has failed as well: `await using` wraps both into
 * one SuppressedError.
 */
export function firstOf(error: unknown): unknown {
  let first = error;
  while (first instanceof SuppressedError) first = first.suppressed ?? first.error;
  return first;
}
