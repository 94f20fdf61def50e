import assert from "node:assert/strict";
import { fileName } from "./rows.ts";
import { etl, ledger, placeOf, put, query, rejected, warehouseBox } from "./warehouse.ts";

const HEAD = "event_id,timestamp,customer_name,final_price\n";

/** Loads files of another writer, each under a name of its own; gives what the ledger says of each. */
async function load(name: string, files: readonly (string | Uint8Array)[]) {
  const box = await warehouseBox(name);
  const keys = files.map((_, n) => fileName("sales", n));
  for (const [n, file] of files.entries()) await put(box, keys[n]!, file);
  const { code, stderr, stdout } = await etl(box);
  const said = await ledger(box);
  return { box, keys, code, stderr, stdout, said: keys.map((key) => said[key]) };
}

Deno.test("a stray quote in a file of another writer swallows no row: the file is refused with the place", async () => {
  const { box, said, keys, code } = await load("foreign-quotes", [
    `${HEAD}S1,2026-02-26,15" rims,1\nS2,2026-02-26,b,2\nS3,2026-02-26,17" rims,3\nS4,2026-02-26,d,4\n`,
    `${HEAD}S5,2026-02-26,"say \\"hi\\"",1\n`,
    `${HEAD}S6,2026-02-26,"a\n1,2\nS7,2026-02-26,b,2\n`,
    `${HEAD}S8,2026-02-26,"15"" rims, ""new""",8\n`,
  ]);
  await using _ = box;
  assert.equal(code, 1);
  assert.deepEqual(said, [
    'failed: line 2, column "customer_name": a quote stands in a cell without quotes (write "15"" rims", not 15" rims)',
    'failed: line 2, column "customer_name": text stands behind the closing quote (in quotes, write "" for ", not \\")',
    'failed: line 2, column "customer_name": a quote opens the cell, and none closes it',
    "1 rows, 1 facts, 0 rejected, 0 repeats",
  ]);
  assert.equal(await placeOf(box, keys[0]!), "raw");
  assert.deepEqual(
    await query(box, "SELECT name FROM warehouse.dim_customer WHERE customer_key > 0"),
    [],
    "a sale without customer_id has no customer",
  );
  assert.deepEqual(await query(box, "SELECT event_id FROM warehouse.fact_sales"), [
    { event_id: "S8" },
  ]);
});

Deno.test("what people's files have is taken where it is unambiguous", async () => {
  const row = (n: number) => `S${n},2026-02-26,Ann,${n}`;
  const { box, said, stderr } = await load("foreign-people", [
    `${HEAD}${row(1)}\n\n`,
    `${HEAD}${row(2)}\n\x1a`,
    `${HEAD}${row(3)}\x1a`,
    `${HEAD.replace("\n", "\r\n")}${row(4)}\n${row(40)}\r\n${row(41)}`,
    `${HEAD}${row(5)}`.replaceAll("\n", "\r"),
    `${HEAD.replace("\n", ",,\n")}${row(6)},,\n${row(60)}\n`,
    `${HEAD}${row(7)},\n\r\n`,
    `${HEAD.replace("\n", "\r\r\n")}${row(8)}\r\r\n`,
    `,${HEAD}0,${row(9)}\n`,
  ]);
  await using _ = box;
  const rows = [1, 1, 1, 3, 1, 2, 1, 1, 1];
  assert.deepEqual(
    said,
    rows.map((count) => `${count} rows, ${count} facts, 0 rejected, 0 repeats`),
    stderr,
  );
  const sum =
    "SELECT count(*)::int AS rows, sum(final_price)::int AS sum FROM warehouse.fact_sales";
  assert.deepEqual(await query(box, sum), [{
    rows: 12,
    sum: 1 + 2 + 3 + 4 + 40 + 41 + 5 + 6 + 60 + 7 + 8 + 9,
  }]);
});

Deno.test("what is ambiguous is refused with line and column, by its name", async () => {
  const { box, said } = await load("foreign-ambiguous", [
    `${HEAD}S1,2026-02-26,Ann,1\nS2,2026-0`,
    `${HEAD}S1,2026-02-26,Ann,1\nS2,2026-02-26\n`,
    `${HEAD}S1,2026-02-26,Smith, Ann,1\n`,
    `${HEAD.replace("\n", ",,\n")}S1,2026-02-26,Ann,1,,x\n`,
    `${HEAD}S1,2026-02-26,A\rnn,1\n`,
    `${HEAD.replace("\n", ",,\n")}`.replace("event_id", ""),
    `\n\n`,
    `event_id#timestamp\nS1#2026-02-26\n`,
  ]);
  await using _ = box;
  assert.deepEqual(said, [
    'failed: line 3: the row ends before "customer_name" (the file seems to be cut off)',
    'failed: line 3: the row ends before "customer_name"',
    'failed: line 2: behind "final_price", the last column, stands "1"',
    'failed: line 2: behind "final_price", the last column, stands "x"',
    'failed: line 2, column "customer_name": a carriage return stands alone in a cell without quotes',
    "failed: its header has neither event_id nor sale_id: ,timestamp,customer_name,final_price",
    "failed: it is empty: not even a header",
    "failed: its header has neither event_id nor sale_id: event_id#timestamp",
  ]);
  assert.deepEqual(await query(box, "SELECT count(*)::int AS n FROM warehouse.fact_sales"), [{
    n: 0,
  }]);
});

Deno.test("reasons of rejected rows are printable, whatever stands in the row", async () => {
  const evil = "\x1b[2J\u2028\u202e";
  const { box, code } = await load("foreign-evil", [
    `event_id,timestamp,sale_price,sale_channel,event_type\n` +
    `S1,2026-02-26,"${evil}1\n2",,\n` +
    `S2,2026-02-26,1,"${evil}${"x".repeat(70)}\n",\n` +
    `S3,2026-02-26,1,,"${evil}${"🚗".repeat(70)}"\n` +
    `"${evil}${"🚗".repeat(70)}",2026-02-26,1,,\n`,
  ]);
  await using _ = box;
  assert.equal(code, 0);
  const reasons = await rejected(box);
  // Any text is a sale_channel.
  assert.equal(reasons.length, 3);
  for (const reason of reasons) assert.match(reason, /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202e]{1,300}$/u);
});

Deno.test("a file of another writer is read in bounded memory, and its rows are counted by lines", async () => {
  const wide = "x".repeat(2_000);
  const rows = Array.from(
    { length: 40_000 },
    (_, n) => `S${n},2026-02-26,"a ""b""",${n === 39_999 ? "12k" : 1},${wide}\n`,
  );
  await using box = await warehouseBox("foreign-large");
  await put(box, fileName("sales", 0), HEAD.replace("\n", ",remark\n") + rows.join(""));
  // The limit is far below the 80 MB of the file.
  const { code, stderr, stdout } = await etl({
    env: { ...box.env, DENO_V8_FLAGS: "--max-heap-size=60" },
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /40000 rows = 39999 facts \+ 1 rejected/);
  assert.deepEqual(await rejected(box), [
    `40001 of ${fileName("sales", 0)}: final_price is "12k", expected an amount such as 23999.50`,
  ]);
});
