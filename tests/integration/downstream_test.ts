import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { parse } from "csv-parse/sync";
import assert from "node:assert/strict";
import { createSimulation } from "../../producers/simulation/simulation.ts";
import { catalogue, type Type, types } from "../../shared/catalogue/events.ts";
import { refusals, refusedRows, repeated, tableOf } from "../downstream_rules.ts";
import { consume, owns, says } from "./consume.ts";
import { committed } from "./dead_letters.ts";
import { publish } from "./events.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { until } from "./wait.ts";

type Fields = Record<string, unknown>;

/** A file as the downstream has taken it. */
interface Taken {
  readonly key: string;
  readonly body: Uint8Array;
}

/** What our producers publish, of each type so many. */
function simulated(count: number, seed: number): Map<Type, Fields[]> {
  const simulation = createSimulation(types, { seed, interval: 1 });
  const events = Array.from({ length: count }, () => simulation.round()).flat();
  return Map.groupBy(events as Fields[], (event) => event.event_type as Type);
}

const DATES = [
  "2026-02-26",
  "2026-02-26 10:30",
  "2026-02-26T10:30:45Z",
  "2026-02-26T10:30:45.5+02:00",
  "2026-02-26T10:30:45.123456789",
];
const REMARKS = ["🚗 \u202eZoë", 'a "quoted", one', "two\r\nlines", "=1+1", " NULL ", "\ufeff", ""];

/** Changes an event as writers in other languages would have written it; it must land all the same. */
function asOthersWrite(event: Fields, n: number): Fields {
  const type = event.event_type as Type;
  const { idField, key, fields } = catalogue[type];
  const changed: Fields = { ...event, timestamp: DATES[n % DATES.length] };
  for (const name of Object.keys(fields)) {
    if (/_date$|^last_updated$/.test(name)) changed[name] = DATES[(n + 1) % DATES.length];
    if (/_name$/.test(name)) changed[name] = REMARKS[n % REMARKS.length];
  }
  if (key !== idField) changed[key] = `🚗é${n}-`.padEnd(64, "é");
  if (type === "interactions") changed.notes = `${n} `.padEnd(512, "né");
  if (n % 2 === 0) changed[`colour_${n % 4}`] = REMARKS[n % REMARKS.length];
  if (n % 3 === 0) changed.options = { roof: true, seats: [1, 2] };
  // A change of state has an id of its own, and repeats that of what has changed.
  if (n % 5 === 0 && event.event_id === event[idField]) delete changed.event_id;
  if (n % 2 === 0) changed.nothing = n % 4 === 0 ? "" : null;
  return changed;
}

/** An event of a writer that knows next to nothing: no downstream needs more of it. */
function asOthersKnow({ event_type, event_id, timestamp }: Fields) {
  return { event_type, event_id: `${event_id}-S`, timestamp, email: "", notes: null };
}

/** Messages that must not land: they would make the downstream refuse the whole file. */
function unlandable(event: Fields): (string | null | Fields)[] {
  const isLong = event.event_type === "interactions"
    ? { notes: "x".repeat(513) }
    : { [catalogue[event.event_type as Type].idField]: "x".repeat(65) };
  return ["no JSON", null, { ...event, ...isLong }, { ...event, timestamp: "26/02/2026" }];
}

/** Takes all that is in the bucket, whatever it is, and deletes it at once. */
async function takeAll({ s3, settings: { bucket: Bucket } }: Sandbox, taken: Taken[]) {
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket })) {
    for (const { Key } of page.Contents ?? []) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      taken.push({ key: Key!, body: await Body!.transformToByteArray() });
      await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    }
  }
}

function idsIn(files: readonly Taken[]): string[] {
  return files.flatMap(({ body }) => {
    const rows: { event_id: string }[] = parse(new TextDecoder().decode(body), { columns: true });
    return rows.map(({ event_id }) => event_id);
  });
}

Deno.test("a downstream that takes every file at once and refuses what is not to its rules takes every event, once", async () => {
  await using box = await sandbox("downstream");
  const args = ["--batch-size", "7", "--timeout", "1"];
  const ids: string[] = [];
  const repeatable = new Set<string>();
  const send = async (seed: number) => {
    for (const [type, events] of simulated(60, seed)) {
      const others = events.map((event, n) => n % 2 === 0 ? event : asOthersWrite(event, n));
      // Among them what must not land, and repeats: to the letter, and but for an empty cell.
      const repeats = others.slice(0, 6).flatMap((event) => [event, { ...event, empty: "" }]);
      const bad = events.slice(0, 4).flatMap(unlandable);
      await publish(box, type, [...others.slice(0, 6), ...repeats, ...others.slice(6), ...bad]);
      ids.push(...events.map(({ event_id }) => String(event_id)));
      for (const { event_id } of events.slice(0, 6)) repeatable.add(String(event_id));
    }
  };
  const taken: Taken[] = [];
  const takenAll = () =>
    until("the downstream has every event", async () => {
      await takeAll(box, taken);
      return new Set(idsIn(taken)).size >= ids.length;
    });

  await using first = consume(box, args);
  await owns(box, types.length * box.settings.partitions);
  // No row in the whole batch: its offsets advance, and no file comes of it.
  await publish(box, "sales", ["no JSON", null], { partition: 0 });
  await committed(box, "sales", 0, 2);
  // Whole files in which hardly a column is filled.
  for (const [type, events] of simulated(7, 3)) {
    const sparse = events.map(asOthersKnow);
    await publish(box, type, sparse);
    ids.push(...sparse.map(({ event_id }) => event_id));
  }
  await takenAll();
  await send(1);
  await takenAll();
  await using second = consume(box, args, { STATUS_PORT: "" });
  await second.waitForLine(/^Consuming as /);
  await says(box, "the partitions are shared", ({ assignment }) => {
    const owned = Object.values(assignment).flatMap((topic) => Object.keys(topic)).length;
    return owned > 0 && owned < types.length * box.settings.partitions;
  });
  await send(2);
  await takenAll();
  for (const one of [first, second]) one.signal("SIGINT");
  assert.deepEqual([(await first.ended()).code, (await second.ended()).code], [0, 0]);
  await takeAll(box, taken);

  assert.deepEqual(
    taken.map((file) => [file.key, ...refusals(file), ...refusedRows(file)])
      .filter(([, ...why]) => why.length > 0),
    [],
  );
  const keys = taken.map(({ key }) => key);
  assert.deepEqual(repeated(keys), []);
  assert.deepEqual(new Set(keys.map(tableOf)), new Set(types));
  for (
    const suffix of [
      /\d{6}_g[0-9a-f]{6}\.csv$/,
      /\d{6}_\d{3}_g[0-9a-f]{6}\.csv$/,
      /\d{6}_p\d_g[0-9a-f]{6}\.csv$/,
      /_\d{3}_p\d_g[0-9a-f]{6}\.csv$/,
    ]
  ) {
    assert.ok(keys.some((key) => suffix.test(key)), `no file has a name like ${suffix}`);
  }
  // A repeat in another file lands again: the warehouse knows it by its id.
  const landed = idsIn(taken);
  const once = (id: string) => !repeatable.has(id);
  assert.deepEqual(landed.filter(once).toSorted(), ids.filter(once).toSorted());
  assert.deepEqual(new Set(landed), new Set(ids));
});
