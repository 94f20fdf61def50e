import assert from "node:assert/strict";
import { orderOf, readTime, UNDECIDED } from "../../../warehouse/source/source_time.ts";

const UTC = { zone: "UTC", isDay: false, order: undefined } as const;
const BERLIN = { zone: "Europe/Berlin", isDay: false, order: undefined } as const;

Deno.test("readTime() takes the usual forms without a zone as UTC", () => {
  const times = {
    "2026-02-26": "2026-02-26T00:00:00.000000",
    "2025-03-17 00:00:00": "2025-03-17T00:00:00.000000",
    "2026/2/6 9:05": "2026-02-06T09:05:00.000000",
    "2026-02-26T12:30+02:00": "2026-02-26T10:30:00.000000",
    "1740563445": "2025-02-26T09:50:45.000000",
    "1740563445.25": "2025-02-26T09:50:45.250000",
    "1740563445123": "2025-02-26T09:50:45.123000",
    // The same both ways.
    "05/05/2025": "2025-05-05T00:00:00.000000",
  };
  for (const [text, time] of Object.entries(times)) assert.equal(readTime(text, UTC), time, text);
  const none = ["31-02-2025", "-2025", "26-02/2026", "26/02/26", "20260226", "2026/02/30", "25:00"];
  for (const text of none) assert.equal(readTime(text, UTC), undefined, text);
});

Deno.test("readTime() takes dates with the year last only by what their column says", () => {
  assert.equal(readTime("05/06/2025", UTC), UNDECIDED);
  assert.equal(readTime("26/02/2026", UTC), UNDECIDED);
  const of = (text: string, order: "day first" | "month first" | "unknown" | "contradictory") =>
    readTime(text, { ...UTC, order });
  assert.equal(of("05.06.2025 10:00", "day first"), "2025-06-05T10:00:00.000000");
  assert.equal(of("05-06-2025", "month first"), "2025-05-06T00:00:00.000000");
  assert.match(JSON.stringify(of("05/06/2025", "unknown")), /the day or the month is first/);
  assert.match(JSON.stringify(of("26/02/2026", "contradictory")), /other way round/);
  const orders = ["26/02/2026", "02/26/2026", "05/06/2025", "31/02/2025", "2026-02-26"].map(
    orderOf,
  );
  assert.deepEqual(orders, ["day first", "month first", undefined, undefined, undefined]);
});

Deno.test("readTime() moves moments from their zone to UTC, and days not", () => {
  assert.equal(readTime("2025-07-01 12:00:00", BERLIN), "2025-07-01T10:00:00.000000");
  assert.equal(readTime("2025-07-01T12:00:00Z", BERLIN), "2025-07-01T12:00:00.000000");
  assert.equal(readTime("2025-07-01", BERLIN), "2025-07-01T00:00:00.000000");
  assert.equal(readTime("2025-07-01 00:00:00", BERLIN), "2025-06-30T22:00:00.000000");
  const day = { ...BERLIN, isDay: true };
  assert.equal(readTime("2025-07-01 00:00:00", day), "2025-07-01T00:00:00.000000");
  assert.equal(readTime("2025-07-01 00:30:00", day), "2025-06-30T22:30:00.000000");
  // Earlier than the first year that there is.
  assert.equal(readTime("0001-01-01 00:30:00", BERLIN), undefined);
});

Deno.test("readTime() guesses no time that its zone does not have, or has twice", () => {
  assert.match(JSON.stringify(readTime("2025-03-30 02:30:00", BERLIN)), /does not exist/);
  assert.match(JSON.stringify(readTime("2025-10-26 02:30:00", BERLIN)), /is ambiguous/);
  assert.equal(readTime("2025-10-26 02:30:00+01:00", BERLIN), "2025-10-26T01:30:00.000000");
});
