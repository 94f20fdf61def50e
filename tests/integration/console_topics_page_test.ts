import assert from "node:assert/strict";
import { parse } from "csv-parse/sync";
import type { Page } from "playwright-core";
import { topicOf } from "../../shared/catalogue/events.ts";
import { landAll } from "./consume.ts";
import { assertAccessible, browserMissing, launchBrowser, openPage } from "./browser.ts";
import { startConsole } from "./console_client.ts";
import { publish, publishMessages, sale, sales, type TestMessage } from "./events.ts";
import { sandbox } from "./sandbox.ts";
import { until } from "./wait.ts";

const PHONE = { width: 360, height: 740 };

/** Rows of the list of messages. */
const rowsOf = (page: Page) => page.locator("table.messages tbody tr");

async function assertFits(page: Page): Promise<void> {
  const { width } = page.viewportSize()!;
  assert.equal(await page.evaluate("document.documentElement.scrollWidth"), width);
}

/** The text of a file that the page saves. */
async function saved(page: Page, button: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button }).click(),
  ]);
  return await Deno.readTextFile(await download.path());
}

function browserTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `in a browser: ${name}`, ignore: browserMissing, fn });
}

browserTest(
  "hostile messages are shown as what they are, whole on demand, by keyboard, in light and dark, on a phone",
  async () => {
    await using box = await sandbox("page-hostile");
    const topic = topicOf("sales", box.settings.topicPrefix);
    const script = `<img src=x onerror="globalThis.pwned=1"><script>globalThis.pwned=1</script>`;
    const large = JSON.stringify({ event_id: "LARGE", note: "é".repeat(450_000), end: script });
    const hostile: TestMessage[] = [
      { key: script, value: script, headers: { [script]: script } },
      { key: "large", value: large },
      { key: "turned", value: `{"note":"\u202egnihton \u0000 \u001b[2J مرحبا"}` },
      { key: new Uint8Array([255, 0]), value: new Uint8Array([0, 255, 254, 10]) },
      { key: null, value: null },
      { key: "no time", value: "{}", timestamp: "9000000000000000" },
    ];
    await publishMessages(box, "sales", hostile.map((one) => ({ partition: 0, ...one })));
    await using console = await startConsole(box);
    await using browser = await launchBrowser();

    for (const colorScheme of ["light", "dark"] as const) {
      await using open = await openPage(browser, { colorScheme, viewport: PHONE });
      const { page, errors } = open;
      await page.goto(`${console.url}/#/topics`);
      await page.getByRole("link", { name: topic }).click();
      await rowsOf(page).nth(5).waitFor();
      const texts = await rowsOf(page).allTextContents();
      const row = (offset: number) => texts.find((text) => text.includes(`0/${offset}`))!;
      assert.equal(texts.length, 6);
      assert.ok(row(0).includes(`${script}${script}`), row(0));
      assert.match(row(1), /large\{"event_id":"LARGE","note":"é+…900,/);
      assert.ok(row(2).includes(String.raw`"\u202egnihton \u0000 \u001b[2J مرحبا"`), row(2));
      assert.match(row(3), /ff 0000 ff fe 0a4$/);
      assert.match(row(4), /–tombstone0$/);
      assert.match(row(5), /^9000000000000000 ms/);
      await assertAccessible(page);
      await assertFits(page);

      await page.getByRole("button", { name: "0/0" }).focus();
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog");
      await dialog.waitFor();
      const headers = dialog.getByRole("table", { name: "Headers" });
      assert.deepEqual(await headers.getByRole("cell").allTextContents(), [script, script]);
      assert.equal(await dialog.locator("pre").textContent(), script);
      await assertAccessible(page);
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });

      await page.getByRole("button", { name: "0/1" }).click();
      await dialog.locator("pre").waitFor();
      const pretty = JSON.stringify(JSON.parse(large), undefined, 2);
      assert.ok(await dialog.locator("pre").textContent() === pretty.slice(0, 20_000));
      await dialog.getByRole("combobox", { name: "value as" }).selectOption("text");
      await dialog.getByRole("button", { name: "Show all" }).press("Enter");
      await dialog.getByText("Show all").waitFor({ state: "detached" });
      assert.ok(await dialog.locator("pre").textContent() === large, "all of the large value");
      assert.ok(await saved(page, "Save the value") === large);
      await dialog.getByRole("link", { name: "Open alone" }).click();
      await page.getByRole("link", { name: "offset 2 →" }).click();
      await page.getByRole("link", { name: "offset 3 →" }).click();
      await page.getByText("4 bytes, not UTF-8").waitFor();
      assert.equal(await page.locator("pre").textContent(), "00 ff fe 0a");
      await page.getByRole("combobox", { name: "value as" }).selectOption("base64");
      assert.equal(await page.locator("pre").textContent(), "AP/+Cg==");
      await page.getByRole("link", { name: "offset 4 →" }).click();
      await page.getByText("A tombstone: it has no value").waitFor();
      await assertAccessible(page);
      assert.equal(await page.evaluate("globalThis.pwned"), undefined);
      assert.deepEqual(errors, []);
    }
  },
);

