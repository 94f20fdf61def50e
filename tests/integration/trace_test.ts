import assert from "node:assert/strict";
import { topicOf } from "../../shared/catalogue/events.ts";
import { landAll } from "./consume.ts";
import { events, publish, sale } from "./events.ts";
import { landedFiles } from "./landed.ts";
import { program } from "./program.ts";
import { etl, type WarehouseBox, warehouseBox } from "./warehouse.ts";

const ARGS = ["--batch-size", "20", "--timeout", "1"];

async function trace(box: WarehouseBox, ...args: string[]) {
  await using run = program("trace/main.ts", args, { permissions: "verify", env: box.env });
  return await run.ended();
}

Deno.test("trace follows an event from its message to its fact, by id, place, file and vehicle", async () => {
  await using box = await warehouseBox("trace");
  const { topicPrefix } = box.settings;
  const topic = topicOf("sales", topicPrefix);
  const vehicle = "VEH-00000001";
  const sales = Array.from({ length: 20 }, (_, n) => sale(n, { vehicle_id: vehicle }));
  const id = String(sales[7]!.event_id);
  await publish(box, "sales", sales, { partition: 1 });

  const open = await trace(box, id);
  assert.equal(open.code, 0, open.stderr);
  assert.match(open.stdout, new RegExp(`published +${topic}/1/7 `));
  assert.match(open.stdout, /the group \S+ has landed nothing of \S+\/1 yet/);
  assert.match(open.stderr, /The warehouse is empty: .*task etl/);

  await landAll(box, ARGS, ["sales"]);
  const [file] = await landedFiles(box);
  const landed = await trace(box, `${topic}/1/7`);
  assert.match(landed.stdout, new RegExp(`^${id}\n`));
  assert.match(landed.stdout, new RegExp(`landed +${file!.key}, line 9 \\(in the raw bucket\\)`));

  await etl(box);
  for (const name of [id, `${topic}/1/7`]) {
    const { code, stdout, stderr } = await trace(box, name);
    assert.deepEqual([code, stderr], [0, ""]);
    const steps = stdout.split("\n").slice(2).map((line) =>
      line.replace(/^ +\S+ \S+ +(\+\S+ s +)?/, "").replace(/ \(key .*\)/, "").replace(/ +/g, " ")
    );
    assert.deepEqual(steps, [
      `published ${topic}/1/7`,
      `landed ${file!.key}, line 9 (in the archive)`,
      "loaded warehouse.fact_sales",
      "",
    ]);
  }

  const ofFile = await trace(box, file!.key.replace("sales/", ""));
  assert.match(ofFile.stdout, new RegExp(`in the archive\n(.+\n)+ +${topic}/1 offsets 0 to 19\n`));
  assert.match(ofFile.stdout, /20 rows = 20 facts \+ 0 rejected \+ 0 repeats\n$/);

  const life = await trace(box, vehicle);
  assert.ok(life.stdout.includes(`${id}  ${file!.key}, line 9`), life.stdout);

  const json = await trace(box, id, "--json");
  const way = JSON.parse(json.stdout);
  assert.deepEqual([way.message.offset, way.file.line, way.row.table], [7, 9, "fact_sales"]);
});

Deno.test("trace tells a dead letter, a rejected row, a repeat, and what is not there", async () => {
  await using box = await warehouseBox("trace-not");
  const { topicPrefix } = box.settings;
  const topic = topicOf("inventory", topicPrefix);
  const good = { ...events("inventory", 1)[0]!, event_id: "INV-GOOD", quantity: 1 };
  const negative = { ...good, event_id: "INV-NEGATIVE", quantity: -1 };
  const values = [good, negative, { ...good, event_id: undefined }, good];
  await publish(box, "inventory", values, { partition: 0 });
  await landAll(box, ARGS, ["inventory"]);
  await etl(box);

  const rejected = await trace(box, "INV-NEGATIVE");
  assert.match(rejected.stdout, /rejected +warehouse\.rejected_rows: .*quantity/);
  const letter = await trace(box, `${topic}/0/2`);
  assert.match(letter.stdout, /^An event without an id\n(.+\n)+.*set aside +.*event_id/);
  const repeat = await trace(box, `${topic}/0/3`);
  assert.equal(repeat.code, 0);
  assert.match(repeat.stdout, new RegExp(`^${good.event_id}\n(.+\n)+.*(landed|repeat)`));

  const none = await trace(box, "INV-NOWHERE");
  assert.equal(none.code, 1);
  assert.match(none.stderr, /✗ No event INV-NOWHERE: not among the last .* messages of its topic/);
  const beyond = await trace(box, `${topic}/0/99`);
  assert.match(beyond.stdout, /ends before offset 4\n$/);
  const noFile = await trace(box, "sales/sales_20200101_000000.csv");
  assert.match(noFile.stderr, /^✗ There is no file sales\/sales_20200101_000000\.csv, /m);
});
