import assert from "node:assert/strict";
import { type DemoProgress, progressText } from "../../orchestration/demo_progress.ts";
import type { Type } from "../../shared/catalogue/events.ts";

type Consumer = NonNullable<DemoProgress["consumer"]>;

function consumer(open: [Type, number, number][], files: number): Consumer {
  const none = { events: 0, rows: 0, repeats: 0, deadLetters: 0, tombstones: 0, recovered: 0 };
  return {
    policy: { rows: 5, seconds: 60 },
    filesInFlight: 0,
    totals: { ...none, files },
    openBatches: open.map(([type, rows, seconds]) => ({
      type,
      rows,
      bytes: 1,
      ageSeconds: 60 - seconds,
      cutsIn: { rows: 5 - rows, seconds },
    })),
  };
}

const begun = { secondsLeft: 90, published: 0, planned: 30, loaded: 0 };

Deno.test("progressText() says what is known before anything answers", () => {
  assert.equal(
    progressText(begun),
    "… 1:30 left, next: the first events; 0 of 30 events published; files landed –, loaded 0",
  );
});

Deno.test("progressText() tells open batches, lag and the next events", () => {
  const open: [Type, number, number][] = [["sales", 2, 50.2], ["payments", 2, 50.9]];
  assert.equal(
    progressText({
      ...begun,
      secondsLeft: 79.5,
      published: 12,
      nextEventsIn: 3.2,
      consumer: consumer(open, 0),
      lag: 12,
    }),
    "… 1:20 left, next: an event of each system in 4 s; 12 of 30 events published; lag 12; " +
      "files landed 0, loaded 0; open batches: sales 2/5, payments 2/5",
  );
});

Deno.test("progressText() tells what comes when all is published: land, load, wait", () => {
  const all = { ...begun, secondsLeft: 60, published: 30, lag: 0 };
  const next = (changes: Partial<DemoProgress>) =>
    progressText({ ...all, ...changes }).split("next: ")[1]!.split(";")[0];
  const open: [Type, number, number][] = [["sales", 4, 41.2], ["payments", 4, 40.1]];
  assert.equal(
    next({ consumer: consumer(open, 4), loaded: 4 }),
    "payments lands in 41 s at the latest",
  );
  assert.equal(next({ consumer: consumer([], 6), loaded: 5 }), "landed files are loaded");
  assert.equal(
    next({ consumer: consumer([], 6), loaded: 6 }),
    "everything is stopped and verified when the time is up",
  );
});
