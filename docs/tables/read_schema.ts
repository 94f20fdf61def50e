import type pg from "pg";

/** A table or a view of the schema `warehouse`. */
export interface Relation {
  readonly name: string;
  readonly isView: boolean;
  readonly comment: string;
  readonly columns: readonly RelationColumn[];
}

/** One of its columns. */
export interface RelationColumn {
  readonly name: string;
  readonly type: string;
  readonly comment: string;
  /** It is a part of the primary key. */
  readonly isKey: boolean;
  /** The table that it refers to. */
  readonly refersTo: string | null;
}

const QUERY = `
  SELECT c.relname AS name, c.relkind = 'v' AS "isView",
    coalesce(obj_description(c.oid, 'pg_class'), '') AS comment,
    jsonb_agg(jsonb_build_object(
      'name', a.attname,
      'type', format_type(a.atttypid, a.atttypmod),
      'comment', coalesce(col_description(c.oid, a.attnum), ''),
      'isKey', EXISTS (
        SELECT FROM pg_constraint p
        WHERE p.conrelid = c.oid AND p.contype = 'p' AND a.attnum = ANY (p.conkey)
      ),
      'refersTo', (
        SELECT f.confrelid::regclass::text FROM pg_constraint f
        WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.conkey = ARRAY[a.attnum]
      )
    ) ORDER BY a.attnum) AS columns
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relnamespace = 'warehouse'::regnamespace AND c.relkind IN ('r', 'v')
    AND a.attnum > 0 AND NOT a.attisdropped
  GROUP BY c.oid, c.relname, c.relkind
  ORDER BY c.relname`;

/**
 * What PostgreSQL says of the schema `warehouse`.
 *
 * @throws PostgreSQL's errors
 */
export async function readSchema(client: pg.Client): Promise<Relation[]> {
  const { rows } = await client.query(QUERY);
  return (rows as Relation[]).map(({ columns, ...relation }) => ({
    ...relation,
    columns: columns.map((column) => ({
      ...column,
      refersTo: column.refersTo?.replace(/^warehouse\./, "") ?? null,
    })),
  }));
}
