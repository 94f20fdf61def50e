import { pathToFileURL } from "node:url";
import type { Explored, Failure } from "../model/explore.ts";
import type { Mutant } from "./mutants.ts";

const root = new URL("../../", import.meta.url);
/** The code that the model runs. */
const FOLDERS = ["consumer", "shared", "tests/model"];
/** Within the project, as only there deno.json resolves the imports. */
const TEMP = new URL(".runtime/mutants/", root);

/** CPU time limit of a hunt, in ms. */
const HUNT_MS = 60_000;

/** The outcome of a hunt; with the shortened schedule, if one failed. */
export interface Hunted {
  readonly explored: Explored;
  readonly caught?: Failure;
}

/**
 * Explores a mutant's scenario.
 *
 * @param isMutated whether to remove the guard; with it, no schedule may fail
 * @throws when the text to replace does not occur exactly once: the guard has moved
 */
export async function hunt(
  { edits = [], broken, hunt }: Mutant,
  isMutated: boolean,
): Promise<Hunted> {
  await Deno.mkdir(TEMP, { recursive: true });
  const copy = await Deno.makeTempDir({ dir: TEMP.pathname });
  try {
    for (const folder of FOLDERS) await copyModules(folder, copy);
    if (isMutated) { for (const edit of edits) await apply(edit, copy); }
    const load = (path: string) => import(pathToFileURL(`${copy}/tests/model/${path}`).href);
    const { explore } = await load("explore.ts") as typeof import("../model/explore.ts");
    const { shrink } = await load(
      "replay_schedule.ts",
    ) as typeof import("../model/replay_schedule.ts");
    const scenario = { ...hunt.scenario, broken: isMutated ? broken : undefined };
    const explored = await explore(scenario, hunt.faults, { ms: HUNT_MS });
    const { failure } = explored;
    return { explored, caught: failure && await shrink(scenario, failure) };
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

async function apply(
  { file, from, to }: NonNullable<Mutant["edits"]>[number],
  copy: string,
): Promise<void> {
  const path = `${copy}/${file}`;
  const text = await Deno.readTextFile(path);
  const parts = text.split(from);
  if (parts.length !== 2) {
    throw new Error(
      `${file}: this text occurs ${parts.length - 1} times instead of once: ${from.trim()}`,
    );
  }
  await Deno.writeTextFile(path, parts.join(to));
}

async function copyModules(folder: string, copy: string): Promise<void> {
  await Deno.mkdir(`${copy}/${folder}`, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    if (isDirectory) await copyModules(`${folder}/${name}`, copy);
    if (!name.endsWith(".ts")) continue;
    await Deno.copyFile(new URL(`${folder}/${name}`, root), `${copy}/${folder}/${name}`);
  }
}
