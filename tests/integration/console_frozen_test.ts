import assert from "node:assert/strict";
import { flowWith, startConsole } from "./console_client.ts";
import { native } from "./native.ts";
import { put, query, type WarehouseBox, warehouseBox } from "./warehouse.ts";

/** More than sockets hold while nobody reads. */
const LARGE = 64 << 20;

Deno.test({
  name: "the console says that PostgreSQL hangs, and ends on the first Ctrl-C all the same",
  // In a container, its processes have other ids.
  ignore: !native,
  async fn() {
    await using box = await warehouseBox("console-frozen");
    await put(box, "sales/large.csv", new Uint8Array(LARGE));
    await using shown = await startConsole(box);
    await flowWith(shown, ({ problems }) => problems.every(({ where }) => where !== "warehouse"));
    const paused = await fetch(`${shown.url}/api/files/download?key=sales/large.csv`);
    assert.equal(paused.status, 200);
    using _frozen = await freezeBackends(box);
    await flowWith(
      shown,
      ({ problems }) =>
        problems.some(({ where, what }) =>
          where === "warehouse" && what === "PostgreSQL did not respond within 5 s"
        ),
    );
    shown.run.signal("SIGINT");
    assert.equal((await shown.run.ended(30_000)).code, 0);
    await paused.body?.cancel().catch(() => {});
  },
});

/** Stops the server's processes that work for the console, as a disk that hangs would. */
async function freezeBackends(box: WarehouseBox): Promise<Disposable> {
  const found = await query<{ pid: number }>(
    box,
    `SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'automotive-console'`,
  );
  assert.notEqual(found.length, 0);
  for (const { pid } of found) Deno.kill(pid, "SIGSTOP");
  return {
    [Symbol.dispose]() {
      for (const { pid } of found) Deno.kill(pid, "SIGCONT");
    },
  };
}
