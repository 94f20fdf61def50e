import assert from "node:assert/strict";
import { underWay } from "../../orchestration/under_way.ts";
import { until } from "../../shared/cli/until.ts";

const unit = { permissions: "none" } as const;
const AT_ONCE = { afterMs: 0, everyMs: 1 };
const TOLD = "  … 0 s";

/** All that was written, in order: lines that stay, and what was drawn. */
function page() {
  const written: string[] = [];
  const log = (line: string) => void written.push(`${line}\n`);
  const terminal = { columns: () => 80, write: (text: string) => void written.push(text) };
  return { written, log, terminal };
}

Deno.test(
  "underWay() draws how long takes what a line has begun, until the next",
  unit,
  async () => {
    const { written, log, terminal } = page();
    {
      using told = underWay(log, { terminal, redraw: AT_ONCE });
      told.log("Starting Kafka…");
      await until(() => written.includes(`\r\x1b[K${TOLD}`), { timeout: 60_000, interval: 1 });
      told.log("started");
      const { length } = written;
      assert.deepEqual(written.slice(length - 2), ["\r\x1b[K", "started\n"]);
      told.log("Stopping Kafka…");
      await until(() => written.length > length + 1, { timeout: 60_000, interval: 1 });
    }
    assert.equal(written.at(-1), "\r\x1b[K");
  },
);

Deno.test(
  "underWay() says it in a line now and then where there is no terminal",
  unit,
  async () => {
    const { written, log } = page();
    using told = underWay(log, { terminal: undefined, announceEveryMs: 1 });
    told.log("Building…");
    await until(() => written.length > 2, { timeout: 60_000, interval: 1 });
    assert.deepEqual(written.slice(0, 2), ["Building…\n", `${TOLD}\n`]);
  },
);
