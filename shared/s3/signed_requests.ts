import { HeadBucketCommand, type S3Client } from "@aws-sdk/client-s3";
// @ts-types="./aws4.d.ts"
import aws4 from "aws4";
import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { retry } from "../cli/retry.ts";

/** A request to a bucket. */
export interface S3Request {
  readonly method: "DELETE" | "GET" | "HEAD" | "POST" | "PUT";
  readonly key: string;
  /** Encoded, without the question mark. @default none */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** SHA-256 of the body, hexadecimal; S3 refuses a body that has another. @default computed */
  readonly sha256?: string;
}

/** The headers of an answer with a status below 300. */
export type S3Headers = Readonly<Record<string, string | undefined>>;

/** What S3 has answered, with a status below 300. */
export interface S3Answer {
  readonly headers: S3Headers;
  readonly body: string;
}

/** Sends requests to a bucket. Fails as the AWS SDK does: the error's name is S3's code. */
export type SendToBucket = (request: S3Request, signal?: AbortSignal) => Promise<S3Answer>;

/** A clock that differs by more than this is corrected, in ms; S3 refuses 15 minutes. */
const SKEW_MS = 300_000;
const NO_BODY = new Uint8Array();
const NO_BODY_SHA256 = createHash("sha256").digest("hex");

/**
 * Sends requests to one bucket without the AWS SDK's way to make them, which takes several times the
 * CPU time of all else that a small file costs. The SDK still decides where the bucket is, who
 * signs, for which region, how a request is sent, and how often; the signature is Signature Version
 * 4 by `aws4`.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function requestsTo(s3: S3Client, Bucket: string): SendToBucket {
  return async (request, signal) =>
    await tryAsConfigured(s3, async () => {
      const { headers, body } = await exchange(s3, Bucket, request, signal);
      const text = await textOf(body);
      // Copies and completions may fail after their status was sent.
      if (text.includes("<Error>")) throw answerError(500, headers, text);
      return { headers, body: text };
    }, signal);
}

/** Sends a request to a bucket, and gives the answer's body as it comes: it has to be read. */
export async function openIn(
  s3: S3Client,
  Bucket: string,
  request: S3Request,
  signal?: AbortSignal,
): Promise<{ readonly headers: S3Headers; readonly body: Readable }> {
  return await tryAsConfigured(s3, () => exchange(s3, Bucket, request, signal), signal);
}

/** Retries what may pass as often as the client is configured to. */
async function tryAsConfigured<T>(
  s3: S3Client,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const maxAttempts = await s3.config.maxAttempts();
  if (maxAttempts === 1) return await work();
  return await retry(work, { maxAttempts, signal, base: RETRY_MS, isRetriable: mayPass });
}

/** Upper bound of the first wait before a retry, in ms; the SDK's. */
const RETRY_MS = 100;

function mayPass(error: unknown): boolean {
  const { httpStatusCode: status, clockSkewCorrected } =
    (error as { $metadata?: { httpStatusCode?: number; clockSkewCorrected?: boolean } })
      .$metadata ?? {};
  return status === undefined || status >= 500 || status === 429 || clockSkewCorrected === true;
}

/** Sends a request. Whatever goes wrong, also while its answer is read, is marked as S3's. */
async function exchange(
  s3: S3Client,
  Bucket: string,
  request: S3Request,
  signal?: AbortSignal,
): Promise<{ readonly headers: Record<string, string>; readonly body: Readable }> {
  try {
    const answer = await send(s3, Bucket, request, signal);
    answer.body.once("error", markAsOfS3);
    return answer;
  } catch (error) {
    throw markAsOfS3(error);
  }
}

/** Gives an error what all errors of the SDK have: `$metadata`, empty where there was no answer. */
function markAsOfS3(error: unknown): unknown {
  if (error instanceof Error && !("$metadata" in error)) Object.assign(error, { $metadata: {} });
  return error;
}

