import type pg from "pg";
import { catalogue, types } from "../../shared/catalogue/events.ts";
import { digestSql, keptSql, PERSONAL } from "../sql/personal.ts";

/** What was blanked of a customer. */
export interface Forgotten {
  /** Blanked rows, by table; empty if the customer is not known. */
  readonly blanked: readonly (readonly [where: string, rows: number])[];
  /** The files that the rows came from, which are not touched. */
  readonly files: readonly { readonly bucket: string; readonly key: string }[];
}

/** The columns of dim_customer with personal data. */
const ATTRIBUTES = [
  ...["name", "email", "phone", "gender", "date_of_birth", "address", "city", "province"],
  ...["postal_code", "country", "status"],
];

/**
 * Blanks a customer's personal data in all versions of the dimension, in the facts, the rejected
 * rows and the rows of master data; facts stay. Remembers the id, and a digest of each e-mail that
 * is no other customer's, so that no later file brings the data back. All in one transaction, for
 * which loads that are under way are waited for.
 *
 * @param who an id, or an e-mail address
 * @param options.dryRun does everything and rolls it back
 * @throws PostgreSQL's errors
 */
export async function forgetCustomer(
  client: pg.Client,
  who: string,
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<Forgotten> {
  await client.query("BEGIN");
  let committed = false;
  try {
    // Every load has read this table before it writes, and reads it until it ends.
    await client.query("LOCK TABLE warehouse.forgotten IN ACCESS EXCLUSIVE MODE");
    await client.query("SELECT set_config('warehouse.forgetting', 'on', true)");
    const person = await findPerson(client, who);
    const files = await filesOf(client, person);
    const blanked = await blank(client, person);
    if (blanked.length > 0) await remember(client, person);
    if (!dryRun) {
      await client.query("COMMIT");
      committed = true;
    }
    return { blanked, files };
  } finally {
    if (!committed) await client.query("ROLLBACK").catch(() => {});
  }
}

interface Person {
  /** Undefined if only an e-mail is known. */
  readonly id: string | undefined;
  /** The keys of all versions. */
  readonly keys: readonly string[];
  /** In lower case; without those that other customers have, too. */
  readonly emails: readonly string[];
}

async function findPerson(client: pg.Client, who: string): Promise<Person> {
  const { rows: [{ member, key }] } = await client.query(
    `SELECT lower(warehouse.email_of($1)) AS key,
       warehouse.member_of('customer', CASE WHEN warehouse.email_of($1) IS NULL THEN $1 END,
         lower(warehouse.email_of($1))) AS member`,
    [who],
  );
  const { rows } = await client.query(
    `SELECT customer_key AS key, lower(warehouse.email_of(email)) AS email
     FROM warehouse.dim_customer WHERE member = $1 AND customer_key > 0`,
    [member],
  );
  const keys = rows.map(({ key }: { key: string }) => key);
  const { rows: told } = await client.query(
    `SELECT email FROM (
       SELECT unnest($1::text[]) AS email
       UNION SELECT lower(warehouse.email_of(value)) FROM warehouse.former_values
         WHERE dimension = 'customer' AND attribute = 'email' AND key = ANY ($2)
       UNION SELECT key FROM warehouse.known_by WHERE dimension = 'customer' AND id = $3
     ) t
     WHERE email IS NOT NULL AND NOT EXISTS (
       SELECT FROM warehouse.known_by k
       WHERE k.dimension = 'customer' AND k.key = t.email AND k.id IS DISTINCT FROM $3
     )`,
    [[key, ...rows.map(({ email }: { email: string | null }) => email)], keys, member],
  );
  return {
    id: member?.startsWith("email:") ? undefined : member,
    keys,
    emails: told.map(({ email }: { email: string }) => email),
  };
}

/** Whether a row of JSON cells is about the customer: $1 is the id, $2 the e-mails. */
function isAbout(cells: string): string {
  return `(${cells} ->> 'customer_id' = $1 OR ${cells} ->> 'customer_id' IS NULL
    AND lower(warehouse.email_of(${cells} ->> 'email')) = ANY ($2))`;
}

/**
 * The cells of a rejected row under the names of their fields, as far as the ledger knows which
 * columns were taken for which: another writer's are kept under its own names.
 */
const REJECTED =
  `(SELECT content || coalesce(jsonb_object_agg(taken.value, content -> taken.key), '{}')
  FROM warehouse.load_ledger l, jsonb_each_text(l.source -> 'columns') taken
  WHERE l.load_id = rejected_rows.load_id AND content ? taken.key)`;
const REJECTED_CELLS = `coalesce(${REJECTED}, content)`;

const MASTER_ROWS = `type = 'customers' AND ${isAbout("told")}`;

async function filesOf(
  client: pg.Client,
  { id, keys, emails }: Person,
): Promise<Forgotten["files"]> {
  const facts = types.filter((type) => "customer_id" in catalogue[type].fields)
    .map((type) => `SELECT load_id FROM warehouse.fact_${type} WHERE customer_key = ANY ($3)`);
  const { rows } = await client.query(
    `SELECT DISTINCT bucket, key FROM warehouse.load_ledger WHERE load_id IN (
       ${facts.join(" UNION ")}
       UNION SELECT load_id FROM warehouse.master_rows WHERE ${MASTER_ROWS}
       UNION SELECT load_id FROM warehouse.rejected_rows WHERE ${isAbout(REJECTED_CELLS)}
     ) ORDER BY key`,
    [id ?? null, emails, keys],
  );
  return rows;
}

async function blank(client: pg.Client, { id, keys, emails }: Person): Promise<[string, number][]> {
  const about = [id ?? null, emails];
  const done: [string, number][] = [];
  const run = async (where: string, sql: string, values: unknown[]) => {
    const { rowCount } = await client.query(sql, values);
    if (rowCount > 0) done.push([`warehouse.${where}`, rowCount]);
  };
  await run(
    "dim_customer",
    `UPDATE warehouse.dim_customer SET ${ATTRIBUTES.map((name) => `${name} = NULL`).join(", ")},
       customer_id = coalesce(customer_id, 'forgotten-' || customer_key)
     WHERE customer_key = ANY ($1)`,
    [keys],
  );
  await run(
    "former_values",
    "DELETE FROM warehouse.former_values WHERE dimension = 'customer' AND key = ANY ($1)",
    [keys],
  );
  await run(
    "known_by",
    `DELETE FROM warehouse.known_by WHERE dimension = 'customer' AND (id = $1 OR key = ANY ($2))`,
    about,
  );
  for (const type of types) {
    const { fields } = catalogue[type];
    const own = Object.keys(fields).filter((name) => name === "notes");
    const holds = ["extra", ...own].map((name) => `${name} IS NOT NULL`).join(" OR ");
    // A column that the type does not know may have named the customer as well.
    const [isTheirs, value] = "customer_id" in fields
      ? ["customer_key = ANY ($1)", keys]
      : ["extra ->> 'customer_id' = $1", id ?? null];
    await run(
      `fact_${type}`,
      `UPDATE warehouse.fact_${type} SET ${own.map((name) => `${name} = NULL, `).join("")}
         extra = ${keptSql("extra")}
       WHERE ${isTheirs} AND (${holds})`,
      [value],
    );
  }
  await run(
    "master_rows",
    `UPDATE warehouse.master_rows SET told = coalesce(${keptSql("told")}, '{}'), left_out = NULL,
       id = CASE WHEN id LIKE 'email:%' THEN 'forgotten' ELSE id END
     WHERE ${MASTER_ROWS}`,
    about,
  );
  await run(
    "rejected_rows",
    `UPDATE warehouse.rejected_rows SET content = ${keptSql("content")},
       reason = CASE WHEN split_part(reason, ' ', 1) = ANY ('${PERSONAL}')
         THEN format('%s is not what it should be (forgotten)', split_part(reason, ' ', 1)) ELSE reason END
     WHERE ${isAbout(REJECTED_CELLS)}`,
    about,
  );
  return done;
}

async function remember(client: pg.Client, { id, emails }: Person): Promise<void> {
  await client.query(
    `INSERT INTO warehouse.forgotten (what, value)
     SELECT 'customer_id', $1 WHERE $1::text IS NOT NULL
     UNION ALL SELECT 'email', ${digestSql("email")} FROM unnest($2::text[]) email
     ON CONFLICT DO NOTHING`,
    [id ?? null, emails],
  );
}
