import assert from "node:assert/strict";
import fc from "fast-check";
import { decoder } from "../../../consumer/batching/decode.ts";
import { plainRows } from "../../../consumer/batching/plain_rows.ts";
import { createSimulation } from "../../../producers/simulation/simulation.ts";
import { type Type, types } from "../../../shared/catalogue/events.ts";

const unit = { permissions: "none" } as const;
const readers = Object.fromEntries(
  types.map((type) => [type, { plain: plainRows(type), decode: decoder(type) }]),
) as Record<Type, { plain: ReturnType<typeof plainRows>; decode: ReturnType<typeof decoder> }>;

Deno.test("plainRows() reads the events of our producers, as decoder() does", unit, () => {
  const simulation = createSimulation(types, { seed: 7, interval: 60 });
  for (let round = 0; round < 300; round++) {
    for (const event of simulation.round()) {
      const type = event.event_type;
      const line = plainLine(type, JSON.stringify(event));
      const isRare = JSON.stringify(event).includes("-02-29T");
      assert.ok(line !== undefined || isRare, JSON.stringify(event));
      if (line !== undefined) assert.equal(line, decodedLine(type, JSON.stringify(event)));
    }
  }
});

Deno.test("plainRows() reads events with blanks behind colons and commas", unit, () => {
  const event = eventOf("sales");
  const spaced = JSON.stringify(event).replaceAll('":', '": ').replaceAll(',"', ', "');
  assert.equal(plainLine("sales", spaced), decodedLine("sales", spaced));
  assert.ok(plainLine("sales", spaced));
});

Deno.test("plainRows() leaves to decoder() what is no event as it should be", unit, () => {
  const json = JSON.stringify(eventOf("telemetry"));
  for (
    const other of [
      "",
      "{",
      "null",
      "[]",
      json.slice(0, -1),
      `${json} `,
      `\ufeff${json}`,
      `${json}${json}`,
      json.replace("}", ',"speed":1}'),
      json.replace("}", ',"extra":1}'),
      json.replace('"telemetry"', '"sales"'),
      json.replace("{", '{"first":1,'),
      json.replace('"vehicle_id":"', '"vehicle_id":"\\"'),
      json.replace('"vehicle_id":"', '"vehicle_id":"é'),
      json.replace('"vehicle_id":"', '"vehicle_id":"\n'),
      json.replace('"vehicle_id":"', '"vehicle_id":"\0'),
      json.replace(/"vehicle_id":"[^"]*",/, ""),
      json.replace(/"speed":[^,]*/, '"speed":"1"'),
    ]
  ) {
    assert.equal(plainLine("telemetry", other), undefined, other);
  }
});

/** Texts of JSON values that are like those of events, or nearly. */
const digits = fc.array(fc.constantFrom(..."0123456789"), { maxLength: 14 }).map((all) =>
  all.join("")
);
const numbers = fc.tuple(
  fc.constantFrom("", "-", "+"),
  digits,
  fc.constantFrom("", "."),
  digits,
  fc.constantFrom("", "", "e5", "E-7"),
).map((parts) => parts.join(""));
const times = fc.tuple(
  fc.constantFrom("0000", "2026", "2024", "9999"),
  fc.integer({ min: 0, max: 13 }),
  fc.integer({ min: 0, max: 32 }),
  fc.integer({ min: 0, max: 25 }),
  fc.integer({ min: 0, max: 61 }),
  fc.constantFrom("", ".5", ".123456", ".1234567", "Z", ".123456Z"),
).map(([year, month, day, hour, minute, rest]) => {
  const two = (value: number) => String(value).padStart(2, "0");
  return `"${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(minute)}${rest}"`;
});
const texts = fc.oneof(
  fc.string({ maxLength: 70 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({ unit: fc.constantFrom("a", ",", " ", "é"), maxLength: 600 }),
);
const values = fc.oneof(
  numbers,
  times,
  texts.map((text) => JSON.stringify(text)),
  texts.map((text) => `"${text}"`),
  fc.json(),
  fc.constantFrom("null", "true", "{}", '""'),
);

Deno.test("plainRows() makes the line that decoder() makes, or leaves it to it", unit, () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...types),
      fc.dictionary(fc.nat({ max: 20 }).map(String), values, { maxKeys: 4 }),
      (type, changes) => {
        const fields = Object.entries(eventOf(type));
        const json = `{${
          fields.map(([name, value], at) => `"${name}":${changes[at] ?? JSON.stringify(value)}`)
            .join(",")
        }}`;
        const line = plainLine(type, json);
        if (line !== undefined) assert.equal(line, decodedLine(type, json), json);
      },
    ),
    { numRuns: 5_000 },
  );
});

Deno.test("plainRows() says which columns are empty, as decoder() does", unit, () => {
  const json = JSON.stringify({ ...eventOf("sales"), email: null, customer_name: "" });
  const bytes = new TextEncoder().encode(json);
  const decoded = readers.sales.decode(bytes);
  assert.ok(decoded.kind === "row" && decoded.empty);
  assert.equal(readers.sales.plain(bytes)?.empty, decoded.empty);
});

function eventOf<T extends Type>(type: T) {
  return createSimulation([type], { seed: 3, interval: 60 }).round()[0]!;
}

function plainLine(type: Type, json: string): string | undefined {
  const row = readers[type].plain(new TextEncoder().encode(json));
  if (!row) return undefined;
  return `${new TextDecoder().decode(row.bytes.subarray(0, row.length))} ${row.empty}`;
}

function decodedLine(type: Type, json: string): string | undefined {
  const row = readers[type].decode(new TextEncoder().encode(json));
  return row.kind === "row" && !row.extras ? `${row.line} ${row.empty ?? 0}` : undefined;
}