browserTest(
  "a search by keyboard says its order and how far it is, goes on, and is saved as it is shown",
  async () => {
    await using box = await sandbox("page-search");
    const topic = topicOf("sales", box.settings.topicPrefix);
    const formula = `=HYPERLINK("http://x")`;
    await publishMessages(
      box,
      "sales",
      Array.from({ length: 250 }, (_, n) => ({
        key: n === 7 ? formula : `key-${n}`,
        partition: n % 3,
        timestamp: String(1_700_000_000_000 + n * 1_000),
        value: JSON.stringify(sale(n)),
        headers: n === 7 ? { source: 'a,"b"' } : undefined,
      })),
    );
    await publishMessages(box, "payments", [
      { key: "long", value: `{"note":"${"x".repeat(9_000)}"}`, partition: 0 },
      { key: "bytes", value: new Uint8Array([255]), partition: 0 },
    ]);
    await using console = await startConsole(box);
    await using browser = await launchBrowser();
    await using open = await openPage(browser, { acceptDownloads: true, timezoneId: "Asia/Tokyo" });
    const { page, errors } = open;
    await page.goto(`${console.url}/#/topics/${topic}`);
    const status = page.getByRole("region", { name: "Messages" }).getByRole("status").first();
    const says = (text: string) => status.filter({ hasText: text }).waitFor();
    await says("Newest first: 50 of 50 read, 50 messages");

    const from = page.getByLabel("from");
    await from.fill("beginning");
    await from.press("Enter");
    await says("Oldest first: 100 of 250 read, 100 messages");
    const goOn = page.getByRole("button", { name: "Continue" });
    await goOn.focus();
    await page.keyboard.press("Enter");
    await says("200 of 250 read, 200 messages");
    await goOn.click();
    await says("Oldest first: 250 of 250 read, 250 messages");
    assert.equal(await goOn.count(), 0);
    assert.match(await rowsOf(page).first().textContent() ?? "", /0\/0key-0/);
    assert.match(await rowsOf(page).last().textContent() ?? "", /0\/83key-249/);
    await assertAccessible(page);

    const rows: string[][] = parse(await saved(page, "CSV"));
    assert.equal(rows.length, 251);
    assert.deepEqual(rows[8], [
      ...[topic, "1", "2", "2023-11-14T22:13:27.000Z", `'${formula}`],
      ...[`{"source":["a,\\"b\\""]}`, JSON.stringify(sale(7))],
    ]);
    const lines = (await saved(page, "NDJSON")).trimEnd().split("\n").map((line) =>
      JSON.parse(line)
    );
    assert.deepEqual(lines[7], {
      ...{ topic, partition: 1, offset: 2, timestamp: "2023-11-14T22:13:27.000Z", key: formula },
      ...{ headers: { source: [`a,"b"`] }, value: sale(7) },
    });

    // As a person in Tokyo would type what the page shows.
    await from.fill("2023-11-15T07:17:27");
    await page.getByLabel("event id is").fill(String(sale(248).event_id));
    await page.getByLabel("event id is").press("Enter");
    await says("Oldest first: 3 of 3 read, 1 match");
    assert.match(await rowsOf(page).first().textContent() ?? "", /07:17:28.*key-248/);
    await page.goBack();
    await says("100 of 250 read");
    assert.equal(await from.inputValue(), "beginning");
    await page.getByLabel("any text has").fill("nobody");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByText("No message matches").waitFor();
    await from.fill("last:9");
    await page.getByLabel("any text has").fill("key-11");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("link", { name: "Search all of it" }).press("Enter");
    await says("Newest first: 250 of 250 read, 11 matches");
    await from.fill("tomorrow");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("alert").filter({ hasText: "no place to read from" }).waitFor();

    // What the list shows in part is saved whole.
    await page.goto(`${console.url}/#/topics/${topicOf("payments", box.settings.topicPrefix)}`);
    await says("2 messages");
    const [bytes, long] = (await saved(page, "NDJSON")).trimEnd().split("\n")
      .map((line) => JSON.parse(line)).toSorted((a, b) => a.key < b.key ? -1 : 1);
    assert.deepEqual(bytes.value, { base64: "/w==" });
    assert.equal(long.value.note.length, 9_000);
    assert.deepEqual(errors, []);
  },
);

