import assert from "node:assert/strict";
import { fileName } from "./rows.ts";
import { until } from "./wait.ts";
import { etl, putOurs, query, startEtl, warehouseBox } from "./warehouse.ts";

const TIME = "2026-02-26T10:00:00.000000";

/** A count of a vehicle, as a row. */
function count(id: string, vehicle: Record<string, string>): Record<string, string> {
  return { event_id: id, event_type: "inventory", timestamp: TIME, quantity: "5", ...vehicle };
}

Deno.test("a load that brings new members waits for those that bring the same ones only", async () => {
  await using box = await warehouseBox("member-locks");
  const { client } = box;
  await putOurs(box, "inventory", fileName("inventory", 1), [
    count("T1", { vehicle_id: "V1", vehicle_vin: "VIN10001" }),
  ]);
  assert.equal((await etl(box)).code, 0);

  // Another load, under way: it has told of two vehicles, one of which is new.
  await client.query("BEGIN");
  const observe = "SELECT warehouse.observe_vehicle($1, $2, $3, $4)";
  await client.query(observe, ["V1", null, { make: "BMW" }, TIME]);
  await client.query(observe, ["V2", "VIN10002", { vin: "VIN10002" }, TIME]);

  await putOurs(box, "inventory", fileName("inventory", 2), [
    count("T2", { vehicle_id: "V3", vehicle_vin: "VIN10003", vehicle_make: "Audi" }),
  ]);
  assert.match((await etl(box)).stdout, /Loaded 1 inventory rows/);

  const others = [
    // Known by its VIN, which is not told again; and not known yet, by its VIN only.
    [count("T3", { vehicle_vin: "VIN10001", vehicle_model: "X3" })],
    [count("T4", { vehicle_vin: "VIN10002", vehicle_model: "X5" })],
  ];
  for (const [n, rows] of others.entries()) {
    const key = fileName("inventory", 3 + n);
    await putOurs(box, "inventory", key, rows);
    await using waiting = startEtl(box, "--key", key);
    await until("the load waits", async () => {
      const [row] = await query<{ count: number }>(
        box,
        `SELECT count(*)::int FROM pg_locks
         WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))`,
      );
      return row!.count > 0;
    });
    if (n === others.length - 1) await client.query("COMMIT");
    else waiting.signal("SIGKILL");
    await waiting.ended();
  }
  assert.equal((await etl(box)).code, 0);
  assert.deepEqual(
    await query(
      box,
      `SELECT event_id, vehicle_id, vin, make, model
       FROM warehouse.fact_inventory JOIN warehouse.dim_vehicle v USING (vehicle_key) ORDER BY 1`,
    ),
    [
      { event_id: "T1", vehicle_id: "V1", vin: "VIN10001", make: "BMW", model: "X3" },
      { event_id: "T2", vehicle_id: "V3", vin: "VIN10003", make: "Audi", model: null },
      { event_id: "T3", vehicle_id: "V1", vin: "VIN10001", make: "BMW", model: "X3" },
      { event_id: "T4", vehicle_id: "V2", vin: "VIN10002", make: null, model: "X5" },
    ],
  );
});

Deno.test("loads that tell of the same new members in any order never end in a deadlock", async () => {
  await using box = await warehouseBox("member-order");
  const FILES = 12;
  const VEHICLES = 40;
  for (let n = 0; n < FILES; n++) {
    const rows = Array.from({ length: VEHICLES }, (_, i) => {
      // Each file begins elsewhere, and tells of ids, of VINs, or of both.
      const v = (i * (n % 2 ? 7 : 11) + n * 5) % VEHICLES;
      return count(`T${n}-${i}`, {
        vehicle_id: n % 3 === 0 ? "" : `V${v}`,
        vehicle_vin: n % 3 === 1 ? "" : `VIN1000${v}`,
        vehicle_make: `Make ${n}`,
      });
    });
    await putOurs(box, "inventory", fileName("inventory", n), rows);
  }
  const before = await deadlocks();
  const ended = await Promise.all([etl(box), etl(box), etl(box)]);
  for (const { code, stderr } of ended) assert.deepEqual([code, stderr], [0, ""]);
  assert.equal(await deadlocks(), before);
  assert.deepEqual(
    await query(
      box,
      `SELECT count(*)::int AS facts, count(DISTINCT v.vehicle_id)::int AS vehicles
       FROM warehouse.fact_inventory JOIN warehouse.dim_vehicle v USING (vehicle_key)`,
    ),
    [{ facts: FILES * VEHICLES, vehicles: VEHICLES }],
  );

  async function deadlocks(): Promise<number> {
    const [row] = await query<{ deadlocks: string }>(
      box,
      "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
    );
    return Number(row!.deadlocks);
  }
});
