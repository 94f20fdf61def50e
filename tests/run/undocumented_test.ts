import assert from "node:assert/strict";
import { type Docs, undocumented } from "./undocumented.ts";

const MODULE = "file:///a.ts";

function docs(...declarations: object[]): Docs {
  const whole = declarations.map((declaration, index) => ({
    kind: "function",
    declarationKind: "export",
    location: { filename: MODULE, line: index + 1 },
    ...declaration,
  }));
  return {
    nodes: {
      [MODULE]: {
        symbols: whole.map((declaration, index) => ({
          name: `n${index}`,
          declarations: [declaration],
        })),
      },
    },
  };
}

Deno.test("undocumented() names exports without a comment", { permissions: "none" }, () => {
  const found = undocumented(
    docs({}, { jsDoc: { doc: "Says it." } }, { jsDoc: { doc: " " } }, { jsDoc: { tags: [] } }),
  );
  assert.deepEqual(found, [`${MODULE}:1 n0`, `${MODULE}:3 n2`, `${MODULE}:4 n3`]);
});

Deno.test(
  "undocumented() leaves out what is private or a package's",
  { permissions: "none" },
  () => {
    const location = { filename: "file:///node_modules/b.d.ts", line: 1 };
    assert.deepEqual(undocumented(docs({ declarationKind: "private" }, { location })), []);
  },
);

Deno.test(
  "undocumented() wants methods documented, but no disposal",
  { permissions: "none" },
  () => {
    const location = { filename: MODULE, line: 7 };
    const methods = [
      { name: "take", location },
      { name: "told", location, jsDoc: { doc: "Told." } },
      { name: "[Symbol.dispose]", location },
      { name: "hidden", location, accessibility: "private" },
    ];
    const found = undocumented(docs({ jsDoc: { doc: "A class." }, def: { methods } }));
    assert.deepEqual(found, [`${MODULE}:7 n0.take`]);
  },
);