browserTest(
  "a live tail shows each message once, counts while it is paused, and says what it leaves out",
  async () => {
    await using box = await sandbox("page-tail");
    const topic = topicOf("sales", box.settings.topicPrefix);
    await publish(box, "sales", sales(3));
    await using console = await startConsole(box);
    await using browser = await launchBrowser();
    await using open = await openPage(browser, { viewport: PHONE });
    const { page, errors } = open;
    await page.goto(`${console.url}/#/topics/${topic}`);
    await rowsOf(page).nth(2).waitFor();
    await page.getByRole("button", { name: "Live" }).press("Enter");
    await page.getByText("0/s, all shown").waitFor();
    assert.equal(await rowsOf(page).count(), 0);

    await publish(box, "sales", sales(12, 100));
    await rowsOf(page).nth(11).waitFor();
    const pause = page.getByRole("button", { name: "Pause" });
    await pause.press("Enter");
    await publish(box, "sales", sales(5_000, 200));
    await page.getByText("5,000 new since the pause").waitFor();
    assert.equal(await rowsOf(page).count(), 12);
    await assertAccessible(page);
    await pause.press("Enter");
    await rowsOf(page).nth(12).waitFor();

    await publish(box, "sales", sales(5_000, 6_000));
    await page.getByText(/\d of [\d,]+\/s shown/).waitFor();
    for (let round = 0; round < 12; round++) {
      const before = await rowsOf(page).first().textContent();
      await publish(box, "sales", sales(60, 20_000 + 60 * round));
      const first = rowsOf(page).first();
      await until("newer ones are on top", async () => await first.textContent() !== before);
    }
    const places = await rowsOf(page).getByRole("button").allTextContents();
    assert.equal(places.length, 200, "no more are kept");
    assert.equal(new Set(places).size, places.length, "each once");
    await assertFits(page);
    await page.getByRole("button", { name: "Live" }).click();
    await page.getByText("Newest first: 50 of 50 read").first().waitFor();
    assert.deepEqual(errors, []);
  },
);

browserTest(
  "groups are shown with members, lag per partition, and what to run where there is none",
  async () => {
    await using box = await sandbox("page-groups");
    const { group, topicPrefix } = box.settings;
    const topic = topicOf("sales", topicPrefix);
    await using console = await startConsole(box);
    await using browser = await launchBrowser();
    for (const colorScheme of ["light", "dark"] as const) {
      await using open = await openPage(browser, { colorScheme, viewport: PHONE });
      const { page, errors } = open;
      if (colorScheme === "light") {
        await page.goto(`${console.url}/#/groups/${group}`);
        await page.getByText("Nobody is in it. To start a consumer: deno task consume").waitFor();
        await page.getByText("It has committed nothing.").waitFor();
        await assertAccessible(page);
        await publish(box, "sales", sales(20), { partition: 2 });
        await landAll(box, ["--batch-size", "20", "--timeout", "1"], ["sales"]);
        await publish(box, "sales", sales(1_234, 20), { partition: 2 });
      }
      await page.goto(`${console.url}/#/groups`);
      const link = page.getByRole("link", { name: group, exact: true });
      await link.waitFor();
      await assertAccessible(page);
      await assertFits(page);
      await link.press("Enter");
      const row = page.getByRole("row", { name: new RegExp(`${topic} 2 1,234 .* 20 1,254`) });
      await row.waitFor();
      await row.locator("polyline").waitFor({ state: "attached" });
      await assertAccessible(page);
      await assertFits(page);
      await row.getByRole("link", { name: topic }).click();
      await page.getByRole("heading", { name: new RegExp(`Topics.*${topic}`) }).waitFor();
      assert.deepEqual(errors, []);
    }
  },
);
