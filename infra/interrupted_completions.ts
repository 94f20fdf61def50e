/**
 * Gives back to their uploads what a killed VersityGW had in hand. It completes a multipart upload by
 * renaming its folder `ID` to `ID.ETAG.inprogress`, and back if it fails; killed in between, it would
 * answer every further completion as if the file had been made. So it must not run meanwhile.
 *
 * Source: VersityGW 1.8.0, backend/posix/posix.go, CompleteMultipartUploadWithCopy.
 *
 * @param dataDir the folder that VersityGW serves, a folder for each bucket
 * @returns how many uploads were given back
 */
export async function mendInterruptedCompletions(dataDir: string): Promise<number> {
  let mended = 0;
  for (const bucket of await foldersIn(dataDir)) {
    const multipart = `${bucket}/.sgwtmp/multipart`;
    for (const object of await foldersIn(multipart)) {
      for (const upload of await foldersIn(object)) {
        const original = upload.replace(/\.[^./]+\.inprogress$/, "");
        if (original === upload) continue;
        await Deno.rename(upload, original);
        mended++;
      }
    }
  }
  return mended;
}

/** The folders in a folder; none if it is not there. */
async function foldersIn(path: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(path));
    return entries.filter((entry) => entry.isDirectory).map((entry) => `${path}/${entry.name}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
