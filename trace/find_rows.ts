import type pg from "pg";
import { type FileType, type Type, types } from "../shared/catalogue/events.ts";
import type { Place } from "../shared/formats/place.ts";
import type { TracedFile, TracedRow } from "./way.ts";

/** A file that the warehouse has loaded. */
export type LoadedFile = Omit<TracedFile, "in" | "line"> & {
  readonly loadId: string;
  readonly bucket: string;
  readonly loadedAt: Date;
  readonly rows: number;
  readonly facts: number;
  readonly rejected: number;
  readonly repeats: number;
  /** Why it could not be loaded. */
  readonly reason?: string;
};

/** A row of the warehouse, and the file that it came from. */
export interface FoundRow {
  readonly row: TracedRow;
  readonly file: LoadedFile;
}

const LEDGER = `load_id, bucket, key, type, landed_at, loaded_at, topic, consumer_group, ranges,
  rows, facts, rejected, repeats, reason`;

/** What the warehouse has for an event id: facts and rejected rows. */
export async function rowsOf(client: pg.Client, eventId: string): Promise<FoundRow[]> {
  const facts = types.map((type) =>
    `SELECT 'fact_${type}' AS found_in, load_id, line, NULL AS why FROM warehouse.fact_${type} WHERE event_id = $1`
  );
  const { rows } = await client.query(
    `SELECT found_in, line, why, ${LEDGER} FROM (
       ${facts.join(" UNION ALL ")}
       UNION ALL
       SELECT 'rejected_rows', load_id, line, reason FROM warehouse.rejected_rows WHERE event_id = $1
     ) AS found JOIN warehouse.load_ledger USING (load_id) ORDER BY load_id, line`,
    [eventId],
  );
  return (rows as FoundLedgerRow[]).map((row) => ({
    file: fileOf(row),
    row: {
      table: row.found_in,
      line: row.line,
      key: row.key,
      loadedAt: row.loaded_at,
      ...row.why === null ? {} : { rejected: row.why },
    },
  }));
}

/** The loaded file whose provenance covers a place. */
export async function loadedWith(
  client: pg.Client,
  { topic, partition, offset }: Place,
): Promise<LoadedFile | undefined> {
  const { rows: [row] } = await client.query(
    `SELECT ${LEDGER} FROM warehouse.load_ledger
     WHERE topic = $1 AND status = 'loaded' AND EXISTS (
       SELECT FROM jsonb_to_recordset(ranges) AS r (partition int, "from" bigint, "to" bigint)
       WHERE r.partition = $2 AND r.from <= $3 AND $3 < r.to
     ) ORDER BY load_id DESC LIMIT 1`,
    [topic, partition, offset],
  );
  return row && fileOf(row);
}

/** What the ledger has for a file's name, the latest content first. */
export async function loadsOf(client: pg.Client, key: string): Promise<LoadedFile[]> {
  const { rows } = await client.query(
    `SELECT ${LEDGER} FROM warehouse.load_ledger WHERE key = $1 ORDER BY load_id DESC`,
    [key],
  );
  return rows.map(fileOf);
}

/** An event in the life of a vehicle. */
export interface LifeEvent {
  readonly at: Date;
  readonly type: FileType;
  readonly eventId: string;
  readonly key: string;
  readonly line: number;
}

/**
 * The facts of a vehicle, by its VIN or id, in the order of their times; the latest where there are
 * more.
 */
export async function lifeOf(
  client: pg.Client,
  vehicle: string,
  most: number,
): Promise<LifeEvent[]> {
  const withVehicle = (await client.query(
    `SELECT substr(table_name, 6) AS type FROM information_schema.columns
     WHERE table_schema = 'warehouse' AND column_name = 'vehicle_key' AND table_name LIKE 'fact\\_%'`,
  )).rows as { type: FileType }[];
  const facts = withVehicle.map(({ type }) =>
    `SELECT '${type}' AS type, event_time, event_id, load_id, line FROM warehouse.fact_${type}
     WHERE vehicle_key IN (SELECT vehicle_key FROM warehouse.dim_vehicle WHERE vehicle_id = $1 OR vin = $1)`
  );
  const { rows } = await client.query(
    `SELECT fact.type, event_time::text AS at, event_id, line, key
     FROM (${facts.join(" UNION ALL ")}) AS fact JOIN warehouse.load_ledger USING (load_id)
     ORDER BY event_time DESC, event_id LIMIT $2`,
    [vehicle, most],
  );
  return (rows as { type: Type; at: string; event_id: string; key: string; line: number }[])
    .map(({ at, event_id: eventId, ...rest }) => (
      { ...rest, at: new Date(`${at.replace(" ", "T")}Z`), eventId }
    )).reverse();
}

interface FoundLedgerRow extends LedgerRow {
  readonly found_in: string;
  readonly line: number;
  readonly why: string | null;
}

/** LEDGER's columns. */
interface LedgerRow {
  readonly load_id: string;
  readonly bucket: string;
  readonly key: string;
  readonly type: FileType;
  readonly landed_at: Date | null;
  readonly loaded_at: Date;
  readonly topic: string | null;
  readonly consumer_group: string;
  readonly ranges: NonNullable<TracedFile["written"]>["ranges"];
  readonly rows: number;
  readonly facts: number;
  readonly rejected: number;
  readonly repeats: number;
  readonly reason: string | null;
}

function fileOf(row: LedgerRow): LoadedFile {
  const { key, type, bucket, rows, facts, rejected, repeats } = row;
  return {
    ...{ key, type, bucket, rows, facts, rejected, repeats },
    loadId: row.load_id,
    loadedAt: row.loaded_at,
    landedAt: row.landed_at ?? undefined,
    ...row.reason === null ? {} : { reason: row.reason },
    ...row.topic === null
      ? {}
      : { written: { group: row.consumer_group, topic: row.topic, ranges: row.ranges } },
  };
}
