import { createHash } from "node:crypto";
import { stripTypeScriptTypes } from "node:module";

/** A file that the browser loads. */
export interface PageFile {
  readonly body: string;
  readonly contentType: string;
}

/** What the page imports by a bare name, and the files that are served for it. */
const LIBRARIES = {
  "preact": "preact",
  "preact/hooks": "preact/hooks",
  "htm": "htm",
  "uplot": "uplot/dist/uPlot.esm.js",
} as const;

const CSS = "text/css; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";
const folder = new URL("./page/", import.meta.url);

/** The map by which the browser finds the libraries, and its hash for the security policy. */
export const importMap: string = JSON.stringify({
  imports: Object.fromEntries(
    Object.keys(LIBRARIES).map((name) => [name, `/library/${name}.js`]),
  ),
});
/** As the content security policy wants it. */
export const importMapHash = `'sha256-${createHash("sha256").update(importMap).digest("base64")}'`;

const known = new Map<string, Promise<PageFile | undefined>>();

/**
 * A file of the page: its scripts, with the types taken out, the style, and the libraries. Nothing is
 * built; each is read once.
 *
 * @param path such as `page/views/flow.ts`, `page/style.css` or `library/preact.js`
 * @returns undefined if the page has no such file
 */
export function pageFile(path: string): Promise<PageFile | undefined> {
  // Only names that exist are kept.
  if (!/^[\w/.-]+$/.test(path) || path.includes("..")) return Promise.resolve(undefined);
  const found = known.get(path) ?? read(path);
  known.set(path, found);
  found.then((file) => file ?? known.delete(path), () => known.delete(path));
  return found;
}

/** The page itself. @param changeToken what its requests bear that change something */
export async function indexPage(changeToken: string): Promise<string> {
  const text = await Deno.readTextFile(new URL("index.html", folder));
  return text.replace(/(?<="importmap">)\s*\{\}\s*(?=<)/, importMap).replace(
    "CHANGE_TOKEN",
    changeToken,
  );
}

async function read(path: string): Promise<PageFile | undefined> {
  const library = /^library\/(.+)\.js$/.exec(path)?.[1];
  if (library !== undefined) {
    const specifier = LIBRARIES[library as keyof typeof LIBRARIES];
    if (specifier === undefined) return undefined;
    return { body: await readModule(specifier), contentType: SCRIPT };
  }
  if (path === "library/uplot.css") {
    return { body: await readModule("uplot/dist/uPlot.min.css"), contentType: CSS };
  }
  if (!path.startsWith("page/")) return undefined;
  const text = await readIfThere(path.slice("page/".length));
  if (text === undefined) return undefined;
  if (path.endsWith(".ts")) return { body: stripTypeScriptTypes(text), contentType: SCRIPT };
  return path.endsWith(".css") ? { body: text, contentType: CSS } : undefined;
}

async function readModule(specifier: string): Promise<string> {
  return await Deno.readTextFile(new URL(import.meta.resolve(specifier)));
}

async function readIfThere(name: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(new URL(name, folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
