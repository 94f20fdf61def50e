import assert from "node:assert/strict";
import process from "node:process";
import { exitCodeOf, isInterruptedCode } from "../../../shared/cli/interruption.ts";
import { shutdownSignal } from "../../../shared/cli/shutdown.ts";

/** The signals as a program has them: what the first and each second press has led to. */
function listen() {
  const first: string[] = [];
  const codes: number[] = [];
  const shutdown = shutdownSignal({
    onFirst: (by) => first.push(by),
    onSecond: ({ exitCode }) => codes.push(exitCode),
  });
  return { ...shutdown, first, codes, [Symbol.dispose]: () => shutdown[Symbol.dispose]() };
}

/** Has the clock that tells two presses from one show the given times, in ms. */
function withClock(body: (at: (ms: number) => void) => void): void {
  const { now } = performance;
  let time = 0;
  performance.now = () => time;
  try {
    body((ms) => time = ms);
  } finally {
    performance.now = now;
  }
}

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  Deno.test(`shutdownSignal() aborts on the first ${signal}, which stands for exit code ${code}`, () => {
    using shutdown = listen();
    assert.equal(shutdown.signal.aborted, false);
    process.emit(signal);
    assert.equal(shutdown.signal.aborted, true);
    assert.deepEqual([shutdown.first, shutdown.codes], [[signal], []]);
    assert.equal(exitCodeOf(shutdown.signal), code);
    assert.ok(isInterruptedCode(code));
  });
}

Deno.test("shutdownSignal() takes a second signal at once for the same press", () => {
  withClock((at) => {
    using shutdown = listen();
    process.emit("SIGINT");
    at(400);
    process.emit("SIGTERM");
    assert.deepEqual(shutdown.codes, []);
  });
});

Deno.test("shutdownSignal() tells of a later second SIGINT or SIGTERM", () => {
  withClock((at) => {
    using shutdown = listen();
    process.emit("SIGHUP");
    at(401);
    process.emit("SIGINT");
    process.emit("SIGTERM");
    assert.deepEqual(shutdown.codes, [130, 143]);
  });
});

Deno.test("shutdownSignal() never takes SIGHUP for a second press: closing a terminal sends several", () => {
  withClock((at) => {
    using shutdown = listen();
    process.emit("SIGTERM");
    at(10_000);
    process.emit("SIGHUP");
    assert.equal(shutdown.signal.aborted, true);
    assert.deepEqual(shutdown.codes, []);
  });
});

Deno.test("shutdownSignal() gives the signals back", () => {
  const count = () =>
    ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => process.listenerCount(signal));
  const before = count();
  const shutdown = shutdownSignal({ onSecond: () => {} });
  assert.deepEqual(count(), before.map((n) => n + 1));
  shutdown[Symbol.dispose]();
  assert.deepEqual(count(), before);
});
