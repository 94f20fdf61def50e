import { Hono } from "hono";
import type pg from "pg";
import { UserError } from "../../shared/cli/errors.ts";
import { taskCommand } from "../../shared/cli/task_command.ts";
import type { Parts } from "../server.ts";
import { type Answers, answersOf } from "./answers.ts";

/** How many rows of a table or view are shown. */
const ROWS = 200;

/** A table or view of the warehouse. */
export interface Relation {
  readonly name: string;
  readonly kind: "table" | "view";
  readonly about: string | null;
  /** Of tables: rows, by PostgreSQL's own estimate. */
  readonly rows: number | null;
  /** Of tables, with their indexes. */
  readonly bytes: number | null;
}

/** What the warehouse has. */
export interface WarehouseOverview {
  readonly relations: readonly Relation[];
  readonly answers: Answers;
}

/** Some rows of a table or view. */
export interface RelationRows {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly hasMore: boolean;
}

/**
 * `GET /warehouse`: the tables and views, and what the views answer. `GET /warehouse/NAME`: some rows of
 * one.
 */
export function warehouseApi({ connections }: Parts): Hono {
  const api = new Hono();

  api.get("/warehouse", async (context) =>
    context.json<WarehouseOverview>(
      await connections.withWarehouse(async (client) => ({
        relations: await relationsOf(client),
        answers: await answersOf(client),
      })),
    ));

  api.get("/warehouse/:name", async (context) => {
    const wanted = context.req.param("name");
    return context.json<RelationRows>(
      await connections.withWarehouse(async (client) => {
        const known = (await relationsOf(client)).find(({ name }) => name === wanted);
        if (!known) throw new UserError(`The warehouse has no table or view ${wanted}`);
        const { fields, rows } = await client.query({
          text: `SELECT * FROM warehouse.${client.escapeIdentifier(known.name)} LIMIT ${ROWS + 1}`,
          rowMode: "array",
          types: { getTypeParser: () => (text: string) => text },
        });
        return {
          name: known.name,
          columns: fields.map(({ name }: pg.FieldDef) => name),
          rows: rows.slice(0, ROWS),
          hasMore: rows.length > ROWS,
        };
      }),
    );
  });

  return api;
}

/** @throws {UserError} where there is no schema yet */
async function relationsOf(client: pg.ClientBase): Promise<Relation[]> {
  const { rows } = await client.query(
    `SELECT relname AS name, CASE relkind WHEN 'v' THEN 'view' ELSE 'table' END AS kind,
       obj_description(oid, 'pg_class') AS about,
       CASE WHEN relkind <> 'v' THEN greatest(
         reltuples, pg_stat_get_live_tuples(oid))::float8 END AS rows,
       CASE WHEN relkind <> 'v' THEN pg_total_relation_size(oid)::float8 END AS bytes
     FROM pg_class WHERE relnamespace = to_regnamespace('warehouse') AND relkind IN ('r', 'p', 'v')
     ORDER BY relkind DESC, relname`,
  );
  if (rows.length > 0) return rows;
  throw new UserError(
    "The warehouse is empty",
    `load what has landed: ${taskCommand("etl")}`,
  );
}
