import assert from "node:assert/strict";
import {
  addLoaded,
  balance,
  holds,
  type Ids,
  idsIn,
  idsOf,
  publishedIn,
  sumRows,
  total,
} from "../../orchestration/demo_sum.ts";

const published: Ids = new Map([["sales", ["S1", "S2", "S3"]], ["telemetry", ["T1"]]]);

function balanced(landed: Ids, deadLetters: string[] = []) {
  const loaded = new Set([...landed.values()].flat());
  const sums = balance(published, landed, new Set(deadLetters), loaded);
  return { sums, holds: holds(sums), sales: sums.find(({ type }) => type === "sales")! };
}

Deno.test("balance() holds when every event landed once", () => {
  const { sums, holds } = balanced(new Map([["sales", ["S3", "S1", "S2"]], ["telemetry", ["T1"]]]));
  assert.ok(holds);
  assert.deepEqual(total(sums), { published: 4, landed: 4, deadLetters: 0, loaded: 4 });
});

Deno.test("balance() holds when an event became a dead letter instead", () => {
  const { sums, holds } = balanced(new Map([["sales", ["S1", "S3"]], ["telemetry", ["T1"]]]), [
    "S2",
  ]);
  assert.ok(holds);
  assert.deepEqual(total(sums), { published: 4, landed: 3, deadLetters: 1, loaded: 3 });
});

Deno.test("balance() holds when nothing was published", () => {
  assert.ok(holds(balance(new Map(), new Map([["sales", ["X"]]]), new Set(), new Set())));
});

Deno.test("balance() does not count what others landed or set aside", () => {
  const { sums, holds } = balanced(
    new Map([
      ["sales", ["S1", "S2", "S3", "X1", "X1"]],
      ["telemetry", ["T1"]],
      ["payments", ["P1"]],
    ]),
    ["X2"],
  );
  assert.ok(holds);
  assert.deepEqual(total(sums), { published: 4, landed: 4, deadLetters: 0, loaded: 4 });
});

Deno.test("balance() names lost events", () => {
  const { sales, holds } = balanced(new Map([["sales", ["S2"]], ["telemetry", ["T1"]]]));
  assert.equal(holds, false);
  assert.deepEqual([sales.landed, sales.lost, sales.repeated], [1, ["S1", "S3"], []]);
});

Deno.test("balance() names events that landed twice, also when another is missing", () => {
  const { sales, holds } = balanced(
    new Map([["sales", ["S1", "S1", "S2"]], ["telemetry", ["T1"]]]),
  );
  assert.equal(holds, false);
  assert.deepEqual([sales.landed, sales.lost, sales.repeated], [3, ["S3"], ["S1"]]);
});

Deno.test("balance() does not hold when an event landed in another type's folder", () => {
  const { holds } = balanced(new Map([["sales", ["S1", "S2", "S3", "T1"]]]));
  assert.equal(holds, false);
});

Deno.test("balance() does not hold when an event landed and became a dead letter", () => {
  const landed: Ids = new Map([["sales", ["S1", "S2", "S3"]], ["telemetry", ["T1"]]]);
  assert.equal(balanced(landed, ["S1"]).holds, false);
});

Deno.test("sumRows() ends with the total", () => {
  const rows = sumRows(balanced(new Map([["sales", ["S1"]]]), ["T1"]).sums);
  assert.deepEqual(rows[0], ["type", "published", "landed", "dead letters", "in the warehouse"]);
  assert.deepEqual(rows[1], ["sales", 3, 1, 0, 1]);
  assert.equal(rows.length, 8);
  assert.deepEqual(rows.at(-1), ["all", 4, 1, 1, 1]);
});

Deno.test("publishedIn() reads a producer's line, and no other line", () => {
  assert.deepEqual(publishedIn("✓ Published sales_#12: SALE-A1B2C3D4"), {
    type: "sales",
    id: "SALE-A1B2C3D4",
  });
  for (
    const line of [
      "Stopped: 12 events published",
      "✓ Published boats_#1: BOAT-A1B2C3D4",
      "✓ Published constructor_#1: X-1",
      "x ✓ Published sales_#12: SALE-A1B2C3D4",
      "✓ Flushed 5 sales events → s3://bucket/sales/sales_20260226_102345.csv",
      "",
    ]
  ) assert.equal(publishedIn(line), undefined, line);
});

Deno.test("idsIn() reads event ids, whatever the other fields hold", () => {
  const csv = 'event_type,event_id,notes\nsales,S1,"a\nb,S9"\nsales,S2,"say ""hi"""\n';
  assert.deepEqual(idsIn(csv), ["S1", "S2"]);
});

Deno.test("idsOf() reads the ids of what is an event, and passes over the rest", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const values = [bytes('{"event_id":"S1"}'), bytes("not json"), null, bytes("null"), bytes("{}")];
  assert.ok(idsOf(values).has("S1"));
  assert.equal(idsOf([bytes("not json"), null, bytes("null")]).size, 0);
});

Deno.test("addLoaded() sums up what a loader says it has loaded, and nothing else", () => {
  const lines = [
    "Watching s3://raw: loading files as they land",
    "✓ Loaded 5 sales rows ← s3://raw/sales/sales_1.csv: 5 facts",
    "✓ Loaded 9 telemetry rows ← s3://raw/telemetry/telemetry_1.csv: 4 facts, 3 rejected, 2 repeats",
    "✓ Loaded 2 sales rows ← s3://raw/sales/sales_2.csv: 0 facts, 2 repeats",
    "Done: 7 files, 7 rows = 7 facts + 0 rejected + 0 repeats",
  ];
  const none = { files: 0, rows: 0, facts: 0, rejected: 0, repeats: 0 };
  assert.deepEqual(lines.reduce(addLoaded, none), {
    files: 3,
    rows: 16,
    facts: 9,
    rejected: 3,
    repeats: 4,
  });
});
