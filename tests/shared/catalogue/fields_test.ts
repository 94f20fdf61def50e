import fc from "fast-check";
import assert from "node:assert/strict";
import {
  amount,
  id,
  integer,
  type Kind,
  note,
  number,
  text,
  timestamp,
} from "../../../shared/catalogue/fields.ts";

const unit = { permissions: "none" } as const;

Deno.test("timestamp keeps the canonical format", unit, () => {
  assert.equal(timestamp.encode("2026-02-26T10:30:45.123456"), "2026-02-26T10:30:45.123456");
});

Deno.test("timestamp brings ISO 8601 of other writers into the canonical format", unit, () => {
  const cases = {
    "2026-02-26": "2026-02-26T00:00:00.000000",
    "2026-02-26T10:30": "2026-02-26T10:30:00.000000",
    "2026-02-26 10:30:45": "2026-02-26T10:30:45.000000",
    "2026-02-26T10:30:45Z": "2026-02-26T10:30:45.000000",
    "2026-02-26T10:30:45.5Z": "2026-02-26T10:30:45.500000",
    "2026-02-26T10:30:45.123456789": "2026-02-26T10:30:45.123456",
    "2026-02-26T00:30:45.123456+02:00": "2026-02-25T22:30:45.123456",
    "2026-02-26T10:30:45-0330": "2026-02-26T14:00:45.000000",
    "2026-02-26 10:30:45+05": "2026-02-26T05:30:45.000000",
    "2026-02-26 10:30:45 +0200": "2026-02-26T08:30:45.000000",
    "2026-02-26 10:30:45.5 Z": "2026-02-26T10:30:45.500000",
    "2026-02-26T23:59:59.9999999": "2026-02-26T23:59:59.999999",
    "2026-12-31T23:59:59.9999996+00:00": "2026-12-31T23:59:59.999999",
    "2026-02-26T10:30:45.1234567890123": "2026-02-26T10:30:45.123456",
    "2026-02-26T10:30:45-00:30": "2026-02-26T11:00:45.000000",
    "2024-02-29T00:00:00+14:00": "2024-02-28T10:00:00.000000",
    "2000-02-29": "2000-02-29T00:00:00.000000",
    "0001-01-01": "0001-01-01T00:00:00.000000",
    "9999-12-31T23:59:59Z": "9999-12-31T23:59:59.000000",
  };
  for (const [given, expected] of Object.entries(cases)) {
    assert.equal(timestamp.encode(given), expected, given);
  }
});

Deno.test("timestamp refuses what does not exist or is no time", unit, () => {
  const wrong = [
    ...["", "now", "2026-02-30", "2026-02-29", "1900-02-29T00:00:00.000000", "2026-13-01"],
    ...["2026-00-10", "2026-01-00", "2026-04-31T00:00:00.000000", "2026-02-26T24:00:00"],
    ...["2026-02-26T23:59:60", "2026-02-26T10:60:00", "2026-02-26T10", "20260226", "2026-02-26-05"],
    ...["2026-02-26T10:30:45+16:00", "2026-02-26T10:30:45+02:60", "2026-02-26T10:30:45  +02:00"],
    ...["0000-01-01", "0000-01-01T00:00:00.000000", "0001-01-01T00:00:00+01:00"],
    ...["9999-12-31T23:59:59-01:00", "+010000-01-01", " 2026-02-26", "2026-02-26\n"],
    ...[1772101845000, null, undefined, {}, new Date(0)],
  ];
  for (const value of wrong) assert.equal(timestamp.encode(value), undefined, String(value));
});

Deno.test("timestamp agrees with Date on every time of the years 1 to 9999", unit, () => {
  const instant = fc.date({
    min: new Date("0001-01-02T00:00:00Z"),
    max: new Date("9999-12-30T00:00:00Z"),
    noInvalidDate: true,
  });
  fc.assert(fc.property(instant, fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, offset) => {
    const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 23);
    const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
    const zone = `${offset < 0 ? "-" : "+"}${pad(hours)}:${pad(minutes)}`;
    assert.equal(timestamp.encode(local + zone), `${date.toISOString().slice(0, 23)}000`);
  }));
});

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

Deno.test("amount has two decimals, more only if the value has more", unit, () => {
  const cases: [number, string][] = [
    [23999.5, "23999.50"],
    [0, "0.00"],
    [-0, "0.00"],
    [0.1 + 0.2, "0.30000000000000004"],
    [1.005, "1.005"],
    [-12.3, "-12.30"],
    [1e-7, "1e-7"],
    [999_999_999_999.99, "999999999999.99"],
  ];
  for (const [value, expected] of cases) assert.equal(amount.encode(value), expected);
});

