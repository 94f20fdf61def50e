import type { Browser, Page } from "playwright-core";
import { openPage } from "../tests/integration/browser.ts";
import { startConsole } from "../tests/integration/console_client.ts";
import type { OwnServices } from "../tests/integration/services.ts";
import { residentMiB } from "./usage.ts";

/** A search of this many offsets ends by itself. */
const BOUND_MS = 600_000;

/** How long the ways into a large topic take, in s; and what a search that finds nothing does. */
export async function openLargeTopic(
  own: OwnServices,
  browser: Browser,
  topic: string,
  messages: number,
): Promise<(string | number)[][]> {
  await using shown = await startConsole(own);
  await using open = await openPage(browser);
  const { page } = open;
  page.setDefaultTimeout(BOUND_MS);
  const rows: (string | number)[][] = [["", "s", "says", "console, resident"]];
  const time = async (what: string, route: string, done: (page: Page) => Promise<string>) => {
    const begun = performance.now();
    await page.goto(`${shown.url}/#/${route}`);
    const said = await done(page);
    const seconds = ((performance.now() - begun) / 1000).toFixed(2);
    rows.push([what, seconds, said, `${residentMiB(shown.run.pid)} MiB`]);
  };
  const region = page.getByRole("region", { name: "Messages" }).first();
  const says = async (text: RegExp) => {
    const state = region.getByRole("status").first().filter({ hasText: text });
    await state.waitFor();
    return (await state.textContent())!;
  };
  const of = (query: string) => `topics/${topic}?${query}`;
  await time("the list of topics", "topics", async (page) => {
    const row = page.getByRole("row", { name: topic });
    await row.waitFor();
    return (await row.getByRole("cell").nth(2).textContent())!;
  });
  await time("the topic, its last 50", `topics/${topic}`, () => says(/50 messages/));
  await time("from the end", of("from=end"), () => says(/100 messages/));
  await time(
    "from an offset",
    of(`from=1/${Math.floor(messages / 6)}`),
    () => says(/100 messages/),
  );
  const middle = await timeOf(shown.url, `${topic}/1/${Math.floor(messages / 6)}`);
  await time("from a time", of(`from=${middle}`), () => says(/100 messages/));
  let steps = 0;
  await time("a search without a match", of("from=end&id=NOBODY"), async (page) => {
    const bar = page.getByRole("progressbar", { name: "Read" });
    await bar.waitFor();
    let before = "";
    for (; await bar.count() > 0; await page.waitForTimeout(50)) {
      const value = await bar.getAttribute("value").catch(() => null) ?? before;
      if (value !== before) steps++;
      before = value;
    }
    return `${await says(/0 matches/)}, progress shown ${steps} times`;
  });
  return rows;
}

/** The time of a message, as a search takes it. */
async function timeOf(url: string, place: string): Promise<string> {
  const response = await fetch(`${url}/api/message?at=${place}`);
  const { at } = await response.json();
  return new Date(at).toISOString();
}
