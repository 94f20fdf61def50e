import { parse } from "csv-parse/sync";
import assert from "node:assert/strict";
import pLimit from "p-limit";
import { columnsOf } from "../../shared/catalogue/events.ts";
import { provenanceOf, toMetadata } from "../../shared/formats/provenance.ts";
import { seeded } from "./fuzz.ts";
import { pick, type Random } from "./fuzz_makers.ts";
import { fileName, saleRows } from "./rows.ts";
import { etl, ledger, placeOf, put, rejected, warehouseBox } from "./warehouse.ts";

const FILES = 240;
const ROWS = 4;
const SEED = 20_260_226;

/** What gets into files by accident. */
const DIRT: (number | string)[] = [
  ...[
    '"',
    '""',
    ',"',
    "\\",
    "\\.\n",
    ",",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "\0",
    "\x1a",
    "\x1b[31m",
    "\ufeff",
  ],
  ...["é", "🚗", "9".repeat(400), "1e999", "-", "NaN", "infinity", "24:00:00", "x".repeat(3_000)],
  ...[0xff, 0xc3, 0x80, 0xfe],
];

/** A right file of sales, with its column of colours or without. */
function rightFile(n: number, isOurs: boolean): string {
  const columns = columnsOf("sales");
  const lines = saleRows(ROWS, n * ROWS).map((row: Record<string, string | number>) =>
    columns.map((name) => row[name] ?? "").join(",")
  );
  const all = [columns.join(","), ...lines];
  return `${
    (isOurs ? all : all.map((line, n) => `${line},${n === 0 ? "colour" : '"red"'}`)).join("\n")
  }\n`;
}

/** Puts dirt into a file, takes a piece of it out, or cuts it off. */
function spoiled(text: string, random: Random): Uint8Array {
  const bytes = [...new TextEncoder().encode(text)];
  for (let n = 0; n <= random() * 3; n++) {
    const at = Math.floor(random() * bytes.length);
    const dirt = pick(DIRT, random);
    const kind = random();
    if (kind < 0.1) bytes.length = at;
    else if (kind < 0.2) bytes.splice(at, Math.floor(random() * 80));
    else {bytes.splice(
        at,
        0,
        ...(typeof dirt === "number" ? [dirt] : new TextEncoder().encode(dirt)),
      );}
  }
  return Uint8Array.from(bytes);
}

/** How many rows a strict reader finds; undefined if it finds fault with the file. */
function strictRows(bytes: Uint8Array): number | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const options = { relax_column_count: true, record_delimiter: ["\r\n", "\n"] };
    const rows: string[][] = parse(text, options);
    return rows.filter((row) => row.join("").trim() !== "" || row.length > 1).length - 1;
  } catch {
    return undefined;
  }
}

Deno.test("of spoiled files each is loaded with the rows that a strict reader finds, or recorded as unreadable", async () => {
  await using box = await warehouseBox("fuzz-files");
  const random = seeded(SEED);
  const files = Array.from({ length: FILES }, (_, n) => {
    // The consumer's files are copied as they are: what is wrong in them PostgreSQL finds.
    const isOurs = n % 2 === 1;
    return { key: fileName("sales", n), isOurs, body: spoiled(rightFile(n, isOurs), random) };
  });
  await pLimit(8).map(files, async ({ key, isOurs, body }) => {
    const range = { partition: 0, from: 0, to: ROWS, rows: ROWS, repeats: 0, deadLetters: 0 };
    const ranges = [{ ...range, tombstones: 0 }];
    const of = provenanceOf({ ranges, rows: ROWS, body }, { group: "test", topic: "sales_topic" });
    await put(box, key, body, isOurs ? toMetadata(of) : undefined);
  });
  const { code, stderr } = await etl(box);
  assert.equal(code, 1);
  const lines = stderr.trimEnd().split("\n");
  assert.deepEqual(lines.filter((line) => !line.startsWith("✗ Cannot load s3:")), []);
  for (const line of lines) assert.match(line, /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{1,700}$/u);
  const said = await ledger(box);
  for (const { key, isOurs, body } of files) {
    const [, rows] = /^(\d+) rows, /.exec(said[key] ?? "") ?? [];
    if (rows === undefined) assert.match(said[key] ?? "nothing", /^failed: ./, key);
    else if (!isOurs) assert.equal(Number(rows), strictRows(body), key);
    assert.equal(await placeOf(box, key), rows === undefined ? "raw" : "archive");
  }
  const loaded = Object.values(said).filter((text) => !text.startsWith("failed")).length;
  assert.ok(loaded > FILES / 5 && loaded < FILES * 4 / 5, `${loaded} of ${FILES} were loaded`);
  for (const reason of await rejected(box)) {
    assert.match(reason, /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{1,700}$/u);
  }
  const second = await etl(box);
  assert.deepEqual([second.code, second.stdout.split(" rows")[0]], [0, "Done: 0 files, 0"]);
});
