import { CreateBucketCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { findPostgres } from "../../infra/postgres_programs.ts";
import { listFiles } from "../../shared/s3/landed_files.ts";
import { connectWarehouse } from "../../shared/postgres/client.ts";
import { warehouseUrl } from "../../shared/postgres/address.ts";
import { native } from "./native.ts";
import { program } from "./program.ts";
import { SCHEMA_VERSION } from "../../warehouse/sql/schema.ts";
import { fileName, saleRow, saleRows } from "./rows.ts";
import { s3Proxy, type S3Request } from "./s3_proxy.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { ownServices, services } from "./services.ts";
import { until } from "./wait.ts";
import {
  etl,
  ledger,
  placeOf,
  putOurs,
  query,
  startEtl,
  type WarehouseBox,
  warehouseBox,
} from "./warehouse.ts";

const FILES = 40;
const ROWS = 50;

/** Files that share their customers and vehicles, and whose events overlap with their neighbours'. */
async function putMany(box: Sandbox): Promise<void> {
  for (let n = 0; n < FILES; n++) {
    const rows = saleRows(ROWS, n * ROWS / 2);
    // Every other one in reverse: two loads meet the same events in opposite orders.
    if (n % 2 === 1) rows.reverse();
    await putOurs(
      box,
      "sales",
      fileName("sales", n),
      rows.map((row) => ({ ...row, email: `${n}@example.org`, vehicle_id: `VEH-${n % 7}` })),
    );
  }
}

/** Checks that each file was loaded once and each event is there once. */
async function assertAllOnce(box: WarehouseBox): Promise<void> {
  const [sum] = await query<Record<string, number>>(
    box,
    `SELECT count(*)::int AS files, sum(rows)::int AS rows, sum(facts)::int AS facts,
       sum(rejected + repeats)::int AS again, count(DISTINCT key)::int AS keys
     FROM warehouse.load_ledger WHERE status = 'loaded'`,
  );
  const events = (FILES + 1) * ROWS / 2;
  const rows = FILES * ROWS;
  assert.deepEqual(sum, { files: FILES, rows, facts: events, again: rows - events, keys: FILES });
  const [facts] = await query(box, "SELECT count(*)::int AS n FROM warehouse.fact_sales");
  assert.deepEqual(facts, { n: events });
  const [broken] = await query(
    box,
    `SELECT count(*)::int AS n FROM (
       SELECT valid_to, lead(valid_from) OVER (PARTITION BY customer_id ORDER BY valid_from) AS next
       FROM warehouse.dim_customer) v WHERE valid_to <> coalesce(next, 'infinity')`,
  );
  assert.deepEqual(broken, { n: 0 }, "the versions of a customer leave no gap");
  for (let n = 0; n < FILES; n++) assert.equal(await placeOf(box, fileName("sales", n)), "archive");
}

Deno.test("several loaders at once share the files: none is loaded twice, none waits for ever", async () => {
  await using box = await warehouseBox("loaders");
  await putMany(box);
  const ended = await Promise.all([1, 2, 3].map(() => etl(box)));
  for (const { code, stderr } of ended) assert.equal(code, 0, stderr);
  // What one had at hand when another passed over it is left for nobody.
  await assertAllOnce(box);
});

Deno.test("a loader that is killed at any moment leaves nothing undone and nothing done twice", async () => {
  await using box = await warehouseBox("loader-killed");
  assert.equal((await etl(box)).code, 0);
  await putMany(box);
  let kills = 0;
  for (;; kills++) {
    await using run = startEtl(box);
    const line = await Promise.race([
      run.waitForLine(/✓ Loaded|^Done/).catch(() => undefined),
      run.ended().then(() => undefined),
    ]);
    if (!line || line[0] === "Done") break;
    run.signal("SIGKILL");
    await run.ended();
  }
  assert.ok(kills > 2, `killed ${kills} times only`);
  assert.equal((await etl(box)).code, 0);
  await assertAllOnce(box);
});

/** A proxy in front of S3 for a loader, and the archive, which is not made for what is not local. */
async function proxied(box: WarehouseBox, decide: (request: S3Request) => Promise<void> | void) {
  await box.s3.send(new CreateBucketCommand({ Bucket: box.settings.archiveBucket }));
  const proxy = await s3Proxy(box.settings.ports.s3, decide);
  return { ...proxy, box: { ...box, env: { ...box.env, ...proxy.env } } };
}

/** Whether it reads an object, or begins to move it. */
const isRead = ({ method, url }: S3Request) => method === "GET" && url.pathname.endsWith(".csv");
const isCopy = ({ method, url }: S3Request) => method === "PUT" && url.pathname.endsWith(".csv");

Deno.test("a loader that is killed between commit and archive: the next one only moves the file", async () => {
  await using box = await warehouseBox("loader-archive");
  await putOurs(box, "sales", fileName("sales", 1), saleRows(3));
  const copying = Promise.withResolvers<void>();
  await using through = await proxied(box, async (request) => {
    if (isCopy(request)) return copying.resolve();
    await request.forward();
  });
  await using run = startEtl(through.box);
  await copying.promise;
  run.signal("SIGKILL");
  await run.ended();
  assert.equal(await placeOf(box, fileName("sales", 1)), "raw");
  const next = await etl(box);
  assert.match(next.stdout, /^Done: 0 files/m);
  assert.equal(await placeOf(box, fileName("sales", 1)), "archive");
  assert.deepEqual(await query(box, "SELECT count(*)::int AS n FROM warehouse.fact_sales"), [{
    n: 3,
  }]);
});

Deno.test("a file that changes between listing and reading is left to the next pass", async () => {
  await using box = await warehouseBox("loader-etag");
  const name = fileName("sales", 1);
  await putOurs(box, "sales", name, [saleRow(1)]);
  let changed = false;
  await using through = await proxied(box, async (request) => {
    if (isRead(request) && !changed) {
      changed = true;
      await putOurs(box, "sales", name, [saleRow(2), saleRow(3)]);
    }
    await request.forward();
  });
  const first = await etl(through.box);
  assert.equal(first.code, 0, first.stderr);
  assert.deepEqual(await ledger(box), {});
  assert.equal(await placeOf(box, name), "raw");
  assert.equal((await etl(through.box)).code, 0);
  assert.deepEqual(await ledger(box), { [name]: "2 rows, 2 facts, 0 rejected, 0 repeats" });
});

Deno.test("a file that is written again after it was loaded is not taken for the loaded one", async () => {
  await using box = await warehouseBox("loader-rewritten");
  const name = fileName("sales", 1);
  await putOurs(box, "sales", name, [saleRow(1)]);
  let rewritten = false;
  await using through = await proxied(box, async (request) => {
    if (isCopy(request) && !rewritten) {
      rewritten = true;
      await putOurs(box, "sales", name, [saleRow(2)]);
    }
    await request.forward();
  });
  assert.equal((await etl(through.box)).code, 0);
  assert.equal(await placeOf(box, name), "raw", "it is a new file, and waits");
  const archived = await listFiles(box.s3, box.settings.archiveBucket);
  assert.deepEqual(archived, [], "what was not loaded is not archived");
  assert.equal((await etl(box)).code, 0);
  const facts = await query(box, "SELECT event_id FROM warehouse.fact_sales ORDER BY event_id");
  assert.deepEqual(facts.length, 2);
});

Deno.test("etl says that PostgreSQL is away, the password wrong, the database missing; never a secret", async () => {
  await using box = await sandbox("loader-refused");
  const { settings } = await services();
  const url = (change: (url: URL) => void) => {
    const url = new URL(warehouseUrl(settings));
    change(url);
    return url.href;
  };
  const cases: [warehouse: string, error: RegExp][] = [
    [
      url((u) => u.port = "1"),
      /(✗|not checked:) Cannot use the warehouse at postgresql:\/\/localhost:1\/automotive: .*ECONNREFUSED/,
    ],
    [
      url((u) => u.password = "hunter2"),
      /: password authentication failed \(28P01\)\n[^]*→ .*WAREHOUSE_URL/,
    ],
    [url((u) => u.username = "nobody-here"), /: password authentication failed \(28P01\)\n/],
    [url((u) => u.pathname = "/nowhere"), /: there is no such database \(3D000\)\n[^]*→ create it/],
    [
      url((u) => u.hostname = "10.0.0.1"),
      /: this script's permission set does not allow the host\n/,
    ],
  ];
  for (const [warehouse, error] of cases) {
    for (const script of ["warehouse/main.ts", "verify/main.ts"]) {
      const permissions = script.includes("verify") ? "verify" : "loader";
      const env = { ...box.env, WAREHOUSE_URL: warehouse };
      await using run = program(script, [], { permissions, env });
      const { code, stdout, stderr } = await run.ended();
      assert.equal(code, 1, stderr);
      // verify has proved what needs no warehouse: there this is a part of the result.
      assert.match(stdout + stderr, error);
      assert.doesNotMatch(stdout + stderr, /hunter2|automotive-local|^\s+at /m);
    }
  }
});

Deno.test("etl --watch waits while PostgreSQL is away in mid-run, and goes on when it is back", async () => {
  await using own = await ownServices("loader-outage", ["s3", "warehouse"]);
  await using box = await sandbox("loader-outage", { on: own });
  await using run = startEtl(box, "--watch");
  await run.waitForLine(/^Watching s3:/);
  await putOurs(box, "sales", fileName("sales", 1), saleRows(2));
  await run.waitForLine(/✓ Loaded 2 sales rows/);
  await own.stop("warehouse");
  await putOurs(box, "sales", fileName("sales", 2), saleRows(3, 2));
  await run.waitForLine(/^Waiting: Cannot use the warehouse at /);
  await own.start("warehouse");
  await run.waitForLine(/✓ Loaded 3 sales rows/);
  await run.waitForLine(/^The warehouse at .+ reachable again after \d+ s, resuming$/);
  run.signal("SIGINT");
  assert.equal((await run.ended()).code, 0);
  await using client = await connectWarehouse(own.settings, "test");
  const { rows } = await client.query("SELECT count(*)::int AS n FROM warehouse.fact_sales");
  assert.deepEqual(rows, [{ n: 5 }]);
});

Deno.test("etl --watch waits where S3 goes away while a file is read or moved, says so of S3, and goes on", async () => {
  await using box = await warehouseBox("loader-s3-cut");
  const isMove = ({ headers }: S3Request) => headers["x-amz-copy-source"] !== undefined;
  let isStruck: ((request: S3Request) => boolean) | undefined;
  await using through = await proxied(box, async (request) => {
    if (isStruck?.(request)) request.cut();
    else await request.forward();
  });
  await using run = startEtl(through.box, "--watch", "1");
  await run.waitForLine(/^Watching s3:/);
  for (const [n, struck] of [isRead, isMove].entries()) {
    isStruck = struck;
    const name = fileName("sales", n);
    await putOurs(box, "sales", name, saleRows(2, 10 * n));
    await run.waitForLine(/^Waiting: Cannot reach S3 at /);
    isStruck = undefined;
    await run.waitForLine(/^S3 at .+ reachable again after \d+ s, resuming$/);
    await until("it is moved", async () => await placeOf(box, name) === "archive");
  }
  run.signal("SIGINT");
  assert.equal((await run.ended()).code, 0);
  assert.equal(Object.keys(await ledger(box)).length, 2);
});

Deno.test("PostgreSQL killed in the middle of a load takes the load back; the next one loads it", async () => {
  await using own = await ownServices("loader-pgkill", ["s3", "warehouse"]);
  await using box = await sandbox("loader-pgkill", { on: own });
  const name = fileName("sales", 1);
  assert.equal((await etl(box)).code, 0);
  await putOurs(box, "sales", name, saleRows(5));
  await using through = await s3Proxy(own.settings.ports.s3, async (request) => {
    if (isRead(request)) {
      await own.kill("warehouse");
      await own.start("warehouse");
    }
    await request.forward();
  });
  const env = { ...box.env, ...through.env };
  const first = await etl({ ...box, env });
  assert.equal(first.code, 1, first.stdout);
  assert.match(first.stderr, /^✗ Cannot use the warehouse at /m);
  assert.equal(await placeOf(box, name), "raw");
  const second = await etl(box);
  assert.match(second.stdout, /^Done: 1 files, 5 rows = 5 facts/m);
});

Deno.test("a warehouse without free connections, and one that refuses the right to make a schema, are told as such", async () => {
  await using box = await warehouseBox("loader-full");
  const [{ name }] = await query<{ name: string }>(box, "SELECT current_database() AS name") as [
    { name: string },
  ];
  // Superusers pass over the limit: the loader comes as another user.
  await box.client.query(
    `CREATE ROLE "${name}" LOGIN PASSWORD 'x'; ALTER ROLE "${name}" CONNECTION LIMIT 0`,
  );
  const url = new URL(box.env.WAREHOUSE_URL!);
  url.username = name;
  url.password = "x";
  try {
    const env = { ...box.env, WAREHOUSE_URL: url.href };
    const busy = await etl({ ...box, env });
    assert.equal(busy.code, 1);
    assert.match(
      busy.stderr,
      /^✗ .*: too many connections for role .* \(53300\)\n {2}→ free connections of the server/,
    );
    // Not the database's owner either.
    await box.client.query(`ALTER ROLE "${name}" CONNECTION LIMIT 5`);
    const denied = await etl({ ...box, env });
    assert.equal(denied.code, 1);
    assert.match(
      denied.stderr,
      /^✗ .*: permission denied for database .*\n {2}→ grant the user .* CREATE on the database/,
    );
  } finally {
    await box.client.query(`DROP ROLE "${name}"`);
  }
});

Deno.test({
  name:
    "native runtime: a full disk ends a load with the reason, and the load succeeds when there is room",
  ignore: !native || Deno.uid() !== 0 || Deno.build.os !== "linux",
  async fn() {
    await using own = await ownServices("loader-disk", ["s3", "warehouse"]);
    await using box = await sandbox("loader-disk", { on: own });
    const folder = await Deno.makeTempDir({ prefix: "warehouse-disk-" });
    const mount = async (...args: string[]) => {
      const { success, stderr } = await new Deno.Command("mount", { args }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
    };
    await mount("-t", "tmpfs", "-o", "size=16m", "tmpfs", folder);
    try {
      const { user } = await findPostgres(resolve(own.settings.runtimeDir));
      await Deno.chown(folder, user!.uid, user!.gid);
      await using client = await connectWarehouse(own.settings, "test");
      await client.query(`CREATE TABLESPACE small LOCATION '${folder}'`);
      await client.query("CREATE DATABASE small TABLESPACE small");
      const url = new URL(warehouseUrl(own.settings));
      url.pathname = "/small";
      const small = { ...box, env: { ...box.env, WAREHOUSE_URL: url.href } };
      const name = fileName("sales", 1);
      await putOurs(box, "sales", name, saleRows(60_000));
      const full = await etl(small);
      assert.equal(full.code, 1, full.stdout);
      assert.match(
        full.stderr,
        /^✗ Cannot use the warehouse at .*: its disk is full \(53100\)\n {2}→ free space/,
      );
      assert.doesNotMatch(full.stderr, /Cannot load/, "it is not the file's fault");
      assert.equal(await placeOf(box, name), "raw");
      await mount("-o", "remount,size=256m", folder);
      const roomy = await etl(small);
      assert.match(roomy.stdout, /^Done: 1 files, 60000 rows = 60000 facts/m);
      await client.query("DROP DATABASE small WITH (FORCE)");
      await client.query("DROP TABLESPACE small");
    } finally {
      await own.stop("warehouse");
      await new Deno.Command("umount", { args: [folder] }).output();
      await Deno.remove(folder);
    }
  },
});

Deno.test("etl brings an old schema up to date, keeps what is in it, and refuses one of the future", async () => {
  await using box = await warehouseBox("loader-schema");
  await box.client.query(await Deno.readTextFile("warehouse/sql/schema.sql"));
  await box.client.query("INSERT INTO warehouse.schema_version (version) VALUES (1)");
  await box.client.query(
    "INSERT INTO warehouse.dim_dealer (dealer_id, name, as_of) VALUES ('D', 'Old', now())",
  );
  const looks = await etl(box, "--dry-run");
  assert.deepEqual([looks.code, looks.stderr.split("\n")[0]], [
    1,
    `✗ The warehouse's schema is at version 1, this program needs ${SCHEMA_VERSION}`,
  ]);
  await putOurs(box, "sales", fileName("sales", 1), saleRows(1));
  const both = await Promise.all([etl(box), etl(box)]);
  assert.deepEqual(both.map(({ code }) => code), [0, 0]);
  const [now] = await query(
    box,
    `SELECT (SELECT max(version) FROM warehouse.schema_version) AS version,
       (SELECT name FROM warehouse.dim_dealer WHERE dealer_id = 'D') AS old,
       (SELECT count(*)::int FROM warehouse.revenue_by_dealer_month) AS months`,
  );
  assert.deepEqual(now, { version: SCHEMA_VERSION, old: "Old", months: 1 });
  await box.client.query("INSERT INTO warehouse.schema_version (version) VALUES (99)");
  const newer = await etl(box);
  assert.equal(newer.code, 1);
  assert.match(
    newer.stderr,
    /^✗ The warehouse's schema is at version 99, .*\n {2}→ update this program/,
  );
});

Deno.test("etl --key, --list, --sla and --dry-run do what they say and nothing else", async () => {
  await using box = await warehouseBox("loader-options");
  assert.equal((await etl(box)).code, 0);
  const [one, two] = [fileName("sales", 1), fileName("sales", 2)];
  await putOurs(box, "sales", one, saleRows(1));
  await until("another second of S3", async () => {
    await putOurs(box, "sales", two, [saleRow(2), saleRow(3, { final_price: -1 })]);
    return (await etl(box, "--list")).stdout === `${one}\n${two}\n`;
  });
  const dry = await etl(box, "--dry-run");
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /^○ Would load 2 sales rows ← \S+: 1 facts, 1 rejected$/m);
  assert.match(
    dry.stdout,
    /^Dry run, nothing was changed: 2 files, 3 rows = 2 facts \+ 1 rejected/m,
  );
  assert.deepEqual(await ledger(box), {});
  assert.equal(await placeOf(box, one), "raw");

  assert.equal((await etl(box, "--sla", "3600")).code, 0);
  await until("the files are older than the SLA allows", async () => {
    const late = await etl(box, "--sla", "0.1");
    return late.code === 1 &&
      /^✗ Streamed files waiting longer than 0\.1 s: 2; the oldest, sales\//
        .test(
          late.stderr,
        );
  });

  assert.match((await etl(box, "--key", two)).stdout, /^✓ Loaded 2 sales rows/);
  assert.equal((await etl(box, "--list")).stdout, `${one}\n`);
  const before = await etl(box, "--key", two);
  assert.deepEqual([before.code, before.stdout], [
    0,
    `Loaded before: s3://${box.settings.bucket}/${two}\n`,
  ]);
  const none = await etl(box, "--key", fileName("sales", 9));
  assert.equal(none.code, 1);
  assert.match(none.stderr, /^✗ Cannot load s3:\S+: there is no such file/);
  for (
    const args of [["--key", "sales.csv"], ["--watch", "--key", one], ["--list", "--dry-run"], [
      "--sla",
      "x",
    ]]
  ) {
    const wrong = await etl(box, ...args);
    assert.deepEqual([wrong.code, wrong.stdout], [2, ""], args.join(" "));
    assert.match(wrong.stderr, /^✗ .*\n {2}→ /);
  }
});

Deno.test("etl wants an archive that exists where S3 is not the local one", async () => {
  await using box = await warehouseBox("loader-noarchive");
  await using proxy = await s3Proxy(box.settings.ports.s3, (request) => request.forward());
  const { code, stderr } = await etl({ ...box, env: { ...box.env, ...proxy.env } });
  assert.equal(code, 1);
  assert.match(
    stderr,
    new RegExp(
      `^✗ Cannot use the bucket ${box.settings.archiveBucket} at .*: it does not exist.*\\n.*ARCHIVE_BUCKET`,
      "m",
    ),
  );
});
