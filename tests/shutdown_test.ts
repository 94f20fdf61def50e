import assert from "node:assert/strict";
import process from "node:process";
import { shutdownSignal } from "../shared/shutdown.ts";

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

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`shutdownSignal() aborts on the first ${signal}`, () => {
    const codes: number[] = [];
    using shutdown = shutdownSignal((code) => codes.push(code));
    assert.equal(shutdown.signal.aborted, false);
    process.emit(signal);
    assert.equal(shutdown.signal.aborted, true);
    assert.deepEqual(codes, []);
  });
}

Deno.test("shutdownSignal() takes a second signal at once for the same press", () => {
  withClock((at) => {
    const codes: number[] = [];
    using _shutdown = shutdownSignal((code) => codes.push(code));
    process.emit("SIGINT");
    at(400);
    process.emit("SIGTERM");
    assert.deepEqual(codes, []);
  });
});

Deno.test("shutdownSignal() exits with 130 on a later second SIGINT or SIGTERM", () => {
  withClock((at) => {
    const codes: number[] = [];
    using _shutdown = shutdownSignal((code) => codes.push(code));
    process.emit("SIGHUP");
    at(401);
    process.emit("SIGINT");
    process.emit("SIGTERM");
    assert.deepEqual(codes, [130, 130]);
  });
});

Deno.test("shutdownSignal() never takes SIGHUP for a second press: closing a terminal sends several", () => {
  withClock((at) => {
    const codes: number[] = [];
    using shutdown = shutdownSignal((code) => codes.push(code));
    process.emit("SIGTERM");
    at(10_000);
    process.emit("SIGHUP");
    assert.equal(shutdown.signal.aborted, true);
    assert.deepEqual(codes, []);
  });
});

Deno.test("shutdownSignal() gives the signals back", () => {
  const count = () =>
    ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => process.listenerCount(signal));
  const before = count();
  const shutdown = shutdownSignal(() => {});
  assert.deepEqual(count(), before.map((n) => n + 1));
  shutdown[Symbol.dispose]();
  assert.deepEqual(count(), before);
});
