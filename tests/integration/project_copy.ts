import { runCommand } from "../../infra/command.ts";

/** What programs need to run; the tests and the documents stay behind. */
const PARTS = [
  ...["deno.json", "deno.lock", "orchestrator.ts", "docker-compose.yml", ".env.example"],
  ...["consumer", "dead_letters", "infra", "orchestration", "producers", "schema", "shared"],
  ...["trace", "verify", "warehouse"],
];

/**
 * A copy of the project in a folder of its own, for a `.env` of its own. Disposing removes it.
 *
 * @param more parts that it has beside what programs need
 */
export async function projectCopy(
  name: string,
  more: readonly string[] = [],
): Promise<{ folder: string } & AsyncDisposable> {
  const parent = await Deno.realPath(await Deno.makeTempDir());
  const folder = `${parent}/${name}`;
  await Deno.mkdir(folder);
  const copied = await runCommand("cp", ["-R", ...PARTS, ...more, folder]);
  if (copied?.code !== 0) throw new Error(`cannot copy the project: ${copied?.stderr}`);
  await Deno.symlink(await Deno.realPath("node_modules"), `${folder}/node_modules`);
  return {
    folder,
    [Symbol.asyncDispose]: () => Deno.remove(parent, { recursive: true }),
  };
}
