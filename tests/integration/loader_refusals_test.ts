import assert from "node:assert/strict";
import { columnsOf } from "../../shared/catalogue/events.ts";
import { provenanceOf, toMetadata } from "../../shared/formats/provenance.ts";
import { fileName, saleRows } from "./rows.ts";
import type { Sandbox } from "./sandbox.ts";
import { etl, ledger, placeOf, put, putOurs, query, startEtl, warehouseBox } from "./warehouse.ts";

/** Text as UTF-16, little end first, without a byte order mark. */
function utf16(text: string): Uint8Array {
  return new Uint8Array(Uint16Array.from(text, (char) => char.charCodeAt(0)).buffer);
}

/** A file of many columns that nobody knows. */
function wide(columns: number, cell: string): string {
  const names = Array.from({ length: columns }, (_, n) => `x${n}`);
  return `event_id,timestamp,${names}\nS${columns},2026-02-26,${names.map(() => cell)}\n`;
}

/** Puts a file that has our consumer's header and provenance, whatever stands in it. */
async function putAsOurs(box: Sandbox, key: string, rows: string): Promise<void> {
  const body = new TextEncoder().encode(`${columnsOf("sales").join(",")}\n${rows}`);
  const range = { partition: 0, from: 0, to: 1, rows: 1, repeats: 0, deadLetters: 0 };
  const ranges = [{ ...range, tombstones: 0 }];
  const of = provenanceOf({ ranges, rows: 1, body }, { group: "test", topic: "sales_topic" });
  await put(box, key, body, toMetadata(of));
}

const PRINTABLE = /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{1,600}$/u;

Deno.test("files that PostgreSQL cannot take are recorded, and hold up nobody", async () => {
  await using box = await warehouseBox("etl-faults");
  const bad = (n: number) => fileName("sales", n);
  await put(box, bad(1), new Uint8Array(64));
  await put(box, bad(2), utf16("event_id,timestamp\nS1,2026-02-26\n"));
  await put(box, bad(3), `event_id,\x1b[31mtimestamp\x1b[0m,"a\n${"é".repeat(300_000)}`);
  await putAsOurs(box, bad(4), `sales,S1,2026-02-26,S1,,,\0${",".repeat(11)}\n`);
  await putAsOurs(box, bad(5), "\x1b]0;x\x07,,\u2028\n");
  const wides = { [bad(6)]: wide(1_705, "x"), [bad(7)]: wide(705, "x".repeat(15)) };
  for (const [key, text] of Object.entries(wides)) await put(box, key, text);
  const good = Array.from({ length: 8 }, (_, n) => fileName("sales", 20 + n));
  for (const [n, key] of good.entries()) await putOurs(box, "sales", key, saleRows(2, 10 + 2 * n));

  const first = await etl(box);
  assert.equal(first.code, 1, first.stderr);
  assert.doesNotMatch(first.stderr, /Cannot use the warehouse/);
  // deno-lint-ignore no-control-regex -- a terminal would obey them
  assert.doesNotMatch(first.stdout + first.stderr, /[\x00-\x09\x0b-\x1f\x7f]/);
  for (const key of good) assert.equal(await placeOf(box, key), "archive");
  const said = await ledger(box);
  for (const n of [1, 2, 3, 4, 5]) {
    assert.match(said[bad(n)]!, /^failed: /, bad(n));
    assert.match(said[bad(n)]!, PRINTABLE);
    assert.equal(await placeOf(box, bad(n)), "raw");
  }
  // Columns that nobody knows are no fault, however many.
  assert.deepEqual(
    await query(
      box,
      `SELECT event_id AS id, count(*)::int AS columns FROM warehouse.fact_sales, jsonb_each(extra)
       WHERE event_id LIKE 'S_%5' GROUP BY event_id ORDER BY event_id`,
    ),
    [{ id: "S1705", columns: 1_705 }, { id: "S705", columns: 705 }],
  );

  const second = await etl(box);
  assert.deepEqual([second.code, second.stdout.trim()], [
    0,
    "Done: 0 files, 0 rows = 0 facts + 0 rejected + 0 repeats",
  ]);
  assert.match(second.stderr, /^Still unreadable, unchanged in \S+: 5 files/);
});

Deno.test("etl --watch goes on where a file cannot be taken", async () => {
  await using box = await warehouseBox("etl-faults-watch");
  await put(box, fileName("sales", 1), new Uint8Array(64));
  await using run = startEtl(box, "--watch");
  await run.waitForLine(/^✗ Cannot load s3:/);
  await putOurs(box, "sales", fileName("sales", 2), saleRows(1));
  await run.waitForLine(/^✓ Loaded 1 sales rows/);
  run.signal("SIGINT");
  const { code, stderr } = await run.ended();
  assert.equal(code, 0);
  assert.equal(stderr.match(/Cannot load/g)?.length, 1, "it is tried once");
});

Deno.test("what breaks a constraint that no rule foresaw is the file's fault", async () => {
  await using box = await warehouseBox("etl-faults-constraint");
  assert.equal((await etl(box)).code, 0);
  await query(
    box,
    `ALTER TABLE warehouse.fact_sales ADD CONSTRAINT never CHECK (customer_key = 0 OR sale_id <> 'SALE-00000001')`,
  );
  await putOurs(box, "sales", fileName("sales", 1), saleRows(3));
  await putOurs(box, "sales", fileName("sales", 2), saleRows(3, 10));
  const { code, stdout } = await etl(box);
  assert.equal(code, 1);
  assert.match(stdout, /^Done: 1 files, 3 rows = 3 facts/m);
  assert.match((await ledger(box))[fileName("sales", 1)]!, /^failed: .*"never"/);
});

Deno.test("where PostgreSQL stumbles at a file and says nothing of its content, the others are loaded first", async () => {
  await using box = await warehouseBox("etl-faults-other");
  assert.equal((await etl(box)).code, 0);
  await query(
    box,
    `CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF new.sale_id = 'SALE-00000001' THEN RAISE 'no idea' USING errcode = 'XX000'; END IF;
       RETURN new; END $$;
     CREATE TRIGGER stumble BEFORE INSERT ON warehouse.fact_sales
       FOR EACH ROW EXECUTE FUNCTION stumble()`,
  );
  const keys = Array.from({ length: 6 }, (_, n) => fileName("sales", n));
  for (const [n, key] of keys.entries()) await putOurs(box, "sales", key, saleRows(2, 2 * n));
  const first = await etl(box);
  assert.equal(first.code, 1);
  assert.match(first.stderr, /^✗ Cannot use the warehouse at .*: no idea \(XX000\)$/m);
  assert.equal(first.stdout.match(/^✓ Loaded 2 sales rows/gm)?.length, 5);
  assert.deepEqual(Object.keys(await ledger(box)).toSorted(), keys.slice(1));
  await query(box, "DROP TRIGGER stumble ON warehouse.fact_sales");
  const second = await etl(box);
  assert.match(second.stdout, /^Done: 1 files, 2 rows = 2 facts/m);
});
