import { createHash } from "node:crypto";

/** What became of the completions during which a VersityGW was killed. */
export interface RecoveredCompletions {
  /** Uploads whose object had been created: nothing is left of them. */
  readonly made: number;
  /** Uploads whose object had not been created: they can be completed again. */
  readonly restored: number;
}

/** An upload that was being completed. */
interface ClaimedUpload {
  readonly folder: string;
  /** SHA-256 of the object's key, hexadecimal: all that the path tells of it. */
  readonly keyHash: string;
  /** Files of the parts that are still there, in order. */
  readonly parts: readonly string[];
  /** How many parts the completion was asked to put together. */
  readonly asked: number;
}

/**
 * Settles the completions that a killed VersityGW left half done; it must not be running. It
 * completes a multipart upload in steps, each of which is all that a kill can leave behind:
 *
 * 1. The upload's folder `ID` becomes `ID.ETAG-N.inprogress`, N being the number of parts; from
 * here on
 *    VersityGW takes every completion of the upload for done.
 * 2. The parts are put together in a file without a name (or, where the file system knows none,
 * with
 *    a name in `.sgwtmp`), which gets its attributes.
 * 3. The file is linked under the object's key.
 * 4. The parts are removed, then the folder. (A completion that fails before renames it back.)
 *
 * So a part that is missing, or an object of that key with the parts' content, says that the object
 * was made: the folder goes. It is looked for in its bucket and, as the loader moves objects there
 * under the same key, in the bucket's archive. (Not in others: two pipelines may make the same
 * file.) Otherwise the upload is restored. An object that a program has moved elsewhere between 3
 * and 4, which are microseconds apart, leaves no trace, so that it would be made a second time:
 * rather that than a loss.
 *
 * Source: VersityGW 1.8.0, backend/posix/posix.go, CompleteMultipartUploadWithCopy.
 *
 * @param dataDir the folder that VersityGW serves, a folder for each bucket
 * @param archiveOf the name of a bucket's archive
 */
export async function recoverInterruptedCompletions(
  dataDir: string,
  archiveOf: (bucket: string) => string,
): Promise<RecoveredCompletions> {
  const recovered = { made: 0, restored: 0 };
  for (const bucket of await entriesOf(dataDir)) {
    const claimed = await Array.fromAsync(claimedUploads(bucket.path));
    const made = await madeOf(claimed, [bucket.path, `${dataDir}/${archiveOf(bucket.name)}`]);
    for (const upload of claimed) {
      const { folder } = upload;
      if (made.has(upload)) await Deno.remove(folder, { recursive: true });
      else await Deno.rename(folder, folder.replace(/\.[^./]+\.inprogress$/, ""));
    }
    recovered.made += made.size;
    recovered.restored += claimed.length - made.size;
  }
  return recovered;
}

/** Those of the uploads whose object was made. */
async function madeOf(
  claimed: readonly ClaimedUpload[],
  buckets: string[],
): Promise<Set<ClaimedUpload>> {
  const isWhole = ({ parts, asked }: ClaimedUpload) => parts.length >= asked;
  const made = new Set(claimed.filter((upload) => !isWhole(upload)));
  const unsure = Map.groupBy(claimed.filter(isWhole), ({ keyHash }) => keyHash);
  if (unsure.size === 0) return made;
  for (const bucket of buckets) {
    for await (const path of filesBelow(bucket)) {
      const key = path.slice(bucket.length + 1);
      const uploads = unsure.get(createHash("sha256").update(key).digest("hex"));
      const hash = uploads && await hashOf([path]);
      for (const upload of uploads ?? []) if (await hashOf(upload.parts) === hash) made.add(upload);
    }
  }
  return made;
}

async function* claimedUploads(bucket: string): AsyncGenerator<ClaimedUpload> {
  for (const object of await entriesOf(`${bucket}/.sgwtmp/multipart`)) {
    for (const { path: folder, name } of await entriesOf(object.path)) {
      const asked = /\.[^./]+-(\d+)\.inprogress$/.exec(name)?.[1];
      if (asked === undefined) continue;
      const parts = (await entriesOf(folder)).toSorted((a, b) => Number(a.name) - Number(b.name));
      yield {
        folder,
        keyHash: object.name,
        parts: parts.map(({ path }) => path),
        asked: Number(asked),
      };
    }
  }
}

/** The objects of a bucket. */
async function* filesBelow(bucket: string): AsyncGenerator<string> {
  const folders = [bucket];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const { path, name, isDirectory } of await entriesOf(folder)) {
      if (!isDirectory) yield path;
      else if (name !== ".sgwtmp") folders.push(path);
    }
  }
}

/** SHA-256 of the files' contents, one after the other. */
async function hashOf(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) {
    using file = await Deno.open(path);
    for await (const chunk of file.readable) hash.update(chunk);
  }
  return hash.digest("hex");
}

/** What is in a folder; nothing if there is no such folder. */
async function entriesOf(path: string): Promise<(Deno.DirEntry & { readonly path: string })[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(path));
    return entries.map((entry) => ({ ...entry, path: `${path}/${entry.name}` }));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return [];
    }
    throw error;
  }
}
