import assert from "node:assert/strict";
import { csvLine } from "../../shared/formats/csv.ts";
import { catalogue, columnsOf, envelope, type Type, types } from "../../shared/catalogue/events.ts";
import type { Kind } from "../../shared/catalogue/fields.ts";
import { cellOf, type Json, unknownValues, valuesOf } from "./both_ways_values.ts";
import { consume, taken } from "./consume.ts";
import { publish } from "./events.ts";
import { fileName } from "./rows.ts";
import { etl, put, query, verify, type WarehouseBox, warehouseBox } from "./warehouse.ts";

const UNKNOWN = "colour";

/** An event with one field that is worth judging. */
interface Sent {
  readonly id: string;
  readonly field: string;
  readonly json: Json;
}

function eventsOf(type: Type): Sent[] {
  const { prefix, idField, fields } = catalogue[type];
  const kinds: Record<string, Kind> = { ...fields, timestamp: envelope.timestamp };
  delete kinds[idField];
  return [...Object.keys(kinds), UNKNOWN]
    .flatMap((field) => {
      const values = field === UNKNOWN ? unknownValues : valuesOf(kinds[field]!);
      // An empty cell is no value; in JSON the empty text is one, which no id and no time has.
      const isCell = (json: Json) => json !== '""' || kinds[field]?.sql === "text";
      return values.filter(isCell).map((json) => ({ field, json }));
    })
    .map((one, n) => ({ ...one, id: `${prefix}-${n}` }));
}

function asEvent({ id, field, json }: Sent): string {
  const time = field === "timestamp" ? "" : `"timestamp":"2026-02-26T10:30:45.123456",`;
  return `{"event_id":"${id}",${time}${JSON.stringify(field)}:${json}}`;
}

function asRow(type: Type, { id, field, json }: Sent): string {
  const cells: Record<string, string> = {
    event_id: id,
    timestamp: "2026-02-26T10:30:45.123456",
    [field]: cellOf(json),
  };
  return csvLine([...columnsOf(type), UNKNOWN].map((name) => cells[name] ?? ""));
}

/** The ids of the events that are facts. */
async function facts(box: WarehouseBox, type: Type): Promise<Set<string>> {
  const rows = await query<{ id: string }>(
    box,
    `SELECT event_id AS id FROM warehouse.fact_${type}`,
  );
  return new Set(rows.map(({ id }) => id));
}

Deno.test("a value gets the same verdict and is stored the same, whether it comes in an event or in a file", async () => {
  await using box = await warehouseBox("both-ways");
  const sent = new Map(types.map((type) => [type, eventsOf(type)]));
  for (const [type, events] of sent) await publish(box, type, events.map(asEvent));
  await using consumer = consume(box, ["--batch-size", "2000", "--timeout", "2"]);
  await taken(box, [...sent.values()].flat().length);
  consumer.signal("SIGINT");
  assert.equal((await consumer.ended()).code, 0);
  const streamed = await etl(box);
  assert.deepEqual([streamed.code, streamed.stderr], [0, ""]);
  const accepted = new Map<Type, Set<string>>();
  for (const type of types) accepted.set(type, await facts(box, type));

  for (const [type, events] of sent) {
    const lines = [
      csvLine([...columnsOf(type), UNKNOWN]),
      ...events.map((one) => asRow(type, one)),
    ];
    await put(box, fileName(type, 1), `${lines.join("\n")}\n`);
  }
  const filed = await etl(box);
  assert.deepEqual([filed.code, filed.stderr], [0, ""]);
  for (const [type, events] of sent) {
    const rows = await query<{ line: number; reason: string }>(
      box,
      `SELECT line, r.reason FROM warehouse.rejected_rows r JOIN warehouse.load_ledger USING (load_id)
       WHERE key = $1`,
      [fileName(type, 1)],
    );
    const rejected = new Map(rows.map(({ line, reason }) => [line, reason]));
    const differences = events.flatMap(({ id, field, json }, n) => {
      const reason = rejected.get(n + 2);
      const both = [accepted.get(type)!.has(id), reason === undefined];
      return both[0] === both[1] ? [] : [{ field, json: json.slice(0, 90), both, reason }];
    });
    // A row that is accepted and is no fact of its own is the same event as the one that was streamed.
    assert.deepEqual(differences, [], type);
    assert.deepEqual(await facts(box, type), accepted.get(type), type);
    const share = accepted.get(type)!.size / events.length;
    assert.ok(share > 0.3 && share < 0.9, `${type}: ${share} were accepted`);
  }
  assert.equal((await verify(box)).code, 0);
});
