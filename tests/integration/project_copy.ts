import { runCommand } from "../../infra/command.ts";

/** What belongs to this checkout, and not to the project. */
const OWN = [".git", ".runtime", ".env", "node_modules", "certs", "reports"];

/** A copy of the project in a folder of its own, for a `.env` of its own. Disposing removes it. */
export async function projectCopy(name: string): Promise<{ folder: string } & AsyncDisposable> {
  const parent = await Deno.realPath(await Deno.makeTempDir());
  const folder = `${parent}/${name}`;
  await Deno.mkdir(folder);
  const parts = (await Array.fromAsync(Deno.readDir("."))).map(({ name }) => name)
    .filter((name) => !OWN.includes(name));
  const copied = await runCommand("cp", ["-R", ...parts, folder]);
  if (copied?.code !== 0) throw new Error(`cannot copy the project: ${copied?.stderr}`);
  await Deno.symlink(await Deno.realPath("node_modules"), `${folder}/node_modules`);
  return {
    folder,
    [Symbol.asyncDispose]: () => Deno.remove(parent, { recursive: true }),
  };
}
