import assert from "node:assert/strict";
import { fileName, saleRow } from "./rows.ts";
import { etl, ledger, put, putOurs, query, rejected, warehouseBox } from "./warehouse.ts";

const CUSTOMERS = [
  "customer_id,first_name,last_name,email,phone,date_of_birth,gender,street_number,street_name,suburb,city,province,postal_code,country,status,created_at",
  "CUST001,Zanele,Botha,c1@example.org,082 111 2222,1990-05-01,F,12,Long Street,Gardens,Cape Town,Western Cape,8001,South Africa,Active,2025-05-24 00:00:00",
  "CUST002,Pieter,Naidoo??,not-an-email,082 333 4444??,31-02-1980,Male,,,,Durban,,,,Active,2025-08-23 00:00:00",
  "CUST001,Zanele,Botha,c1@example.org,082 111 2222,1990-05-01,F,12,Long Street,Gardens,Cape Town,Western Cape,8001,South Africa,Active,2025-05-24 00:00:00",
  ",Nobody,At All,not-an-email,,,,,,,,,,,,2025-08-23 00:00:00",
  "",
].join("\n");

Deno.test("etl takes customers: what is right in a row reaches the dimension, the rest stays with the row; nobody is rejected", async () => {
  await using box = await warehouseBox("customers");
  await put(box, fileName("customers", 1), CUSTOMERS);
  const { code, stderr, stdout } = await etl(box);
  assert.deepEqual([code, stderr], [0, ""], stdout);
  assert.deepEqual(await ledger(box), {
    [fileName("customers", 1)]: "4 rows, 2 facts, 1 rejected, 1 repeats",
  });
  assert.deepEqual(await rejected(box), [
    `5 of ${
      fileName("customers", 1)
    }: the row has no customer_id and no email that tells whose it is`,
  ]);
  assert.deepEqual(
    await query(
      box,
      `SELECT customer_id, name, email, phone, date_of_birth::text AS born, gender, address, city, province,
         postal_code, country, status FROM warehouse.dim_customer WHERE customer_key > 0 ORDER BY 1`,
    ),
    [
      {
        customer_id: "CUST001",
        name: "Zanele Botha",
        email: "c1@example.org",
        phone: "082 111 2222",
        born: "1990-05-01",
        gender: "Female",
        address: "12 Long Street, Gardens",
        city: "Cape Town",
        province: "Western Cape",
        postal_code: "8001",
        country: "South Africa",
        status: "Active",
      },
      {
        customer_id: "CUST002",
        name: "Pieter Naidoo",
        email: null,
        phone: "082 333 4444",
        born: null,
        gender: "Male",
        address: null,
        city: "Durban",
        province: null,
        postal_code: null,
        country: null,
        status: "Active",
      },
    ],
  );
  const [row] = await query(
    box,
    "SELECT told ->> 'phone' AS phone, left_out FROM warehouse.master_rows WHERE id = 'CUST002'",
  );
  assert.deepEqual(row, {
    phone: "082 333 4444??",
    left_out: ["email is not-an-email", "date_of_birth is 31-02-1980"],
  });
});

Deno.test("etl: master data gives history, an event that knows less takes nothing away, an older row changes nothing", async () => {
  await using box = await warehouseBox("master-history");
  const header = "customer_id,first_name,last_name,email,phone,city,created_at";
  const file = (n: number, ...rows: string[]) =>
    put(box, fileName("customers", n), [header, ...rows, ""].join("\n"));
  const load = async () => {
    const { code, stderr } = await etl(box);
    assert.deepEqual([code, stderr], [0, ""]);
  };
  // Another shape first, with fewer columns.
  await put(
    box,
    fileName("customers", 0),
    "customer_id,first_name,last_name,email,created_at\nCUST-1,Ann,Smith,ann@example.org,2026-01-10\n",
  );
  await load();
  await file(1, "CUST-1,Ann,Smith,ann@example.org,111,Durban,2026-01-10");
  await load();
  await putOurs(box, "sales", fileName("sales", 1), [
    saleRow(1, { timestamp: "2026-02-01T00:00:00.000000" }),
    saleRow(2, { timestamp: "2026-02-20T00:00:00.000000", email: "" }),
  ]);
  await load();
  await file(2, "CUST-1,Ann,Smith,ann@example.org,111,Cape Town,2026-02-10");
  await load();
  await file(3, "CUST-1,Ann,Smythe,old@example.org,000,Pretoria,2025-02-10");
  await load();
  const versions = () =>
    query(
      box,
      `SELECT name, email, phone, city, valid_from::text AS since, (SELECT string_agg(sale_id, ' ') FROM warehouse.fact_sales f
         WHERE f.customer_key = c.customer_key) AS sales
       FROM warehouse.dim_customer c WHERE customer_id = 'CUST-1' ORDER BY valid_from`,
    );
  const of = (city: string, since: string, sales: string | null) => ({
    name: "Ann Smith",
    email: "ann@example.org",
    phone: "111",
    city,
    since,
    sales,
  });
  assert.deepEqual(await versions(), [
    of("Durban", "-infinity", "SALE-00000001"),
    of("Cape Town", "2026-02-10 00:00:00", null),
  ]);
  // The same rows under another name are repeats.
  await file(4, "CUST-1,Ann,Smith,ann@example.org,111,Durban,2026-01-10");
  await load();
  assert.equal(
    (await ledger(box))[fileName("customers", 4)],
    "1 rows, 0 facts, 0 rejected, 1 repeats",
  );
  // An export whose rows are dated by when they were made tells a change by the time of its file.
  await file(5, "CUST-1,Ann,Smith,ann@example.org,111,Polokwane,2026-02-10");
  await load();
  const [, , third] = await versions();
  assert.equal(third!.city, "Polokwane");
  assert.ok(String(third!.since) > "2026-02-11");
});

