import assert from "node:assert/strict";
import { watchStatus } from "../../orchestration/watch_status.ts";

const unit = { permissions: "none" } as const;
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";

Deno.test("watchStatus() draws in place, and leaves the terminal as it was", unit, async () => {
  const { terminal, written } = fakeTerminal(10, 3);
  const stop = new AbortController();
  let looks = 0;
  await watchStatus({
    look: () => {
      looks++;
      if (looks === 2) queueMicrotask(() => stop.abort());
      return Promise.resolve([`look ${looks}`, "a line that is too long"]);
    },
    seconds: 0,
    log: () => assert.fail("nothing is printed besides"),
    terminal,
    signal: stop.signal,
  });
  assert.equal(
    written.join("|"),
    `${ENTER}|\x1b[Hlook 1\x1b[K\r\na line tha\x1b[K\x1b[J|${LEAVE}`,
  );
});

Deno.test("watchStatus() counts the lines that do not fit", unit, async () => {
  const { terminal, written } = fakeTerminal(20, 2);
  const stop = new AbortController();
  const look = () => Promise.resolve(["one", "two", "three"]);
  const ended = watchStatus({ look, seconds: 60, log() {}, terminal, signal: stop.signal });
  while (written.length < 2) await Promise.resolve();
  stop.abort();
  await ended;
  assert.equal(written[1], "\x1b[Hone\x1b[K\r\n… 2 more lines\x1b[K\x1b[J");
});

Deno.test("watchStatus() leaves the terminal at once, whatever it waits for", unit, async () => {
  const { terminal, written } = fakeTerminal(20, 2);
  const stop = new AbortController();
  const looked = Promise.withResolvers<string[]>();
  const look = () => looked.promise;
  const ended = watchStatus({ look, seconds: 60, log() {}, terminal, signal: stop.signal });
  stop.abort();
  assert.deepEqual(written, [ENTER, LEAVE]);
  looked.resolve(["too late"]);
  await ended;
  assert.deepEqual(written, [ENTER, LEAVE]);
});

Deno.test("watchStatus() leaves the terminal when a look fails, and says why", unit, async () => {
  const { terminal, written } = fakeTerminal(20, 2);
  const look = () => Promise.reject(new Error("why"));
  const { signal } = new AbortController();
  await assert.rejects(
    watchStatus({ look, seconds: 60, log() {}, terminal, signal }),
    /^Error: why$/,
  );
  assert.deepEqual(written, [ENTER, LEAVE]);
});

function fakeTerminal(columns: number, rows: number) {
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  return { written, terminal: { columns: () => columns, rows: () => rows, write } };
}
