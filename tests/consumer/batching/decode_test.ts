import assert from "node:assert/strict";
import fc from "fast-check";
import { type Decoded, decoder, MAX_EXTRA_FIELDS } from "../../../consumer/batching/decode.ts";

const unit = { permissions: "none" } as const;
const decode = decoder("telemetry");

const EVENT = {
  event_type: "telemetry",
  event_id: "TEL-A1B2C3D4",
  timestamp: "2026-02-26T10:30:45.123456",
  telemetry_id: "TEL-A1B2C3D4",
  vehicle_id: "VEH-0001",
  vehicle_vin: "1HGCM82633A004352",
  speed: 88.5,
  fuel_level: 40,
  engine_temperature: 90.25,
  location_lat: -26.2,
  location_long: 28.04,
};
const LINE =
  "telemetry,TEL-A1B2C3D4,2026-02-26T10:30:45.123456,TEL-A1B2C3D4,VEH-0001,1HGCM82633A004352,88.5,40,90.25,-26.2,28.04";

Deno.test(
  "decoder() gives the CSV line of an event, its columns in the catalogue's order",
  unit,
  () => {
    const reversed = Object.fromEntries(Object.entries(EVENT).reverse());
    assert.deepEqual(of(reversed), { kind: "row", line: LINE });
  },
);

Deno.test("decoder() takes a null value for a tombstone, but not an empty one", unit, () => {
  assert.deepEqual(decode(null), { kind: "tombstone" });
  assert.match(reason(decode(new Uint8Array())), /not JSON/);
});

Deno.test("decoder() fills event_id and the id field from each other", unit, () => {
  const { event_id: _event, ...withoutEventId } = EVENT;
  const { telemetry_id: _own, ...withoutIdField } = EVENT;
  assert.deepEqual(of(withoutEventId), { kind: "row", line: LINE });
  assert.deepEqual(of(withoutIdField), { kind: "row", line: LINE });
  assert.deepEqual(of({ ...EVENT, event_id: null }), { kind: "row", line: LINE });
});

Deno.test("decoder() takes another writer's name of the id, and lands it as it came", unit, () => {
  const { empty: _empty, ...payment } = decoder("payments")(
    new TextEncoder().encode(JSON.stringify({
      transaction_id: "T1",
      timestamp: "2026-02-26T10:30:45Z",
      amount: 5,
    })),
  ) as Decoded & { empty?: number };
  assert.deepEqual(payment, {
    kind: "row",
    line: "payments,T1,2026-02-26T10:30:45.000000,T1,,,,,,,",
    extras: new Map([["transaction_id", "T1"], ["amount", "5"]]),
  });
});

Deno.test("decoder() takes an event without event_type for one of its topic", unit, () => {
  const { event_type: _type, ...rest } = EVENT;
  assert.deepEqual(of(rest), { kind: "row", line: LINE });
});

Deno.test("decoder() leaves absent and null fields empty", unit, () => {
  const { event_type, event_id, timestamp } = EVENT;
  assert.deepEqual(of({ event_type, event_id, timestamp, speed: null }), {
    kind: "row",
    line: "telemetry,TEL-A1B2C3D4,2026-02-26T10:30:45.123456,TEL-A1B2C3D4,,,,,,,",
    empty: 0b111_1111_0000,
  });
});

