import { rootMessage } from "../../shared/cli/errors.ts";
import { type Type, types as allTypes } from "../../shared/catalogue/events.ts";
import type { KeptBusiness } from "../simulation/business.ts";
import { type Origin, readSnapshot, writeSnapshot } from "./snapshot.ts";

/** Rounds from one snapshot to the next: half a second to replay. */
export const SPAN = 32_768;

/** Where a business is kept now and then, so that a run that goes on with it need not replay it all. */
export interface Snapshots {
  /** The latest of a business that stands before a round, or earlier, with the systems of an origin. */
  find(origin: Origin, before: number): KeptBusiness | undefined;
  /** Writes one down as it stands. */
  keep(business: KeptBusiness, origin: Origin): void;
}

/**
 * Keeps two snapshots of each part of a world that is published together: the last one may be ahead of
 * what a killed run has published. They only save time: what is missing, damaged, or of another world
 * is passed over.
 *
 * @param options.topic of the world
 * @param options.warn called once, where they cannot be written
 */
export function snapshotFiles(
  { runtimeDir, topic, warn }: { runtimeDir: string; topic: string; warn: (line: string) => void },
): Snapshots {
  const folder = `${worldsIn(runtimeDir)}/${topic}`;
  let isWarned = false;
  return {
    find(origin, before) {
      let latest: KeptBusiness | undefined;
      for (const name of filesIn(folder)) {
        const kept = name.split(".")[0]!.split("+");
        if (![...origin.stretches.keys()].every((type) => kept.includes(type))) continue;
        const found = readSnapshot(contentOf(`${folder}/${name}`), origin, before);
        if (found && found.round > (latest?.round ?? 0)) latest = found;
      }
      return latest;
    },
    keep(business, origin) {
      const path = `${folder}/${nameOf([...origin.stretches.keys()])}.${business.round / SPAN % 2}`;
      try {
        Deno.mkdirSync(folder, { recursive: true });
        Deno.writeFileSync(`${path}.new`, writeSnapshot(business, origin));
        Deno.renameSync(`${path}.new`, path);
      } catch (error) {
        if (!isWarned) {
          warn(`Restarts take longer, as ${path} is not written: ${rootMessage(error)}`);
        }
        isWarned = true;
      }
    },
  };
}

/** Deletes all of them. */
export async function deleteSnapshots(runtimeDir: string): Promise<void> {
  await Deno.remove(worldsIn(runtimeDir), { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

function worldsIn(runtimeDir: string): string {
  return `${runtimeDir}/worlds`;
}

function contentOf(path: string): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch {
    return new Uint8Array();
  }
}

function nameOf(types: readonly Type[]): string {
  return allTypes.filter((type) => types.includes(type)).join("+");
}

function filesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
      /\.[01]$/.test(name)
    );
  } catch {
    return [];
  }
}
