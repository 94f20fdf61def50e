/** What a person can act on: printed as one message without a stack trace; ends the program with `exitCode`. */
export class UserError extends Error {
  override name = "UserError";
  /** 1: something failed; 2: the command was wrong. */
  readonly exitCode: 1 | 2;

  /**
   * @param message what failed and why, in one sentence
   * @param hint what to do about it
   */
  constructor(
    message: string,
    readonly hint?: string,
    options: { exitCode?: 1 | 2; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}

/** The innermost message of an error and its causes: libraries wrap the fact that a person needs. */
export function rootMessage(error: unknown): string {
  let current = error;
  const seen = new Set<unknown>();
  while (current instanceof Error && !seen.has(current)) {
    seen.add(current);
    const inner = innerOf(current);
    if (!(inner instanceof Error)) break;
    current = inner;
  }
  if (!(current instanceof Error)) return String(current);
  return current.message || current.name;
}

function innerOf(error: Error): unknown {
  if (error instanceof SuppressedError) return firstOf(error);
  return error instanceof AggregateError ? error.errors[0] : error.cause;
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