const { timestamp: _timestamp, ...timeless } = EVENT;
const { event_id: _eventId, telemetry_id: _telemetryId, ...nameless } = EVENT;
const refusals: [string, unknown, string][] = [
  [
    "another type",
    { ...EVENT, event_type: "sales" },
    'event_type is "sales" in the topic of telemetry',
  ],
  [
    "an unknown type",
    { ...EVENT, event_type: "toString" },
    'event_type is "toString" in the topic of telemetry',
  ],
  [
    "a type that is no text",
    { ...EVENT, event_type: 7 },
    "event_type is 7 in the topic of telemetry",
  ],
  ["no id", nameless, "the event has no event_id and no telemetry_id"],
  ["no timestamp", timeless, "the event has no timestamp"],
  ["an array", [EVENT], "the message is not a JSON object but an array"],
  ["null", null, "the message is not a JSON object but null"],
  ["text", "hello", 'the message is not a JSON object but "hello"'],
  ["a number", 42, "the message is not a JSON object but 42"],
  ["a boolean", false, "the message is not a JSON object but false"],
  ["text for a number", { ...EVENT, speed: "fast" }, 'speed is "fast", expected a number'],
  ["an object for a number", { ...EVENT, speed: {} }, "speed is an object, expected a number"],
  [
    "an array for text",
    { ...EVENT, vehicle_id: [] },
    "vehicle_id is an array, expected text of 1 to 64 characters",
  ],
  [
    "an empty id",
    { ...EVENT, event_id: "" },
    'event_id is "", expected text of 1 to 64 characters',
  ],
  [
    "a day that does not exist",
    { ...EVENT, timestamp: "2026-02-30T10:30:45" },
    'timestamp is "2026-02-30T10:30:45", expected a UTC time such as 2026-02-26T10:30:45.123456',
  ],
  [
    "a NUL in a known field",
    { ...EVENT, vehicle_id: "a\0b" },
    'vehicle_id is "a\\u0000b", expected text of 1 to 64 characters',
  ],
  [
    "a lone surrogate in a known field",
    { ...EVENT, vehicle_id: "a\ud800" },
    'vehicle_id is "a\\ud800", expected text of 1 to 64 characters',
  ],
  [
    "a NUL in an unknown field",
    { ...EVENT, x: "a\0b" },
    '"x" is "a\\u0000b", which no column can hold',
  ],
  [
    "a lone surrogate in an unknown field",
    { ...EVENT, x: "\udfff" },
    '"x" is "\\udfff", which no column can hold',
  ],
  ["an unknown field without a name", { ...EVENT, "": 1 }, '"" cannot be the name of a column'],
  ["a NUL in a field's name", { ...EVENT, "a\0": 1 }, '"a\\u0000" cannot be the name of a column'],
];
for (const [what, event, expected] of refusals) {
  Deno.test(`decoder() makes ${what} a dead letter that says why`, unit, () => {
    assert.deepEqual(of(event), { kind: "dead letter", reason: expected });
  });
}

Deno.test("decoder() makes text that is not JSON a dead letter", unit, () => {
  assert.match(reason(ofText("{'event_id': 1}")), /^the message is not JSON: /);
});

Deno.test("decoder() makes invalid UTF-8 a dead letter", unit, () => {
  const bytes = new TextEncoder().encode(JSON.stringify({ ...EVENT, x: "ab" }));
  bytes[bytes.length - 3] = 0xff;
  assert.equal(reason(decode(bytes)), "the message is not valid UTF-8");
});

Deno.test("decoder() skips a byte order mark", unit, () => {
  assert.deepEqual(ofText(`\ufeff${JSON.stringify(EVENT)}`), { kind: "row", line: LINE });
});

Deno.test("decoder() takes the last of duplicated keys", unit, () => {
  const text = JSON.stringify(EVENT).replace("{", '{"speed":1,"x":1,"x":2,');
  assert.deepEqual(ofText(text), { kind: "row", line: LINE, extras: new Map([["x", "2"]]) });
});

Deno.test("decoder() makes numbers beyond a double dead letters", unit, () => {
  const withSpeed = (literal: string) => ofText(JSON.stringify(EVENT).replace("88.5", literal));
  assert.equal(reason(withSpeed("1e999")), "speed is Infinity, expected a number");
  const text = `{"x":-1e999,${JSON.stringify(EVENT).slice(1)}`;
  assert.equal(reason(ofText(text)), '"x" is -Infinity, which no column can hold');
});

Deno.test(
  "decoder() makes a whole number beyond 2^53 a dead letter where one is expected",
  unit,
  () => {
    const text = JSON.stringify({
      event_id: "INV-A1B2C3D4",
      timestamp: "2026-02-26",
      quantity: "#",
    }).replace('"#"', "9007199254740993");
    assert.match(
      reason(ofText(text, decoder("inventory"))),
      /^quantity is 9007199254740993, expected a whole number/,
    );
  },
);

Deno.test("decoder() keeps unknown fields as text, objects and arrays as JSON", unit, () => {
  const extras = {
    text: "a,b",
    number: 1.5,
    yes: true,
    no: false,
    none: null,
    list: [1, "é"],
    map: { a: {} },
  };
  assert.deepEqual(of({ ...EVENT, ...extras }), {
    kind: "row",
    line: LINE,
    extras: new Map([
      ["text", "a,b"],
      ["number", "1.5"],
      ["yes", "true"],
      ["no", "false"],
      ["none", ""],
      ["list", '[1,"é"]'],
      ["map", '{"a":{}}'],
    ]),
  });
});

