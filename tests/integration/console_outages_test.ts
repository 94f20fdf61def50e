import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { ServiceName } from "../../infra/runtime.ts";
import { topicOf } from "../../shared/catalogue/events.ts";
import { browserMissing, launchBrowser, openPage } from "./browser.ts";
import { landAll } from "./consume.ts";
import { startConsole } from "./console_client.ts";
import { publish, sale, sales } from "./events.ts";
import { sandbox } from "./sandbox.ts";
import { ownServices } from "./services.ts";
import { freePorts } from "./settings.ts";
import { etl } from "./warehouse.ts";

/** What the page says of a service that is away. */
const AWAY = {
  kafka: /^Cannot reach Kafka at localhost:.+→ .*deno task kafka:start/,
  s3: /^Cannot reach S3 at http:\/\/localhost:.+→ .*deno task kafka:start/,
  warehouse: /^Cannot use the warehouse at postgresql:\/\/localhost:.+→ .*deno task kafka:start/,
  console: /^The console does not answer→ start it: deno task console/,
} as const;
type Service = keyof typeof AWAY & ServiceName;

/** A view, what it shows when it can, and the services without which it cannot. */
interface View {
  readonly route: string;
  readonly shows: (page: Page) => Promise<void>;
  readonly needs: readonly Service[];
  /** It asks once, and keeps what it was told. */
  readonly asksOnce?: true;
}

function viewsOf(topic: string): View[] {
  const link = (name: string | RegExp) => (page: Page) =>
    page.getByRole("link", { name, exact: true }).waitFor();
  return [
    {
      route: "flow",
      shows: async (page) => {
        await page.getByRole("row", { name: "sales" }).getByText("20").first().waitFor();
        await page.getByRole("alert").filter({ hasText: /^Cannot/ }).waitFor({
          state: "detached",
        });
      },
      needs: ["kafka", "s3", "warehouse"],
    },
    { route: "topics", shows: link(topic), needs: ["kafka"] },
    {
      route: `topics/${topic}?live=yes`,
      shows: async (page) => {
        await page.getByText("on disk").waitFor();
        await page.getByText("/s, all shown").waitFor();
      },
      needs: ["kafka"],
    },
    {
      route: "letters",
      shows: (page) => page.getByRole("button", { name: "Replay 1 letter…" }).first().waitFor(),
      needs: ["kafka"],
    },
    { route: "files?in=archive", shows: link(/^sales\/sales_/), needs: ["s3"] },
    {
      route: "warehouse",
      shows: (page) => page.getByText("Revenue by month").waitFor(),
      needs: ["warehouse"],
    },
    {
      route: "warehouse/fact_sales",
      shows: (page) => page.getByRole("cell", { name: "SALE-00000003" }).first().waitFor(),
      needs: ["warehouse"],
      asksOnce: true,
    },
  ];
}

/** Waits as long as a service takes to start on a busy machine, in ms. */
const BOUND_MS = 120_000;

Deno.test("in a browser: open pages say which service is away, and go on when it is back", {
  ignore: browserMissing,
}, async () => {
  await using own = await ownServices("console-outages");
  await using box = await sandbox("outages", { on: own });
  const topic = topicOf("sales", box.settings.topicPrefix);
  await publish(box, "sales", [...sales(20), sale(99, { sale_price: "much" })]);
  await landAll(box, ["--batch-size", "20", "--timeout", "1"], ["sales"]);
  assert.equal((await etl(box)).code, 0);
  const more = { CONSOLE_PORT: String(freePorts(1)[0]) };
  await using console = await startConsole(box, more);
  await using browser = await launchBrowser();
  await using stack = new AsyncDisposableStack();
  const views = await Promise.all(
    viewsOf(topic).map(async (view) => {
      const { page, errors } = stack.use(await openPage(browser));
      page.setDefaultTimeout(BOUND_MS);
      await page.goto(`${console.url}/#/${view.route}`);
      await page.evaluate("globalThis.sameDocument = true");
      return { ...view, page, errors, show: () => view.shows(page) };
    }),
  );
  const each = (when: string, work: (view: typeof views[number]) => Promise<void>) =>
    Promise.all(views.map(async (view) => {
      await work(view).catch((error) => {
        throw new Error(`${when}, under ${view.route}: ${error.message}`, { cause: error });
      });
    }));
  const live = views.find(({ route }) => route.endsWith("live=yes"))!.page;
  const rows = live.locator("table.messages tbody tr");

  await each("before all", ({ show }) => show());
  for (const service of ["kafka", "s3", "warehouse"] as const) {
    await own.stop(service);
    await each(`${service} is away`, async ({ route, page, needs, asksOnce, show }) => {
      if (!needs.includes(service)) return await show();
      if (asksOnce) {
        await show();
        for (const to of ["runs", route]) await page.evaluate(`location.hash = "#/${to}"`);
      }
      await says(page, service);
    });
    await own.start(service);
    await each(`${service} is back`, ({ show }) => show());
  }
  await publish(box, "sales", sales(1, 20));
  await rows.filter({ hasText: "SALE-00000014" }).waitFor();

  console.run.signal("SIGKILL");
  await console.run.ended();
  await each("the console is away", async ({ route, page }) => {
    await page.getByRole("status").filter({ hasText: "Console not reachable" }).waitFor();
    if (["topics", "warehouse"].includes(route)) await says(page, "console");
  });
  await publish(box, "sales", sales(1, 21));
  await using _again = await startConsole(box, more);
  await rows.filter({ hasText: "SALE-00000015" }).waitFor();
  await each("the console is back", async ({ page, show }) => {
    await page.getByRole("status").filter({ hasText: /^Live/ }).first().waitFor();
    if (page !== live) await show();
  });
  assert.equal(await rows.count(), 2, "each once");

  // What it asks to be changed is let in by the console that was started since.
  const letters = views[0]!.page;
  await letters.evaluate(`location.hash = "#/letters?type=sales"`);
  await letters.getByRole("button", { name: "Replay 1 letter…" }).first().click();
  await letters.getByRole("dialog").getByText(/sales_topic\/\d\/\d/).waitFor();

  for (const { page, errors } of views) {
    assert.equal(await page.evaluate("globalThis.sameDocument"), true, "it was loaded anew");
    assert.deepEqual(scriptErrors(errors), []);
  }
});

async function says(page: Page, away: keyof typeof AWAY): Promise<void> {
  await page.getByRole("alert").filter({ hasText: AWAY[away] }).first().waitFor();
}

/** What went wrong on a page, but for what the browser says of answers that are an error. */
function scriptErrors(errors: readonly string[]): string[] {
  return errors.filter((error) => !error.startsWith("Failed to load resource"));
}
