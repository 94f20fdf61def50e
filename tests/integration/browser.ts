import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import process from "node:process";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** What the systems' packages call a browser that can be driven. */
const NAMES = ["chromium", "chromium-browser", "google-chrome"];

const executable = await findBrowser();

/** Whether there is no browser here: then its tests are ignored. */
export const browserMissing = executable === undefined;
if (browserMissing) {
  console.error(`Tests in a browser are skipped: none of ${NAMES.join(", ")} is on the PATH`);
}

/**
 * Starts a browser without a window.
 *
 * @throws {Error} when there is none; playwright's errors
 */
export async function launchBrowser(): Promise<Browser> {
  assert.ok(executable, "there is no browser: see browserMissing");
  return await chromium.launch({
    executablePath: executable,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}

/** A page, and what went wrong on it: errors of scripts, refusals of the security policy. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  readonly errors: readonly string[];
}

/** Opens a page that remembers what went wrong on it. Dispose it to close it. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  return { page, errors, [Symbol.asyncDispose]: () => context.close() };
}

/** A fault of accessibility, and the elements that have it. */
interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Fails with what axe finds on a page that is serious or critical. */
export async function assertAccessible(page: Page): Promise<void> {
  const axe = await Deno.readTextFile(new URL(import.meta.resolve("axe-core/axe.min.js")));
  // As the debugger does: the page's security policy lets no other script in.
  const violations = await page.evaluate<Violation[]>(
    `(() => { ${axe} })(); axe.run().then(({ violations }) => violations)`,
  );
  const grave = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  assert.deepEqual(
    grave.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`)
    ),
    [],
  );
}

async function findBrowser(): Promise<string | undefined> {
  const folders = (process.env.PATH ?? "").split(delimiter);
  for (const path of NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    const file = await Deno.stat(path).catch(() => undefined);
    if (file?.isFile) return path;
  }
}
