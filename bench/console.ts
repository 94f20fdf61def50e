/**
 * `deno task bench:console`: what the console and its page hold after so many looks at the pipeline,
 * whether the page can be used while events come fast, and how long a large topic takes to open, with
 * real services of its own. Prints what it measured; judges nothing. Linux only, with a Chromium.
 */
import type { Browser } from "playwright-core";
import { runEntry } from "../shared/cli/entry.ts";
import { Option, parseOptions, positiveInteger } from "../shared/cli/options.ts";
import { orAborted } from "../shared/cli/or_aborted.ts";
import { table } from "../shared/cli/table.ts";
import { topicOf } from "../shared/catalogue/events.ts";
import { launchBrowser, openPage } from "../tests/integration/browser.ts";
import { startConsole } from "../tests/integration/console_client.ts";
import { program } from "../tests/integration/program.ts";
import { type OwnServices, ownServices } from "../tests/integration/services.ts";
import { until } from "../tests/integration/wait.ts";
import { fillTopic, publishAt } from "./fill_topic.ts";
import { openLargeTopic } from "./large_topic.ts";
import { probePage } from "./page_probe.ts";
import { residentMiB } from "./usage.ts";

interface Options extends Record<string, unknown> {
  readonly updates: number;
  readonly rate: number;
  readonly messages: number;
}

const options = [
  new Option("--updates <n>", "looks at the pipeline that the page is told of").default(10_000)
    .argParser(positiveInteger),
  new Option("--rate <n>", "events a second, while the page is watched").default(5_000)
    .argParser(positiveInteger),
  new Option("--messages <n>", "messages of the large topic").default(10_000_000)
    .argParser(positiveInteger),
];

/** How often the pipeline is looked at for the first measurement, in ms: as fast as it can be. */
const EVERY_MS = 1;
/** At which parts of the updates memory is measured. */
const MARKS = [0.1, 0.5, 1];
/** How long each view is watched while events come, in s. */
const WATCHED_S = 30;
/** A topic that no program of ours reads. */
const LARGE = "large";
const HOUR_MS = 3_600_000;

await runEntry((signal) => orAborted(measureAll(), signal));

async function measureAll(): Promise<void> {
  const about = "Measure the console and its page.";
  const { updates, rate, messages } = parseOptions<Options>(
    "bench:console",
    about,
    options,
    Deno.args,
  );
  await using own = await ownServices("bench");
  await using browser = await launchBrowser();
  const print = (title: string, rows: (string | number)[][]) => {
    for (const line of table([[title, ...rows[0]!.slice(1)], ...rows.slice(1)])) console.log(line);
    console.log("");
  };
  print("a page that stays open", await watchLong(own, browser, updates));
  print(`${count(rate)} events/s`, await watchFast(own, browser, rate));
  await fillTopic(own, LARGE, messages);
  print(`a topic of ${count(messages)}`, await openLargeTopic(own, browser, LARGE, messages));
}

/** What page and console hold after so many looks. */
async function watchLong(own: OwnServices, browser: Browser, updates: number) {
  await using shown = await startConsole(own, {}, ["--every", String(EVERY_MS)]);
  await using _producers = program("producers/all.ts", ["--interval", "0.5"], {
    permissions: "producer",
    env: own.env,
  });
  await using open = await openPage(browser);
  const probe = await probePage(open.page);
  await open.page.goto(`${shown.url}/#/flow`);
  const rows: (string | number)[][] = [["", "page's heap", "page's nodes", "console, resident"]];
  for (const mark of MARKS.map((part) => Math.round(part * updates))) {
    await until(`${mark} updates`, async () => await probe.updates() >= mark, HOUR_MS);
    const { heap, nodes } = await probe.memory();
    console.error(`${count(mark)} updates`);
    rows.push([
      `after ${count(mark)} updates`,
      `${(heap / 2 ** 20).toFixed(1)} MiB`,
      nodes,
      `${residentMiB(shown.run.pid)} MiB`,
    ]);
  }
  return rows;
}

/** How long views block while events come. */
async function watchFast(own: OwnServices, browser: Browser, rate: number) {
  await using shown = await startConsole(own);
  await using open = await openPage(browser);
  const probe = await probePage(open.page);
  const topic = topicOf("sales", own.settings.topicPrefix);
  const rows: (string | number)[][] = [
    ["", "published/s", "longest task", "tasks of 50 ms or more", "page's heap"],
  ];
  for (const route of ["flow", "topics", `topics/${topic}?live=yes`]) {
    await open.page.goto(`${shown.url}/#/${route}`);
    await probe.longTasks();
    const published = await publishAt(own, "sales", rate, WATCHED_S);
    const tasks = await probe.longTasks();
    const { heap } = await probe.memory();
    rows.push([
      route.replace(topic, "TOPIC"),
      Math.round(published),
      `${Math.round(Math.max(0, ...tasks))} ms`,
      tasks.length,
      `${(heap / 2 ** 20).toFixed(1)} MiB`,
    ]);
  }
  return rows;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
