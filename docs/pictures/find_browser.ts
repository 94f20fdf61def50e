import { delimiter, join } from "node:path";
import process from "node:process";

/** What the systems' packages call a browser that can be driven. */
export const BROWSERS = ["chromium", "chromium-browser", "google-chrome"];

/** The path of a browser of this machine that can be driven; undefined if there is none. */
export async function findBrowser(): Promise<string | undefined> {
  const folders = (process.env.PATH ?? "").split(delimiter);
  for (const path of BROWSERS.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    const file = await Deno.stat(path).catch(() => undefined);
    if (file?.isFile) return path;
  }
}

/** How it is started: without a window, and without asking anybody for updates. */
export const BROWSER_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
];
