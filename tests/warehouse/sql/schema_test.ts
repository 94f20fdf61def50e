import assert from "node:assert/strict";
import { catalogue, type Type, types } from "../../../shared/catalogue/events.ts";
import type { Kind } from "../../../shared/catalogue/fields.ts";
import { factFields } from "../../../warehouse/sql/dimensions.ts";
import { requireServer } from "../../../warehouse/sql/schema.ts";

const schema = Deno.readTextFileSync(new URL("../../../warehouse/sql/schema.sql", import.meta.url));

/** The definition of a fact table. */
function factTable(type: Type): string {
  const [, body] = new RegExp(`create table warehouse\\.fact_${type} \\((.+?)\\n\\);`, "s").exec(
    schema,
  )!;
  return body!;
}

/** Others are made out of the catalogue. */
const written = types.filter((type) => schema.includes(`create table warehouse.fact_${type} (`));

for (const type of written) {
  Deno.test(`schema.sql: fact_${type} has the type's own fields as columns`, () => {
    const table = factTable(type);
    const lines = table.split("\n").map((line) => line.trim());
    for (const name of factFields(type)) {
      const kind: Kind = catalogue[type].fields[name as never];
      const column = lines.find((line) => line.startsWith(`${name} `)) ?? "none";
      const normal = column.replace(", ", ",").replace(/ int\b/, " integer");
      assert.ok(normal.startsWith(`${name} ${kind.sql}`), `${name}: ${column}`);
    }
  });
}

Deno.test("requireServer() takes PostgreSQL 18 and later, and says so of an older one", () => {
  for (const version of ["18.4", "18.4 (Debian 18.4-1)", "19beta1"]) requireServer(version);
  assert.throws(() => requireServer("17.6"), {
    name: "UserError",
    message: "The warehouse's server is PostgreSQL 17.6: 18 or newer is required",
  });
});