Deno.test("amount refuses what its column cannot hold", unit, () => {
  for (const value of [1e12, -1e12, 1e21, Infinity, NaN, "23999.50", null, 5n]) {
    assert.equal(amount.encode(value), undefined, String(value));
  }
});

/** What PostgreSQL reads as numeric or double precision. */
const POSTGRES_NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/;

Deno.test("numbers stay the same and readable by PostgreSQL", unit, () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
    const written = number.encode(value)!;
    assert.match(written, POSTGRES_NUMBER);
    assert.equal(Number(written), value + 0);
    const money = amount.encode(value);
    if (money !== undefined) {
      assert.match(money, POSTGRES_NUMBER);
      assert.equal(Number(money), value + 0);
    }
  }));
  for (const value of [NaN, Infinity, "1", true, null]) {
    assert.equal(number.encode(value), undefined);
  }
});

Deno.test("integer takes 32 bits and nothing else", unit, () => {
  assert.equal(integer.encode(2_147_483_647), "2147483647");
  assert.equal(integer.encode(-2_147_483_648), "-2147483648");
  assert.equal(integer.encode(-0), "0");
  for (const value of [2_147_483_648, 1.5, NaN, Infinity, "1", 1n, null, true]) {
    assert.equal(integer.encode(value), undefined, String(value));
  }
});

Deno.test("what a kind reads as text is what it makes of the same value in JSON", unit, () => {
  const value = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.constantFrom(-0, 1e-7, 0.1 + 0.2, 1e21, 5e-324),
  );
  fc.assert(
    fc.property(value, (value) => {
      for (const kind of [amount, number, integer]) {
        assert.equal(kind.read(String(value)), kind.encode(value), `${kind.expected}: ${value}`);
      }
    }),
    { numRuns: 2_000 },
  );
  fc.assert(fc.property(fc.string({ unit: "binary" }), (value) => {
    for (const kind of [id, text, note, timestamp]) {
      assert.equal(kind.read(value), kind.encode(value));
    }
  }));
});

Deno.test("numbers are read as people write them, and their digits stay", unit, () => {
  const cases: [Kind, string, string | undefined][] = [
    [amount, "+12", "12.00"],
    [amount, ".5", "0.50"],
    [amount, "5.", "5.00"],
    [amount, "1e2", "100.00"],
    [amount, "1e-7", "1e-7"],
    [amount, "12.344999999999999999", "12.344999999999999999"],
    [amount, "999999999999.99", "999999999999.99"],
    [amount, "999999999999.9949999999999999", undefined],
    [amount, "1e-400", undefined],
    [integer, "5.0", "5"],
    [integer, "1e3", "1000"],
    [integer, "5.00000000000000000001", undefined],
    [integer, "2147483648", undefined],
    [number, "-0", "0"],
    [number, "0.1000000000000000055", "0.1000000000000000055"],
    [number, "1e400", undefined],
    [number, "-1e-400", undefined],
    [number, "0e-400", "0"],
  ];
  for (const [kind, text, expected] of cases) assert.equal(kind.read(text), expected, text);
  for (
    const text of [
      "",
      " 1",
      "1 ",
      "0x10",
      "NaN",
      "Infinity",
      "1,5",
      "1_000",
      "--1",
      "e5",
      ".",
      "１",
    ]
  ) {
    for (const kind of [amount, number, integer]) assert.equal(kind.read(text), undefined, text);
  }
});

Deno.test("length is counted in characters", unit, () => {
  assert.equal(note.encode("🚗".repeat(512)), "🚗".repeat(512));
  assert.equal(note.encode("🚗".repeat(513)), undefined);
  assert.equal(note.encode(`${"🚗".repeat(256)}${"x".repeat(256)}`)?.length, 768);
  assert.equal(id.encode("🚗".repeat(64)), "🚗".repeat(64));
  assert.equal(id.encode("🚗".repeat(65)), undefined);
});

Deno.test("id is 1 to 64 characters", unit, () => {
  assert.equal(id.encode("SALE-A1B2C3D4"), "SALE-A1B2C3D4");
  assert.equal(id.encode("x".repeat(64)), "x".repeat(64));
  for (const value of ["", "x".repeat(65), 12, null]) assert.equal(id.encode(value), undefined);
});

Deno.test("note is at most 512 characters", unit, () => {
  assert.equal(note.encode(""), "");
  assert.equal(note.encode("x".repeat(512))?.length, 512);
  assert.equal(note.encode("x".repeat(513)), undefined);
});

Deno.test("texts that PostgreSQL would not store are refused", unit, () => {
  for (const kind of [id, text, note]) {
    assert.equal(kind.encode("a\u0000b"), undefined);
    assert.equal(kind.encode("a\ud800b"), undefined);
    assert.equal(kind.encode('🚗, "x"\n'), '🚗, "x"\n');
  }
});