Deno.test("etl takes vehicles, dealers and suppliers, by VIN too, and ties them to the events", async () => {
  await using box = await warehouseBox("masters");
  await put(
    box,
    "telemetry/telemetry_20260226_000001.csv",
    "event_id,timestamp,vehicle_vin,speed\nT1,2026-02-26,VIN4000000148,50\nT2,2026-02-26,VIN4000000074,60\nT3,2026-02-26,VIN777,70\n",
  );
  assert.equal((await etl(box)).code, 0);
  await put(
    box,
    fileName("vehicles", 1),
    [
      "vehicle_id,vin,make,model,year,color,engine_type,transmission,manufacture_country,manufacture_date,status,created_at",
      "VEH002,VIN4000000074,Toyota,Corolla,-2025,Silver,Hybrid,Automatic,Japan,31-02-2025,Retired,2026-02-06 00:00:00",
      "VEH004,VIN4000000148XX,Ford,X3,2026,White,Diesel,Automatic,Japan,2025-09-17,Retired,2025-04-11 00:00:00",
      "",
    ].join("\n"),
  );
  await put(
    box,
    fileName("vehicles", 2),
    "vin,make,model,year,vehicle_status\nVIN777,BMW,X5,2024,Sold\n",
  );
  await put(
    box,
    fileName("dealers", 1),
    "dealer_id,dealer_name,location,contact_email\nDEAL001,North,Durban,n@example.org\n",
  );
  const suppliers = [
    "supplier_id,supplier_name,country,contact_email,supplier_type,status",
    "SUP004,Parts & Co 4??,South Africa,s4@example.org,Parts Supplier,Active",
    "",
  ].join("\n");
  await put(box, fileName("suppliers", 1), suppliers);
  const { code, stderr } = await etl(box);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(
    await query(
      box,
      `SELECT event_id, vehicle_id, vin, make, year, manufactured::text AS made, v.status, v.fuel
       FROM warehouse.fact_telemetry JOIN warehouse.dim_vehicle v USING (vehicle_key) ORDER BY 1`,
    ),
    [
      {
        event_id: "T1",
        vehicle_id: "VEH004",
        vin: "VIN4000000148",
        make: "Ford",
        year: 2026,
        made: "2025-09-17",
        status: "Retired",
        fuel: null,
      },
      {
        event_id: "T2",
        vehicle_id: "VEH002",
        vin: "VIN4000000074",
        make: "Toyota",
        year: null,
        made: null,
        status: "Retired",
        fuel: null,
      },
      {
        event_id: "T3",
        vehicle_id: null,
        vin: "VIN777",
        make: "BMW",
        year: 2024,
        made: null,
        status: "Sold",
        fuel: null,
      },
    ],
  );
  assert.deepEqual(
    await query(box, "SELECT name, address, email FROM warehouse.dim_dealer WHERE dealer_key > 0"),
    [{ name: "North", address: "Durban", email: "n@example.org" }],
  );
  assert.deepEqual(
    await query(
      box,
      "SELECT name, country, contact_email, type, status FROM warehouse.dim_supplier WHERE supplier_key > 0",
    ),
    [{
      name: "Parts & Co 4",
      country: "South Africa",
      contact_email: "s4@example.org",
      type: "Parts Supplier",
      status: "Active",
    }],
  );
});
