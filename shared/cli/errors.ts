/** What a person can act on: printed as one message without a stack trace; ends the program with `exitCode`. */
export class UserError extends Error {
  override name = "UserError";
  /** 1: something failed; 2: the command was wrong; 130 or 143: it was interrupted before it was done. */
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
 * What a service answers, or that it does not: `canRetry` says that a retry may succeed without any
 * change here.
 */
export class ServiceError extends UserError {
  override name = "ServiceError";
  /** Whether a retry may succeed. */
  readonly canRetry: boolean;
  /** Whether nobody knows its name: a service that is being started, or a typing error. */
  readonly isUnknownHost: boolean;

  /**
   * @param service which one, and where, for people: "S3 at http://localhost:7070"
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

/** An error as one line, with what would end the wait. */
export function reasonOf({ message, hint }: UserError): string {
  return hint ? `${message}; ${hint}` : message;
}

/** Whether a name could not be resolved because nobody knows it. */
export function isUnknownHost(error: unknown): boolean {
  return /ENOTFOUND|EAI_NONAME/.test(rootMessage(error));
}

/** The innermost message of an error and its causes: libraries wrap the fact that a person needs. */
export function rootMessage(error: unknown): string {
  const root = causesOf(error).toArray().at(-1);
  return root ? root.message || root.name : String(error);
}

/**
 * An error, what caused it, what caused that, and so on. Of several errors that are thrown as one, the
 * first is followed. Empty for what is not an error.
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
 * What failed first, where what was to be disposed of has failed, too: `await using` wraps both into
 * one SuppressedError.
 */
export function firstOf(error: unknown): unknown {
  let first = error;
  while (first instanceof SuppressedError) first = first.suppressed ?? first.error;
  return first;
}
