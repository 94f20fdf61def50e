import type { Page } from "playwright-core";

/** What a page holds. */
export interface PageMemory {
  /** Live objects of its scripts, after the garbage is collected, in bytes. */
  readonly heap: number;
  /** Nodes of its document, and of what scripts still hold of it. */
  readonly nodes: number;
}

/** Measures a page of Chromium. */
export interface PageProbe {
  /** How many looks at the pipeline the page was told of. */
  updates(): Promise<number>;
  /** What it holds now. */
  memory(): Promise<PageMemory>;
  /** How long the tasks took that blocked the page for 50 ms or more since the last time, in ms. */
  longTasks(): Promise<number[]>;
}

/** Prepares a page for being measured, before it is opened. */
export async function probePage(page: Page): Promise<PageProbe> {
  await page.addInitScript(`
    globalThis.seenUpdates = 0;
    globalThis.EventSource = class extends EventSource {
      constructor(...given) {
        super(...given);
        this.addEventListener("seen", () => globalThis.seenUpdates++);
      }
    };
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.longTasks.push(duration);
    }).observe({ type: "longtask" });
  `);
  const devTools = await page.context().newCDPSession(page);
  await devTools.send("Performance.enable");
  return {
    updates: () => page.evaluate<number>("globalThis.seenUpdates"),
    async memory() {
      await devTools.send("HeapProfiler.collectGarbage");
      const { metrics } = await devTools.send("Performance.getMetrics");
      const valueOf = (name: string) => metrics.find((metric) => metric.name === name)!.value;
      return { heap: valueOf("JSHeapUsedSize"), nodes: valueOf("Nodes") };
    },
    longTasks: () => page.evaluate<number[]>("globalThis.longTasks.splice(0)"),
  };
}