async function send(
  s3: S3Client,
  Bucket: string,
  { method, key, query, headers, body = NO_BODY, sha256 }: S3Request,
  abortSignal?: AbortSignal,
): Promise<{ readonly headers: Record<string, string>; readonly body: Readable }> {
  const [at, credentials] = await Promise.all([targetOf(s3, Bucket), s3.config.credentials()]);
  const path = `${at.path}/${encodeKey(key)}${query === undefined ? "" : `?${query}`}`;
  const host = at.port ? `${at.hostname}:${at.port}` : at.hostname;
  const { headers: signed } = aws4.sign({
    method,
    host,
    path,
    service: "s3",
    region: at.region,
    headers: {
      ...headers,
      ...(body.length > 0 || method === "POST" || method === "PUT"
        ? { "Content-Length": String(body.length) }
        : {}),
      "X-Amz-Content-Sha256": sha256 ??
        (body.length === 0 ? NO_BODY_SHA256 : createHash("sha256").update(body).digest("hex")),
      "X-Amz-Date": amzDate(Date.now() + s3.config.systemClockOffset),
    },
  }, credentials);
  const { response } = await s3.config.requestHandler.handle(
    // The handler writes the path as it is, and wants the query apart.
    {
      protocol: at.protocol,
      hostname: at.hostname,
      port: at.port,
      method,
      path,
      query: {},
      headers: signed,
      body: body.length > 0 ? body : undefined,
    },
    { abortSignal },
  );
  const corrected = correctClock(s3, response.headers.date);
  if (response.statusCode < 300) return response;
  const text = await textOf(response.body);
  throw answerError(response.statusCode, response.headers, text, corrected);
}

/** A key as part of a path or of a copy's source: all but unreserved characters, as S3 signs it. */
export function encodeKey(key: string): string {
  return key.split("/").map((part) =>
    encodeURIComponent(part).replace(
      /[!'()*]/g,
      (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
    )
  ).join("/");
}

/** Where a bucket is, as the SDK sees it. */
interface Target {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  /** Of the bucket, without a slash at its end. */
  readonly path: string;
  readonly region: string;
}

const targets = new WeakMap<S3Client, Map<string, Promise<Target>>>();

/** Where a bucket is; found out once for each client. */
function targetOf(s3: S3Client, bucket: string): Promise<Target> {
  const known = targets.get(s3) ?? new Map<string, Promise<Target>>();
  targets.set(s3, known);
  const target = known.get(bucket) ?? findTarget(s3, bucket);
  known.set(bucket, target);
  target.catch(() => known.delete(bucket));
  return target;
}

/** Has the SDK make a request to the bucket, and keeps it from being sent. */
async function findTarget(s3: S3Client, Bucket: string): Promise<Target> {
  const command = new HeadBucketCommand({ Bucket });
  let target: Target | undefined;
  command.middlewareStack.add(
    (_next, context) => async ({ request }) => {
      const { protocol, hostname, port, path } = request as Omit<Target, "region">;
      const { httpAuthOption } = (context as Context)["__smithy_context"]?.selectedHttpAuthScheme ??
        {};
      target = {
        protocol,
        hostname,
        port,
        path: path.replace(/\/$/, ""),
        region: httpAuthOption?.signingProperties?.signingRegion ?? await s3.config.region(),
      };
      return { output: { $metadata: {} }, response: undefined };
    },
    { step: "finalizeRequest", name: "keep" },
  );
  await s3.send(command);
  return target!;
}

interface Context {
  readonly __smithy_context?: {
    readonly selectedHttpAuthScheme?: {
      readonly httpAuthOption?: {
        readonly signingProperties?: { readonly signingRegion?: string };
      };
    };
  };
}

/** Signs by the server's clock from now on where it differs much, as the SDK does. */
function correctClock(s3: S3Client, date: string | undefined): boolean {
  const server = Date.parse(date ?? "");
  if (!(Math.abs(server - Date.now() - s3.config.systemClockOffset) >= SKEW_MS)) return false;
  s3.config.systemClockOffset = server - Date.now();
  return true;
}

function amzDate(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** An answer that says no, as the SDK throws it. */
function answerError(
  httpStatusCode: number,
  headers: S3Headers,
  text: string,
  clockSkewCorrected = false,
): Error {
  const error = new Error(tag(text, "Message") ?? (text.trim() || `HTTP ${httpStatusCode}`));
  error.name = tag(text, "Code") ?? "UnknownError";
  return Object.assign(error, {
    BucketName: tag(text, "BucketName"),
    $metadata: { httpStatusCode, requestId: headers["x-amz-request-id"], clockSkewCorrected },
  });
}

/** The text of the first element with a name in S3's XML, which has no attributes there. */
export function tag(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text?.replace(/&(#x?[\da-f]+|\w+);/gi, (entity, what: string) => {
    if (what[0] === "#") {
      const code = what[1]?.toLowerCase() === "x"
        ? parseInt(what.slice(2), 16)
        : Number(what.slice(1));
      return String.fromCodePoint(code);
    }
    return ENTITIES[what] ?? entity;
  });
}

const ENTITIES: Record<string, string> = { quot: '"', apos: "'", lt: "<", gt: ">", amp: "&" };
