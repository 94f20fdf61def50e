import assert from "node:assert/strict";
import { taken } from "./consume.ts";
import { follow, stepsOf } from "./guide_steps.ts";
import { type Ended, type Program, start } from "./program.ts";
import { projectCopy } from "./project_copy.ts";
import { shell } from "./shell.ts";
import { etl, put, query, warehouseBox } from "./warehouse.ts";

const PAGE = "docs/adding-an-event-type.md";
const EACH = 20;
/** Columns of the new table and of the views made anew that have no comment. */
const UNCOMMENTED = `
  SELECT format('%s.%s', c.relname, a.attname) AS column
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relname IN ('fact_warranty', 'facts_with_new_values', 'pipeline_freshness')
      AND a.attnum > 0 AND col_description(c.oid, a.attnum) IS NULL`;

Deno.test(`${PAGE}: its steps take a new type to its fact table, and the proof and the gate know it`, async () => {
  await using project = await projectCopy("seventh");
  await using box = await warehouseBox("new-type");
  // A warehouse that is there before the type is.
  assert.equal((await etl(box)).code, 0);

  const steps = stepsOf(await Deno.readTextFile(PAGE));
  assert.ok(steps.length >= 4);
  for (const step of steps) await follow(step, project.folder);
  const begin = (script: string, set: string, args: readonly string[]): Program =>
    start(script, ["run", "-q", `-P=${set}`, script, ...args], {
      env: box.env,
      cwd: project.folder,
    });
  const run = async (script: string, set: string, ...args: string[]): Promise<Ended> => {
    await using program = begin(script, set, args);
    return await program.ended();
  };

  const early = await run("verify/main.ts", "verify");
  assert.equal(early.code, 1);
  assert.match(
    early.stderr,
    /has no staging\.warranty\.event_type, which the catalogue has\n {2}→ run: .*etl/,
  );

  const fast = ["--interval", "0", "--count", String(EACH)];
  const made = await run("producers/all.ts", "producer", "--type", "all", ...fast);
  assert.deepEqual([made.code, made.stderr], [0, ""]);
  const broken = ["--type", "warranty", ...fast, "--faults", "invalid=1"];
  const bad = await run("producers/all.ts", "producer", ...broken);
  assert.equal(bad.code, 0, bad.stderr);
  {
    await using consumer = begin("consumer/main.ts", "consumer", []);
    await taken(box, 8 * EACH);
    consumer.signal("SIGINT");
    const { code, stderr } = await consumer.ended();
    assert.deepEqual([code, stderr], [0, ""]);
  }
  const loaded = await run("warehouse/main.ts", "loader");
  assert.equal(loaded.code, 0, loaded.stderr);
  assert.match(
    loaded.stdout,
    /^The warehouse's schema has fact_warranty as the catalogue says now$/m,
  );

  const [sums] = await query(
    box,
    `SELECT count(*)::int AS facts, count(c.name)::int AS customers, count(v.vin)::int AS vehicles,
       count(d.dealer_id)::int AS dealers, bool_and(w.warranty_months > 0) AS lasting
     FROM warehouse.fact_warranty w
     JOIN warehouse.dim_customer c USING (customer_key) JOIN warehouse.dim_vehicle v USING (vehicle_key)
     JOIN warehouse.dim_dealer d USING (dealer_key) JOIN warehouse.dim_date USING (date_key)
     WHERE customer_key > 0 AND vehicle_key > 0 AND dealer_key > 0`,
  );
  const all = { facts: EACH, customers: EACH, vehicles: EACH, dealers: EACH };
  assert.deepEqual(sums, { ...all, lasting: true });
  const proof = await run("verify/main.ts", "verify");
  assert.equal(proof.code, 0, proof.stdout + proof.stderr);
  assert.match(proof.stdout, /^ +warranty +40 +20 +20 /m);
  assert.match(proof.stdout, /✅/);

  // What another writer says: a word that is in no set, and a price that breaks a rule.
  await put(
    box,
    "warranty/warranty_2026.csv",
    "warranty_id,timestamp,customer_id,warranty_price,warranty_plan\n" +
      "W1,2026-02-26,C1,10,Gold\nW2,2026-02-26,C1,-10,Full\n",
  );
  const other = await run("warehouse/main.ts", "loader");
  assert.equal(other.code, 0, other.stderr);
  assert.deepEqual(
    await query(box, "SELECT type, field, value, facts::int FROM warehouse.new_values"),
    [{ type: "warranty", field: "warranty_plan", value: "Gold", facts: 1 }],
  );
  assert.deepEqual(
    await query(box, "SELECT event_id AS id, reason FROM warehouse.rejected_rows"),
    [{ id: "W2", reason: "warranty_price is -10.00, expected 0 or more" }],
  );
  await assert.rejects(
    query(box, "UPDATE warehouse.fact_warranty SET warranty_price = -1"),
    /violates check constraint/,
  );
  // A loader that does not know the type yet leaves it as it is.
  assert.equal((await etl(box)).code, 0);
  const fresh = await query(
    box,
    "SELECT events::int FROM warehouse.pipeline_freshness WHERE type = 'warranty'",
  );
  assert.deepEqual(fresh, [{ events: EACH }]);
  assert.deepEqual(await query(box, UNCOMMENTED), []);

  // The pages are written anew, and the gate is green; of the unit tests, those that know the types.
  const gate =
    "tests/documents tests/schema tests/shared tests/warehouse tests/producers/simulation/simulation_test.ts";
  const commands = ["task -q docs:tables", "task -q static", `test -q -P=unit ${gate}`];
  for (const command of commands) {
    const { code, stdout, stderr } = await shell(`deno ${command}`, { cwd: project.folder });
    assert.equal(code, 0, `${command}\n${stdout}${stderr}`);
  }
});
