import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { consume, landAll } from "./consume.ts";
import { assertAccessible, browserMissing, launchBrowser, openPage } from "./browser.ts";
import { flowWith, startConsole, type TestConsole } from "./console_client.ts";
import { publish, sale, sales } from "./events.ts";
import { program } from "./program.ts";
import { orchestrated } from "./orchestrate.ts";
import { ownServices } from "./services.ts";
import { freePorts } from "./settings.ts";
import { etl, startEtl, verify, warehouseBox } from "./warehouse.ts";

const ARGS = ["--batch-size", "20", "--timeout", "1"];

Deno.test("the console shows the whole way of events, and replays dead letters from a click on", {
  ignore: browserMissing,
}, async (t) => {
  await using box = await warehouseBox("console");
  await using browser = await launchBrowser();
  await using shown = await startConsole(box);
  const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  const events = [
    ...sales(18),
    sale(18, { customer_name: hostile, [hostile]: hostile }),
    sale(19, { customer_name: "\u202eevil\u202c שלום", notes: "=cmd()" }),
    sale(20, { sale_price: hostile }),
  ];
  await publish(box, "sales", events, { partition: 1 });
  await landAll(box, ARGS, ["sales"]);
  await etl(box);
  const topic = `${box.settings.topicPrefix}sales_topic`;

  await t.step("flow: what waits, what was loaded, and what keeps it", async () => {
    await using view = await open(browser, shown, "flow");
    const row = view.page.getByRole("row", { name: "sales" });
    // Published; its rate may be as much.
    await row.getByRole("cell", { name: "21", exact: true }).first().waitFor();
    await row.getByRole("cell", { name: "20", exact: true }).first().waitFor();
    await publish(box, "payments", [{ nothing: "of use" }]);
    await view.page.getByText("no consumer is in the group").waitFor();
    await view.page.getByText("deno task consume", { exact: false }).first().waitFor();
    await finish(view);
  });

  await t.step("trace: by the box, by keyboard alone", async () => {
    await using view = await open(browser, shown, "flow");
    await view.page.getByRole("searchbox").focus();
    await view.page.keyboard.type(String(sale(18).event_id));
    await view.page.keyboard.press("Enter");
    await view.page.getByText("warehouse.fact_sales").waitFor();
    await view.page.getByText(`${topic}/1/18`).first().waitFor();
    await view.page.getByText("line 20").waitFor();
    assert.ok((await view.page.locator("pre").first().innerText()).includes("<script>"));
    await finish(view);
  });

  await t.step("files: what landed, its rows and where they come from", async () => {
    await using view = await open(browser, shown, "files?in=archive");
    await view.page.getByRole("link", { name: /^sales\/sales_/ }).click();
    await view.page.getByText("20 rows = 20 facts + 0 rejected + 0 repeats").waitFor();
    await view.page.getByText("partition 1, offsets 0 to 19").waitFor();
    await view.page.getByRole("cell", { name: hostile }).first().waitFor();
    const download = view.page.waitForEvent("download");
    await view.page.getByRole("link", { name: "Download" }).click();
    assert.match((await download).suggestedFilename(), /^sales_\d{8}_\d{6}\w*\.csv$/);
    await finish(view);
  });

  await t.step("dead letters: from a click to the topic and back", async () => {
    await using view = await open(browser, shown, "letters?type=sales");
    await view.page.getByText("sale_price is").first().waitFor();
    await view.page.locator("summary").click();
    assert.ok((await view.page.locator("pre").innerText()).includes("<script>"));
    await view.page.getByRole("button", { name: "Replay 1 letter…" }).first().click();
    const dialog = view.page.getByRole("dialog");
    await dialog.getByText(`${topic}/1/20`).waitFor();
    await dialog.getByRole("button", { name: "Replay 1 letter" }).click();
    await view.page.getByText("Replayed 1 letter").waitFor();
    await view.page.getByRole("checkbox").check();
    await view.page.getByText(`replayed to ${topic}/1/21`).waitFor();
    await finish(view);
  });

  await t.step("warehouse: tables, views, and pictures of what they answer", async () => {
    await using view = await open(browser, shown, "warehouse");
    await view.page.getByText("Revenue by month").waitFor();
    await view.page.getByRole("link", { name: "fact_sales" }).click();
    await view.page.getByRole("cell", { name: String(sale(3).event_id) }).first().waitFor();
    await finish(view);
  });

  await t.step("verify: the proof on demand", async () => {
    await landAll(box, ARGS, ["payments"]);
    await using view = await open(browser, shown, "verify");
    await view.page.getByRole("button", { name: "Prove it now" }).click();
    await view.page.getByText(/published = /).waitFor();
    await view.page.getByText("dead letters").first().waitFor();
    await finish(view);
  });

  await t.step("runs: what a proof has counted", async () => {
    assert.equal((await verify(box)).code, 0);
    await using view = await open(browser, shown, "runs");
    const row = view.page.getByRole("table", { name: "Proofs" }).getByRole("row", {
      name: "passed",
    });
    await row.getByRole("cell", { name: "20" }).first().waitFor();
    await finish(view);
  });

  await t.step("every view is accessible in light and dark, and fits a phone", async () => {
    const views = ["flow", "trace", "files", "letters?all=1", "warehouse", "verify", "runs"];
    for (const colorScheme of ["light", "dark"] as const) {
      await using view = await openPage(browser, {
        colorScheme,
        viewport: { width: 360, height: 740 },
      });
      for (const name of views) {
        await view.page.goto(`${shown.url}/#/${name}`);
        await view.page.getByRole("heading", { level: 1 }).waitFor({ state: "attached" });
        await view.page.locator("main :text('Loading…')").waitFor({ state: "detached" });
        await assertAccessible(view.page);
        const width = await view.page.evaluate<number>("document.documentElement.scrollWidth");
        assert.ok(width <= 360, `${name} is ${width} px wide`);
      }
      assert.deepEqual(view.errors, []);
    }
  });

  await t.step("it says in one line where it is, and stops on the first Ctrl-C", async () => {
    shown.run.signal("SIGINT");
    const { code, stdout, stderr } = await shown.run.ended();
    assert.deepEqual([code, stdout, stderr], [
      0,
      `Console: ${shown.url.replace("127.0.0.1", "localhost")}\n`,
      "",
    ]);
  });
});

