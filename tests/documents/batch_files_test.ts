import assert from "node:assert/strict";
import { aliases, derivations, plainName } from "../../shared/catalogue/aliases.ts";
import { columnsOf, isType, types } from "../../shared/catalogue/events.ts";
import { endings, readKey } from "../../shared/formats/object_key.ts";

const page = Deno.readTextFileSync(new URL("../../docs/batch-files.md", import.meta.url));

/** The rows of the table whose header has these cells. */
function table(...header: string[]): string[][] {
  const tables = [...page.matchAll(/(?:^\|.*\n)+/gm)].map(([text]) =>
    text.trimEnd().split("\n").map((line) =>
      line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim())
    )
  );
  const found = tables.find(([head]) => String(head) === String(header));
  assert.ok(found, `docs/batch-files.md has no table | ${header.join(" | ")} |`);
  return found.slice(2);
}

Deno.test("docs/batch-files.md: its table of names is what readKey() says", () => {
  for (const [key, is] of table("key", "is")) {
    const named = readKey(key!.replaceAll("`", ""));
    const said = "type" in named ? `a file of ${named.type}` : "passed over";
    assert.ok(is!.startsWith(said), `${key}: ${is}, not ${said}`);
  }
});

Deno.test("docs/batch-files.md: its endings are those that are taken", () => {
  const said = table("ending", "format").flatMap(([cell]) => cell!.replaceAll("`", "").split(", "));
  assert.deepEqual(said, Object.keys(endings));
});

Deno.test("aliases fill fields that there are, and are no fields themselves but for the event's time", () => {
  for (const type of types) {
    const columns = columnsOf(type);
    const plain = columns.map(plainName);
    for (const [field, names] of Object.entries(aliases[type] ?? {})) {
      assert.ok(columns.includes(field), `${type}: ${field}`);
      for (const name of names) {
        assert.ok(name === "timestamp" || !plain.includes(plainName(name)), `${type}: ${name}`);
      }
    }
    for (const field of (derivations[type] ?? []).flatMap(({ into }) => into)) {
      assert.ok(columns.includes(field), `${type}: ${field}`);
    }
  }
  assert.ok(Object.keys(aliases).some(isType));
});
