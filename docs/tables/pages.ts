import { dictionary } from "../../schema/dictionary.ts";
import { type Blocks, withBlocks } from "./blocks.ts";

/** A page of docs: its path in the project, what it says, and what it should say. */
export interface Page {
  readonly path: string;
  readonly text: string;
  readonly wanted: string;
}

const root = new URL("../../", import.meta.url);

/** The pages of docs, with these blocks as they should be. */
export function readPages(blocks: Blocks): Page[] {
  const names = [...Deno.readDirSync(new URL("docs/", root))]
    .flatMap(({ name, isFile }) => isFile && name.endsWith(".md") ? [`docs/${name}`] : []);
  return names.toSorted().map((path) => {
    const text = Deno.readTextFileSync(fileOf(path));
    const wanted = path === "docs/data-dictionary.md" ? dictionary() : withBlocks(text, blocks);
    return { path, text, wanted };
  });
}

/** Where a file of the project lies. */
export function fileOf(path: string): URL {
  return new URL(path, root);
}