Deno.test("the console runs without any service, says which are missing, and sees them come", async () => {
  await using box = await warehouseBox("console-away");
  const [kafka, s3, warehouse] = freePorts(3);
  await using shown = await startConsole(box, {
    KAFKA_BROKERS: `localhost:${kafka}`,
    S3_PORT: String(s3),
    WAREHOUSE_URL: `postgresql://automotive@localhost:${warehouse}/automotive`,
  });
  await flowWith(shown, ({ problems }) => {
    const found = new Map(problems.map(({ where, what }) => [where, what]));
    return /^Cannot reach Kafka at /.test(found.get("kafka") ?? "") &&
      /^Cannot reach S3 at /.test(found.get("s3") ?? "") &&
      /^Cannot use the warehouse at /.test(found.get("warehouse") ?? "");
  });
  for (const path of ["letters", "warehouse", "verify", "files", "trace?what=SALE-1"]) {
    const response = await fetch(`${shown.url}/api/${path}`);
    const { message, hint } = await response.json();
    assert.equal(response.status, 502, path);
    assert.match(message, /^Cannot (reach|use) /, path);
    assert.ok(hint, path);
  }
});

Deno.test("the console follows a pipeline that runs: open batches, files, loads", async () => {
  await using box = await warehouseBox("console-live");
  await using shown = await startConsole(box);
  await using consumer = consume(box, ["--batch-size", "10", "--timeout", "300"]);
  await using loader = startEtl(box, "--watch");
  await publish(box, "sales", sales(10 + 4), { partition: 0 });
  interface Flow {
    types: {
      type: string;
      topicState?: { lag: number; lagSeconds?: number };
      open: { rows: number; cutsIn: { rows: number } }[];
      loaded?: { facts: number };
    }[];
    programs: { role: string }[];
  }
  await flowWith(shown, (flow, points) => {
    const { types, programs } = flow as unknown as Flow;
    const sales = types.find(({ type }) => type === "sales")!;
    return sales.topicState?.lag === 4 && (sales.topicState.lagSeconds ?? 0) > 0 &&
      points.some(({ landingSeconds }) => landingSeconds! > 0) && sales.open[0]?.rows === 4 &&
      sales.open[0].cutsIn.rows === 6 && sales.loaded?.facts === 10 &&
      ["consumer", "loader", "console"].every((role) =>
        programs.some((program) => program.role === role)
      );
  });
  consumer.signal("SIGINT");
  await consumer.ended();
  loader.signal("SIGINT");
  await loader.ended();
});

