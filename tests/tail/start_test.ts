import assert from "node:assert/strict";
import { parseStart } from "../../tail/start.ts";

const NOW = Date.UTC(2026, 1, 26, 12);

Deno.test("parseStart() reads the places and times at which a tail can begin", () => {
  assert.deepEqual(parseStart("end", NOW), { kind: "end" });
  assert.deepEqual(parseStart("beginning", NOW), { kind: "beginning" });
  assert.deepEqual(parseStart("15m", NOW), { kind: "time", ms: NOW - 900_000 });
  assert.deepEqual(parseStart("2d", NOW), { kind: "time", ms: NOW - 172_800_000 });
  assert.deepEqual(parseStart("last:100", NOW), { kind: "last", count: 100 });
  assert.deepEqual(parseStart("2/41", NOW), { kind: "offset", partition: 2, offset: 41 });
  const ten = { kind: "time", ms: Date.UTC(2026, 1, 26, 10) };
  for (const text of ["2026-02-26T10:00", "2026-02-26T10:00:00Z", "2026-02-26T12:00+02:00"]) {
    assert.deepEqual(parseStart(text, NOW), ten, text);
  }
  assert.deepEqual(parseStart("2026-02-26", NOW), { kind: "time", ms: Date.UTC(2026, 1, 26) });
});

Deno.test("parseStart() takes nothing else", () => {
  const others = [
    "",
    "now",
    "15",
    "15x",
    "-5m",
    "last:",
    "2026-13-45",
    "2026-02-26T25:00",
    "1/x",
  ];
  for (const text of others) assert.equal(parseStart(text, NOW), undefined, text);
});
