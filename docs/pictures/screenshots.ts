/**
 * `deno task docs:screenshots`: takes the README's pictures of the console that runs, with a pipeline
 * that has something to show: after `deno task scenario:history`.
 */
import { chromium } from "playwright-core";
import { runEntry } from "../../shared/cli/entry.ts";
import { loadSettings } from "../../shared/cli/environment.ts";
import { UserError } from "../../shared/cli/errors.ts";
import { taskCommand } from "../../shared/cli/task_command.ts";
import { BROWSER_FLAGS, BROWSERS, findBrowser } from "./find_browser.ts";

/** The pictures: a view, its colours, and what is there when it is complete. */
const PICTURES = [
  { view: "flow", colorScheme: "dark", complete: "Landed last" },
  { view: "warehouse", colorScheme: "light", complete: "Tables and views" },
] as const;

/** How long the charts gather points before they are taken, in ms. */
const GATHERING_MS = 20_000;

await runEntry(async () => {
  const executablePath = await findBrowser();
  if (!executablePath) {
    throw new UserError(`There is no browser: ${BROWSERS.join(", ")}`, "install chromium");
  }
  const { ports } = loadSettings();
  const browser = await chromium.launch({ executablePath, args: BROWSER_FLAGS });
  for (const { view, colorScheme, complete } of PICTURES) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 800 } });
    const at = `http://localhost:${ports.console}/#/${view}`;
    await page.goto(at).catch((cause) => {
      throw new UserError(
        `No console answers at ${at}`,
        `start one with something to show: ${taskCommand("scenario:history")}`,
        { cause },
      );
    });
    await page.getByText(complete).first().waitFor();
    if (view === "flow") await page.waitForTimeout(GATHERING_MS);
    const file = new URL(`console-${view}.png`, import.meta.url);
    await page.screenshot({ path: file.pathname });
    console.log(`docs/pictures/console-${view}.png is written`);
  }
  await browser.close();
});