Deno.test("--stop-all ends a console that runs by itself", async () => {
  await using own = await ownServices("console-stop-all", []);
  await using shown = await startConsole(own);
  const { code, stdout } = await orchestrated(own.env, "--stop-all");
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`^Stopping the console \\(pid ${shown.run.pid}\\)…$`, "m"));
  assert.equal((await shown.run.ended()).code, 0);
});

Deno.test("others than this machine see the console with a token only", async () => {
  await using box = await warehouseBox("console-open");
  await using refused = program("console/main.ts", [], {
    permissions: "console",
    env: { ...box.env, CONSOLE_HOST: "0.0.0.0", CONSOLE_PORT: String(freePorts(1)[0]) },
  });
  const { code, stderr } = await refused.ended();
  assert.equal(code, 2);
  assert.match(stderr, /^✗ CONSOLE_HOST is 0\.0\.0\.0: .+\n {2}→ set CONSOLE_TOKEN /);

  const CONSOLE_TOKEN = "visitors-know-it";
  await using shown = await startConsole(box, { CONSOLE_HOST: "0.0.0.0", CONSOLE_TOKEN });
  const statusOf = async (path: string) => {
    const response = await fetch(`${shown.url}${path}`, { redirect: "manual" });
    await response.body?.cancel();
    return response.status;
  };
  assert.deepEqual(
    [await statusOf("/"), await statusOf("/api/runs"), await statusOf("/?token=guessed")],
    [401, 401, 401],
  );
  assert.equal(await statusOf(`/?token=${CONSOLE_TOKEN}`), 302);

  await using elsewhere = program("console/main.ts", [], {
    permissions: "console",
    env: { ...box.env, CONSOLE_TOKEN, CONSOLE_HOST: "192.0.2.1" },
  });
  const ended = await elsewhere.ended();
  assert.equal(ended.code, 1);
  assert.match(
    ended.stderr,
    /^✗ Requires net access to "192\.0\.2\.1:\d+", which .+\n {2}→ add it to /,
  );
});

Deno.test({
  name: "on an address of its own the console answers on 127.0.0.1, too, as its health check asks",
  // Other systems have no second address by themselves.
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using own = await ownServices("console-address", []);
    const [port, also] = freePorts(2);
    await using shown = program("console/main.ts", [`--also=${also}`], {
      permissions: "console",
      env: {
        ...own.env,
        CONSOLE_HOST: "127.0.0.2",
        CONSOLE_TOKEN: "visitors-know-it",
        CONSOLE_PORT: String(port),
      },
      flags: ["--allow-net"],
    });
    await shown.waitForLine(new RegExp(`^Console: http://127\\.0\\.0\\.2:${port}$`));
    for (const host of ["127.0.0.1", "127.0.0.2"]) {
      for (const at of [port, also]) {
        const response = await fetch(`http://${host}:${at}/healthz`);
        assert.equal(await response.text(), "ok\n", `${host}:${at}`);
      }
    }
  },
});

async function open(browser: Browser, { url }: TestConsole, view: string) {
  const opened = await openPage(browser, { viewport: { width: 1280, height: 860 } });
  await opened.page.goto(`${url}/#/${view}`);
  return opened;
}

/** Fails with what went wrong on a page, and with what axe finds on it. */
async function finish({ page, errors }: Awaited<ReturnType<typeof open>>): Promise<void> {
  await assertAccessible(page);
  assert.match(await page.title(), /Automotive pipeline$/);
  assert.deepEqual(errors, []);
}
