/**
 * `deno task docs:tables`: writes what the code says into the pages of docs, and what the schema of a
 * warehouse says, which it starts for that and removes.
 */
import { runEntry } from "../../shared/cli/entry.ts";
import { connectWarehouse } from "../../shared/postgres/client.ts";
import { ownServices } from "../../tests/integration/services.ts";
import { migrate } from "../../warehouse/sql/schema.ts";
import { asRead } from "./blocks.ts";
import { codeBlocks } from "./code_blocks.ts";
import { fileOf, readPages } from "./pages.ts";
import { readSchema } from "./read_schema.ts";
import { STAR, starSvg } from "./star_svg.ts";
import { warehouseBlocks } from "./warehouse_blocks.ts";

await runEntry(async () => {
  await using services = await ownServices("docs-tables", ["warehouse"]);
  await using client = await connectWarehouse(services.settings, "docs");
  await migrate(client, () => {});
  const schema = await readSchema(client);
  const pages = readPages({ ...codeBlocks, ...warehouseBlocks(schema) });
  for (const { path, text, wanted } of pages) {
    if (asRead(text) !== asRead(wanted)) await write(path, wanted);
  }
  const star = starSvg(schema);
  if (await Deno.readTextFile(fileOf(STAR)).catch(() => "") !== star) await write(STAR, star);
});

async function write(path: string, text: string): Promise<void> {
  const { pathname } = fileOf(path);
  await Deno.writeTextFile(pathname, text);
  if (path.endsWith(".md")) {
    const args = ["fmt", "-q", pathname];
    await new Deno.Command(Deno.execPath(), { args }).output();
  }
  console.log(`${path} is written anew`);
}
