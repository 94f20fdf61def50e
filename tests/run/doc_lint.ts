/** `deno task doc:lint`: reads `deno doc --json` and demands a comment on every export. */
import { relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runEntry } from "../../shared/cli/entry.ts";
import { UserError } from "../../shared/cli/errors.ts";
import { orAborted } from "../../shared/cli/or_aborted.ts";
import { type Docs, undocumented } from "./undocumented.ts";

await runEntry((signal) => orAborted(lintDocs(), signal));

async function lintDocs(): Promise<void> {
  const docs: Docs = await new Response(Deno.stdin.readable).json();
  const forgotten = [...modules(".")].filter((path) => !docs.nodes[pathToFileURL(path).href]);
  if (forgotten.length > 0) {
    throw new UserError(
      `Not read by deno doc: ${forgotten.join(", ")}`,
      "add the folder to the task doc:lint in deno.json",
    );
  }
  const found = undocumented(docs).map((place) =>
    place.replace(/^file:\S+?(?=:\d)/, (url) => relative(".", fileURLToPath(url)))
  );
  if (found.length > 0) {
    throw new UserError(
      `Without a comment:\n  ${found.join("\n  ")}`,
      "say what it is, with /** … */",
    );
  }
  console.log(`All exports of ${Object.keys(docs.nodes).length} modules have a comment`);
}

/** Our modules below a folder; tests speak for themselves. */
function* modules(folder: string): Iterable<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (/^\.|^node_modules$|^tests$/.test(name)) continue;
    if (isDirectory) yield* modules(path);
    else if (name.endsWith(".ts")) yield path;
  }
}
