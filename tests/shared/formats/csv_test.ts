import assert from "node:assert/strict";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { Batch } from "../../../consumer/batching/batch.ts";
import { decoder } from "../../../consumer/batching/decode.ts";
import { CsvBytes } from "../../../shared/formats/csv_bytes.ts";
import { columnsOf } from "../../../shared/catalogue/events.ts";
import { copyCsv } from "../../warehouse/copy_csv.ts";

const unit = { permissions: "none" } as const;
const decode = decoder("interactions");
const columns = columnsOf("interactions");

/** What CSV writers and readers get wrong, and any other text that UTF-8 and PostgreSQL can hold. */
const cell = fc.oneof(
  fc.constantFrom(
    '"',
    '""',
    '","',
    ",",
    "\n",
    "\r",
    "\r\n",
    "a\n\\.\nb",
    "\\.",
    "\\",
    " leading",
    "trailing ",
    "\t",
    "\ufeffbom",
    "😀",
    "é\u0301",
    "null",
    "NULL",
    "'",
    ";",
    "#",
    "=1+1",
    "\u2028",
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.array(fc.constantFrom('"', ",", "\n", "\r", " ", "x", "\ufeff"), { maxLength: 8 })
    .map((parts) => parts.join("")),
).filter((text) => !text.includes("\0"));

/** No backslash: the V8 of Deno 2.9.6 reads the key `"` as `\\` once it has read an object with that. */
const columnName = cell.filter((name) =>
  name !== "" && !columns.includes(name) && !name.includes("\\")
);

const event = fc.record({
  customer_name: cell,
  notes: fc.option(cell, { nil: undefined }),
  extras: fc.dictionary(fc.oneof(fc.constantFrom("x", "__proto__"), columnName), cell, {
    maxKeys: 3,
  }),
});

Deno.test(
  "A file's cells come back as they were, by csv-parse, by PostgreSQL's rules and by the loader's",
  unit,
  () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 12 }), (events) => {
        // Each event has an id of its own, so none of them is a repeat.
        const sent = events.map((event, i) => new Map(cellsOf(event, `INT-${i}`)));
        const records = readAll(bodyOf(events.map((event, i) => ({ event, id: `INT-${i}` }))));
        const [header = [], ...rows] = records;
        const isFilled = (name: string) => sent.some((cells) => cells.get(name));
        const known = columns.filter((name) => name === "customer_id" || isFilled(name));
        assert.deepEqual(header.slice(0, known.length), known);
        const extras = events.flatMap(({ extras }) => Object.keys(extras)).filter(isFilled);
        assert.deepEqual(new Set(header.slice(known.length)), new Set(extras));
        assert.deepEqual(
          rows,
          sent.map((cells) => header.map((name) => cells.get(name!) || null)),
        );
      }),
      { numRuns: 300 },
    );
  },
);

Deno.test(
  "A file has no two identical rows, and as many cells in each as in its header",
  unit,
  () => {
    const few = fc.record({
      customer_name: fc.constantFrom("", "a", '"'),
      notes: fc.constantFrom(undefined, "", "a\nb"),
      extras: fc.dictionary(fc.constantFrom("x", "y"), fc.constantFrom("", "1", ","), {
        maxKeys: 2,
      }),
    });
    fc.assert(
      fc.property(fc.array(few, { minLength: 2, maxLength: 30 }), (events) => {
        const [header = [], ...rows] = readAll(
          bodyOf(events.map((event) => ({ event, id: "INT-1" }))),
        );
        for (const row of rows) assert.equal(row.length, header.length);
        assert.equal(new Set(rows.map((row) => JSON.stringify(row))).size, rows.length);
        const different = new Set(
          events.map((event) =>
            JSON.stringify([...cellsOf(event, "INT-1")].filter(([, text]) => text).sort())
          ),
        );
        assert.equal(rows.length, different.size);
      }),
      { numRuns: 300 },
    );
  },
);

