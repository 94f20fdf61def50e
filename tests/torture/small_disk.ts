import { rm } from "node:fs/promises";
import { runCommand } from "../../infra/command.ts";

const MIB = 1024 * 1024;

/** A file system of its own that can be filled up. Disposing unmounts it. */
export interface SmallDisk extends AsyncDisposable {
  readonly folder: string;
  /** Takes all room that is left. */
  fill(): Promise<void>;
  /** Gives it back. */
  free(): Promise<void>;
}

/** Mounts one in memory; undefined where that is not allowed (it needs root on Linux). */
export async function smallDisk(mib: number): Promise<SmallDisk | undefined> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return undefined;
  const mount = await Deno.makeTempDir({ prefix: "torture-disk-" });
  const mounted = await runCommand("mount", [
    ...["-t", "tmpfs", "-o", `size=${mib}m`, "tmpfs", mount],
  ]);
  if (mounted?.code !== 0) {
    await Deno.remove(mount);
    return undefined;
  }
  const folder = `${mount}/data`;
  await Deno.mkdir(folder);
  // Services may run as another user, who has to get through.
  await Deno.chmod(mount, 0o755);
  const ballast = `${mount}/ballast`;
  return {
    folder,
    async fill() {
      using file = await Deno.open(ballast, { create: true, append: true });
      for (const size of [MIB, 4_096]) while (await wrote(file, size));
    },
    // The end of the faults frees it, too.
    free: () => rm(ballast, { force: true }),
    async [Symbol.asyncDispose]() {
      await runCommand("umount", ["-l", mount]);
      await Deno.remove(mount).catch(() => {});
    },
  };
}

async function wrote(file: Deno.FsFile, bytes: number): Promise<boolean> {
  return await file.write(new Uint8Array(bytes)).then((count) => count === bytes, () => false);
}