Deno.test("decoder() keeps the digits of whole numbers beyond 2^53", unit, () => {
  const text = JSON.stringify(EVENT).replace("}", ',"ref":1234567890123456789,"a":[1]}');
  const decoded = decode(new TextEncoder().encode(text));
  assert.equal(decoded.kind === "row" && decoded.extras?.get("ref"), "1234567890123456789");
});

/** Numbers as they are sent, and the digits that must land. */
const numbers: Record<string, string> = {
  "9007199254740993": "9007199254740993",
  "12345678901234567890": "12345678901234567890",
  "-0.12345678901234567890123": "-0.12345678901234567890123",
  "0.10000000000000001": "0.10000000000000001",
  "100000000000000000000000": "100000000000000000000000",
  "1e-400": "1e-400",
  "1.5E-400": "1.5E-400",
  "1.234567890123456789e5": "1.234567890123456789e5",
  "1e22": "1e+22",
  "1e5": "100000",
  "1.50": "1.5",
  "0.30000000000000004": "0.30000000000000004",
  "-0": "0",
};

Deno.test(
  "decoder() lands the digits that were sent, wherever a number stands in unknown fields",
  unit,
  () => {
    for (const [sent, landed] of Object.entries(numbers)) {
      const json = `{"a":${sent},"b":{"c":[${sent},"x",{"d":${sent}}]},"e":[${sent}],`;
      const decoded = ofText(json + JSON.stringify(EVENT).slice(1));
      assert.deepEqual(decoded, {
        kind: "row",
        line: LINE,
        extras: new Map([
          ["a", landed],
          ["b", `{"c":[${landed},"x",{"d":${landed}}]}`],
          ["e", `[${landed}]`],
        ]),
      }, sent);
    }
  },
);

Deno.test(
  "decoder() makes a number that is too large for a double a dead letter, wherever it stands",
  unit,
  () => {
    for (const sent of ["1e400", "-1E+400", "9".repeat(400), `${"9".repeat(320)}.5`]) {
      for (const value of [sent, `[${sent}]`, `{"a":[1,{"b":${sent}}]}`]) {
        const decoded = ofText(`{"x":${value},${JSON.stringify(EVENT).slice(1)}`);
        assert.match(reason(decoded), /^"x" is .*, which no column can hold/, value.slice(0, 20));
      }
      const text = JSON.stringify(EVENT).replace("88.5", sent);
      assert.match(reason(ofText(text)), /^speed is -?Infinity, expected a number$/);
    }
    // Texts that look like one are none.
    const decoded = of({ ...EVENT, x: { a: "1e400", b: "9".repeat(400) } });
    assert.equal(decoded.kind, "row");
  },
);

Deno.test(
  "decoder() lands the digits of known fields, or says that they are no value",
  unit,
  () => {
    const speed = (digits: string) => ofText(JSON.stringify(EVENT).replace("88.5", digits));
    const line = (digits: string) => ({ kind: "row", line: LINE.replace("88.5", digits) });
    assert.deepEqual(speed("88.5000000000000000001"), line("88.5000000000000000001"));
    assert.deepEqual(speed("88.50000000000000000000"), line("88.5"));
    assert.deepEqual(speed("12345678901234567890"), line("12345678901234567890"));
    assert.equal(reason(speed("1e-400")), "speed is 1e-400, expected a number");
    const stock = (digits: string) =>
      ofText(
        `{"event_id":"I","timestamp":"2026-02-26","quantity":${digits}}`,
        decoder("inventory"),
      );
    assert.equal(stock("1.00000000000000000000").kind, "row");
    assert.match(reason(stock("1.00000000000000000001")), /^quantity is 1\.0+1, expected a whole/);
    const price = ofText(
      '{"event_id":"S","timestamp":"2026-02-26","sale_price":12.344999999999999999}',
      decoder("sales"),
    );
    assert.match(price.kind === "row" ? price.line : "", /,12\.344999999999999999,/);
    // An id is text, whatever the digits.
    assert.equal(
      reason(ofText('{"event_id":12345678901234567890,"timestamp":"2026-02-26"}')),
      "event_id is 12345678901234567890, expected text of 1 to 64 characters",
    );
  },
);