Deno.test(
  "An event with any field of any value is read back from its file, or is a dead letter that says why",
  unit,
  () => {
    const name = fc.oneof(
      fc.string({ unit: "binary-ascii" }),
      fc.string({ unit: "binary" }),
      fc.constantFrom("__proto__", "constructor", "a\nb", '"', ",", "\0", "\ud83d", "🚗", " x "),
    ).filter((name) => !columns.includes(name) && !name.includes("\\"));
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("\0", "\ud83d", "🚗\udead", "\r\n", "\x1a"),
      fc.double({ noDefaultInfinity: true, noNaN: true }),
      fc.bigInt(),
      fc.boolean(),
    );
    fc.assert(
      fc.property(name, value, (name, value) => {
        const json = typeof value === "bigint" ? String(value) : JSON.stringify(value);
        const field = `${JSON.stringify(name)}:${json}`;
        const decoded = decode(
          new TextEncoder().encode(`{"event_id":"INT-1","timestamp":"${TIME}",${field}}`),
        );
        const canLand = (text: string) => text.isWellFormed() && !text.includes("\0");
        const lands = name !== "" && canLand(name) && canLand(String(value));
        assert.equal(decoded.kind, lands ? "row" : "dead letter", JSON.stringify(decoded));
        if (decoded.kind === "dead letter") {
          return assert.match(decoded.reason, /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+$/u);
        }
        const batch = new Batch("interactions", 0, { rows: Infinity, age: Infinity });
        batch.add(0, 0, 0, decoded);
        const [header = [], row = []] = readAll(batch.cut("rows", 0).body);
        const known = header.filter((column) => columns.includes(column!)).length;
        assert.deepEqual(header.slice(known), value === "" ? [] : [name]);
        const cell = row[known] ?? "";
        if (typeof value === "number") assert.equal(Number(cell) + 0, value + 0);
        else assert.equal(cell, String(value));
      }),
      { numRuns: 500 },
    );
  },
);

Deno.test(
  "A file starts with its header, without a byte order mark, and ends its last line",
  unit,
  () => {
    const body = bodyOf([{ event: { customer_name: "\ufeffA", extras: {} }, id: "INT-1" }]);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
    assert.ok(text.startsWith("event_type,event_id,timestamp,"));
    assert.ok(text.endsWith("\n") && !text.endsWith("\n\n"));
    assert.ok(text.includes(",\ufeffA\n"));
  },
);

interface SentEvent {
  readonly customer_name: string;
  readonly notes?: string;
  readonly extras: Readonly<Record<string, string>>;
}

const TIME = "2026-02-26T10:30:45.123456";

/** What a file must say of an event. */
function cellsOf({ customer_name, notes = "", extras }: SentEvent, id: string): [string, string][] {
  return [
    ["event_type", "interactions"],
    ["event_id", id],
    ["interaction_id", id],
    ["timestamp", TIME],
    ["customer_name", customer_name],
    ["notes", notes],
    ...Object.entries(extras),
  ];
}

/** The file of events that have travelled as JSON. */
function bodyOf(events: readonly { event: SentEvent; id: string }[]): Uint8Array {
  const batch = new Batch("interactions", 0, { rows: Infinity, age: Infinity });
  for (const [offset, { event: { customer_name, notes, extras }, id }] of events.entries()) {
    const json = JSON.stringify({ event_id: id, timestamp: TIME, customer_name, notes });
    const more = Object.keys(extras).length > 0 ? `,${JSON.stringify(extras).slice(1)}` : "}";
    const decoded = decode(new TextEncoder().encode(json.slice(0, -1) + more));
    assert.equal(decoded.kind, "row", JSON.stringify(decoded));
    batch.add(0, 0, offset, decoded);
  }
  return batch.cut("rows", 0).body;
}

/** Reads a file with all readers, which must agree: the loader's own, too. An empty cell is null. */
function readAll(body: Uint8Array): (string | null)[][] {
  const copied = copyCsv(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  const nulls = (rows: string[][]) =>
    rows.map((row) => row.map((text) => text === "" ? null : text));
  assert.deepEqual(nulls(parse(body)), copied);
  const reader = new CsvBytes();
  const records = [...reader.read(body), ...reader.end()];
  assert.deepEqual(nulls(records.map(({ cells }) => cells)), copied);
  return copied;
}
