import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { Silence } from "./silence.ts";

type Handle = NodeHttpHandler["handle"];

/** How long a server may be silent, in ms. */
const SILENCE_MS = 30_000;

/** Larger bodies are sent in pieces of this size, in bytes, so that their progress shows. */
const PIECE = 256 * 1024;

/**
 * A request handler for the AWS SDK that gives up on a server when it is silent, not when a request
 * takes long: a large file over a slow line does. The SDK's own limits bound the whole request, or
 * the time for which the socket has nothing new to do, which is all of it once the system has the
 * body.
 *
 * A request to a silent server is rejected with a TimeoutError, which the SDK's retries know; so is
 * the reading of an answer that goes silent, unless it is our reader who is slow.
 */
export class S3Handler extends NodeHttpHandler {
  /** @param silence how long a server may be silent, in ms */
  constructor(private readonly silence = SILENCE_MS) {
    super({ connectionTimeout: 3_000 });
  }

  /** Sends a request; the response body is still to be read. */
  override async handle(
    request: Parameters<Handle>[0],
    options: Parameters<Handle>[1] = {},
  ): ReturnType<Handle> {
    const over = new AbortController();
    const abortSignal = options.abortSignal as AbortSignal | undefined;
    const forward = () => over.abort(abortSignal!.reason);
    if (abortSignal?.aborted) forward();
    abortSignal?.addEventListener("abort", forward);
    let tooLong: Error | undefined;
    const watch = new Watch(this.silence, (ms, answer) => {
      tooLong = new Error(`it has been silent for ${Math.round(ms / 1000)} s`);
      tooLong.name = "TimeoutError";
      answer?.destroy(tooLong);
      over.abort(tooLong);
    });
    const end = () => {
      watch.end();
      abortSignal?.removeEventListener("abort", forward);
    };
    try {
      const body = inPieces(request.body, (bytes) => watch.silence.handed(bytes));
      const sent = Object.assign(Object.create(Object.getPrototypeOf(request)), request, { body });
      const answer = await super.handle(sent, { ...options, abortSignal: over.signal });
      (answer.response.body as IncomingMessage).once("close", end);
      watch.follow(answer.response.body);
      return answer;
    } catch (error) {
      end();
      throw tooLong ?? error;
    }
  }
}

/** Watches a request while it is sent, and while its response is read. */
class Watch {
  readonly silence: Silence;
  #answer: IncomingMessage | undefined;
  #read = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly limit: number,
    private readonly onSilent: (ms: number, answer: IncomingMessage | undefined) => void,
  ) {
    this.silence = new Silence(limit, () => performance.now());
    this.#look();
  }

  /** The response has begun. */
  follow(answer: IncomingMessage): void {
    this.#answer = answer;
    this.silence.heard();
    clearTimeout(this.#timer);
    if (!answer.closed) this.#look();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const answer = this.#answer;
    const read = answer?.socket?.bytesRead ?? 0;
    // Data that waits for our reader shows that the server is not the slow one.
    if (answer && (read > this.#read || answer.readableLength > 0)) this.silence.heard();
    this.#read = read;
    const { rest } = this.silence;
    if (rest <= 0) return this.onSilent(this.silence.lasts, answer);
    this.#timer = setTimeout(() => this.#look(), answer ? Math.min(rest, this.limit / 4) : rest);
    // A response that nobody reads must not keep the program alive.
    if (answer) this.#timer.unref();
  }
}

/** A body that reports how much of it was consumed. */
function inPieces(body: unknown, onTaken: (bytes: number) => void): unknown {
  if (typeof body !== "string" && !(body instanceof Uint8Array)) return body;
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  if (bytes.length > PIECE) {
    return Readable.from(pieces(), { objectMode: false, highWaterMark: PIECE });
  }
  onTaken(bytes.length);
  return bytes;

  function* pieces() {
    for (let at = 0; at < bytes.length; at += PIECE) {
      const piece = bytes.subarray(at, at + PIECE);
      onTaken(piece.length);
      yield piece;
    }
  }
}
