import assert from "node:assert/strict";
import { types } from "../../../shared/catalogue/events.ts";
import { hasNewValue, plainWord, setFields } from "../../../warehouse/sql/value_sets.ts";

const migration = Deno.readTextFileSync(
  new URL("../../../warehouse/sql/migrations/0006_values.sql", import.meta.url),
).replaceAll(/\s+/g, " ");

const fields = types.flatMap((type) => setFields(type));

Deno.test("the words of a set, and their synonyms, can be told apart without case and blanks", () => {
  for (const [field, { values = [], synonyms = {} }] of fields) {
    const words = [...values as string[], ...Object.keys(synonyms)].map(plainWord);
    assert.equal(new Set(words).size, words.length, field);
    for (const meant of Object.values(synonyms)) assert.ok(values.includes(meant), field);
  }
});

Deno.test("words can stand in SQL as they are", () => {
  for (const [, { values = [], synonyms = {} }] of fields) {
    for (const word of [...values as string[], ...Object.keys(synonyms)]) {
      assert.match(word, /^[\w -]+$/);
    }
  }
});

/** Others have no index of the script's: theirs is made out of the catalogue. */
const indexed = types.filter((type) => migration.includes(`from warehouse.fact_${type} f`));

for (const type of indexed) {
  Deno.test(`the index and the view of new values have the catalogue's sets of ${type}`, () => {
    const condition = (row: string) =>
      hasNewValue(type, row).replaceAll(" OR ", " or ")
        .replaceAll(" NOT IN ", " not in ");
    const index = `create index fact_${type}_new_values on warehouse.fact_${type} (load_id) where ${
      condition("")
    };`;
    assert.ok(migration.includes(index), index);
    const isOnly = setFields(type).length === 1;
    const where = isOnly ? `where ${condition("f.")}` : `where v.is_new and (${condition("f.")})`;
    assert.ok(migration.includes(`from warehouse.fact_${type} f`), type);
    assert.ok(migration.includes(where), where);
    for (const [n, [field]] of setFields(type).entries()) {
      const row = `('${field}', f.${field}, ${condition("f.").split(" or ")[n]})`;
      assert.ok(isOnly || migration.includes(row), row);
    }
  });
}