Deno.test("decoder() takes names of Object.prototype as they are", unit, () => {
  const text = `{"__proto__":{"event_id":"X"},"constructor":1,"toString":"t",${
    JSON.stringify(EVENT).slice(1)
  }`;
  assert.deepEqual(ofText(text), {
    kind: "row",
    line: LINE,
    extras: new Map([["__proto__", '{"event_id":"X"}'], ["constructor", "1"], ["toString", "t"]]),
  });
  assert.equal(
    reason(ofText('{"__proto__":{"event_id":"X","timestamp":"2026-02-26"}}')),
    "the event has no event_id and no telemetry_id",
  );
});

Deno.test("decoder() takes as many unknown fields as MAX_EXTRA_FIELDS and no more", unit, () => {
  const extras = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, i]));
  const most = of({ ...EVENT, ...extras(MAX_EXTRA_FIELDS) });
  assert.equal(most.kind === "row" && most.extras?.size, MAX_EXTRA_FIELDS);
  for (const count of [MAX_EXTRA_FIELDS + 1, 10_000]) {
    assert.equal(
      reason(of({ ...EVENT, ...extras(count) })),
      `the event has more than ${MAX_EXTRA_FIELDS} unknown fields`,
    );
  }
});

Deno.test("decoder() lands or sets aside nesting of 100,000 levels, and goes on", unit, () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  const text = `{"x":${deep},${JSON.stringify(EVENT).slice(1)}`;
  const decoded = ofText(text);
  if (decoded.kind === "row") assert.equal(decoded.extras?.get("x"), deep);
  else assert.match(reason(decoded), /^the message cannot be read: /);
  assert.deepEqual(of(EVENT), { kind: "row", line: LINE });
});

Deno.test("decoder() writes every ISO 8601 time as UTC with microseconds", unit, () => {
  const times = {
    "2026-02-26": "2026-02-26T00:00:00.000000",
    "2026-02-26 10:30": "2026-02-26T10:30:00.000000",
    "2026-02-26T10:30:45Z": "2026-02-26T10:30:45.000000",
    "2026-02-26T10:30:45.1234567": "2026-02-26T10:30:45.123456",
    "2026-02-26T00:30:45.5+02:00": "2026-02-25T22:30:45.500000",
    "2026-02-26T22:30:45-0230": "2026-02-27T01:00:45.000000",
  };
  for (const [sent, landed] of Object.entries(times)) {
    const line = LINE.replace(EVENT.timestamp, landed);
    assert.deepEqual(of({ ...EVENT, timestamp: sent }), { kind: "row", line });
  }
});

Deno.test(
  "decoder() cuts long values in its reasons, which are one line of plain text",
  unit,
  () => {
    const long = "\u001b[2J\u0085\u2028\n😀".repeat(20_000);
    const events = [
      { ...EVENT, event_type: long },
      { ...EVENT, speed: long },
      { ...EVENT, [long]: "\0" },
      { ...EVENT, [`${long}\0`]: 1 },
      { ...EVENT, x: `${long}\0` },
      long,
    ];
    for (
      const decoded of [
        ...events.map((event) => of(event)),
        ofText(long),
        ofText(`"a\n\u001b${long}`),
      ]
    ) {
      assert.ok(reason(decoded).length < 200, `${reason(decoded).length} characters`);
      assert.doesNotMatch(reason(decoded), /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u);
    }
  },
);

Deno.test("decoder() never throws, whatever the bytes", unit, () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.equal(decode(bytes).kind, "dead letter");
    }),
  );
});

Deno.test("decoder() never throws, whatever the JSON", unit, () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.ok(["row", "dead letter"].includes(of(value).kind));
    }),
  );
});

Deno.test("decoder() never throws, whatever the values of the fields", unit, () => {
  const names = [...Object.keys(EVENT), "x", "__proto__"];
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...names), fc.jsonValue()),
      fc.subarray(names.slice(0, 3)),
      (fields, kept) => {
        const event = {
          ...fields,
          ...Object.fromEntries(kept.map((name) => [name, EVENT[name as "event_id"]])),
        };
        const decoded = of(event);
        if (decoded.kind === "row") assert.doesNotMatch(decoded.line, /undefined|\[object/);
        else assert.notEqual(reason(decoded), "");
      },
    ),
  );
});

function of(event: unknown): Decoded {
  return ofText(JSON.stringify(event));
}

function ofText(text: string, decodeText = decode): Decoded {
  return decodeText(new TextEncoder().encode(text));
}

function reason(decoded: Decoded): string {
  assert.equal(decoded.kind, "dead letter");
  return (decoded as { reason: string }).reason;
}
