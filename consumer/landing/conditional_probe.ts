import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  paginateListObjectsV2,
  type S3Client,
  type S3ServiceException,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { nameOf, statusOf } from "../../shared/s3/explain.ts";
import { type S3Abilities } from "./s3_abilities.ts";
import { s3Store } from "./s3_store.ts";

/** Where probes are: not a name of any file that is landed. */
export const PROBE_PREFIX = "_probe/";
/** Older ones were left by a probe that was killed, in ms. */
const LEFT_AFTER_MS = 3_600_000;
/** How long cleaning up may delay the end of the program, in ms. */
const CLEAR_MS = 5_000;

/** The ETag of no part at all. */
const NO_PART = `"${"0".repeat(32)}"`;
/** Servers whose responses to a completion are known, by their Server header. */
const KNOWN = new Set(["AmazonS3", "VERSITYGW"]);

/**
 * Tests how a server handles conditional completions, under a key that no other probe has. Its
 * errors are those of the AWS SDK.
 */
export class ConditionalProbe {
  readonly #of: { readonly Bucket: string; readonly Key: string };
  readonly #waiting = new Set<string>();
  #mayBeThere = false;

  constructor(
    private readonly s3: S3Client,
    Bucket: string,
    private readonly abortSignal: AbortSignal,
  ) {
    this.#of = { Bucket, Key: `${PROBE_PREFIX}${crypto.randomUUID()}` };
  }

  /**
   * Requests completions that must fail, so that no object appears: S3 knows no other value of
   * If-None-Match than `*`, and a server that says so evaluates the header.
   *
   * @returns whether that is conclusive
   * @throws the server's NotImplemented when it does not know `*` either
   */
  async ask(): Promise<boolean> {
    const UploadId = await this.#create();
    const any = await this.#refusalOf(UploadId, "*");
    if (isNotImplemented(any)) throw any;
    const other = await this.#refusalOf(UploadId, '"probe"');
    const { server } = (other as S3ServiceException | undefined)?.$response?.headers ?? {};
    return isNotImplemented(other) && server !== undefined && KNOWN.has(server);
  }

  /** Whether the object of the probe could be deleted again. */
  async mayDelete(): Promise<boolean> {
    const { abortSignal } = this;
    try {
      await this.s3.send(new DeleteObjectCommand(this.#of), { abortSignal });
      return true;
    } catch (error) {
      if (statusOf(error) === 403) return false;
      throw error;
    }
  }

  /** Completes two uploads: the second must be rejected. Their object exists for milliseconds. */
  async run(): Promise<S3Abilities> {
    const [first, second] = [await this.#upload(), await this.#upload()];
    const { ChecksumType } = await this.#complete(first);
    const returnsChecksum = ChecksumType !== undefined;
    try {
      await this.#complete(second);
      return { conditional: false, returnsChecksum };
    } catch (error) {
      if (statusOf(error) === 412) return { conditional: true, returnsChecksum };
      throw error;
    }
  }

  /** Leaves nothing behind, also after an interruption. Never rejects. */
  async clear(): Promise<void> {
    const abortSignal = AbortSignal.timeout(CLEAR_MS);
    await Promise.allSettled(
      [...this.#waiting].map((UploadId) =>
        this.s3.send(new AbortMultipartUploadCommand({ ...this.#of, UploadId }), { abortSignal })
      ),
    );
    if (!this.#mayBeThere) return;
    await this.s3.send(new DeleteObjectCommand(this.#of), { abortSignal })
      .catch(() => {/* A later probe does: see clearOldProbes(). */});
  }

  async #create(): Promise<string> {
    const { abortSignal } = this;
    const create = new CreateMultipartUploadCommand(this.#of);
    const { UploadId } = await this.s3.send(create, { abortSignal });
    this.#waiting.add(UploadId!);
    return UploadId!;
  }

  async #upload(): Promise<{ UploadId: string; ETag?: string }> {
    const { abortSignal } = this;
    const UploadId = await this.#create();
    const part = { ...this.#of, UploadId, PartNumber: 1, Body: new Uint8Array(1) };
    const { ETag } = await this.s3.send(new UploadPartCommand(part), { abortSignal });
    return { UploadId, ETag };
  }

  /** How a server responds to completing an upload without a part. */
  async #refusalOf(UploadId: string, ifNoneMatch: string): Promise<unknown> {
    try {
      await this.#complete({ UploadId, ETag: NO_PART }, ifNoneMatch);
      return undefined;
    } catch (error) {
      const status = statusOf(error);
      if (isNotImplemented(error) || status !== undefined && status < 500) return error;
      throw error;
    }
  }

  async #complete({ UploadId, ETag }: { UploadId: string; ETag?: string }, IfNoneMatch = "*") {
    const { abortSignal } = this;
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    this.#mayBeThere ||= ETag !== NO_PART;
    const answer = await this.s3.send(
      new CompleteMultipartUploadCommand({ ...this.#of, UploadId, IfNoneMatch, MultipartUpload }),
      { abortSignal },
    );
    this.#mayBeThere = true;
    this.#waiting.delete(UploadId);
    return answer;
  }
}

/** Whether an error says that a server does not implement the request. */
export function isNotImplemented(error: unknown): boolean {
  return statusOf(error) === 501 || nameOf(error) === "NotImplemented";
}

/**
 * Removes what killed probes have left in a bucket, except probes that may be in progress.
 *
 * @param now in ms since the epoch, by the clock of S3
 */
export async function clearOldProbes(
  s3: S3Client,
  Bucket: string,
  now: number,
  abortSignal: AbortSignal,
): Promise<void> {
  const isOld = (at?: Date) => at !== undefined && now - at.getTime() > LEFT_AFTER_MS;
  const of = { Bucket, Prefix: PROBE_PREFIX };
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, of)) {
    for (const { Key, LastModified } of Contents) {
      if (!isOld(LastModified)) continue;
      await s3.send(new DeleteObjectCommand({ Bucket, Key }), { abortSignal });
    }
  }
  const store = s3Store(s3, { raw: Bucket, archive: Bucket });
  for await (const upload of store.pending(PROBE_PREFIX, abortSignal)) {
    if (isOld(upload.startedAt)) await store.abort(upload, abortSignal);
  }
}
