import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { consume } from "../integration/consume.ts";
import { publish, sales } from "../integration/events.ts";
import { native, running } from "../integration/native.ts";
import { orchestrated } from "../integration/orchestrate.ts";
import { fileName, saleRows } from "../integration/rows.ts";
import { sandbox } from "../integration/sandbox.ts";
import { ownServices } from "../integration/services.ts";
import { unique } from "../integration/settings.ts";
import { until } from "../integration/wait.ts";
import { etl, placeOf, put, putOurs } from "../integration/warehouse.ts";
import { workbook } from "../integration/xlsx.ts";
import { airflowApi, type TaskInstance } from "./api.ts";

/** The tasks of a name and their states, by the key that they load. */
function statesOf(tasks: readonly TaskInstance[], name: string): Record<string, string> {
  return Object.fromEntries(
    tasks.filter(({ task_id }) => task_id === name)
      .map(({ rendered_map_index, state }) => [rendered_map_index ?? "", state]),
  );
}

Deno.test("Airflow loads what has landed", async (t) => {
  // The loader that Airflow runs takes the bucket from the settings that Airflow was started with.
  const env = { RAW_BUCKET: `airflow-${unique()}` };
  await using own = await ownServices("airflow", undefined, { env });
  await using box = await sandbox("airflow", { on: own, env });
  const started = await orchestrated(own.env, "--airflow-start");
  assert.equal(started.code, 0, started.stderr);
  assert.match(
    started.stdout,
    /✅ Airflow started!\n {3}Page: http:\/\/localhost:\d+ \(user automotive/,
  );
  const api = await airflowApi(own.settings);

  await t.step("its DAG is imported without an error, and is not paused", async () => {
    assert.deepEqual(await api.importErrors(), []);
    const { has_import_errors, is_paused } = await api.dag();
    assert.deepEqual([has_import_errors, is_paused], [false, false]);
  });

  await t.step("a second start says that it runs already", async () => {
    const again = await orchestrated(own.env, "--airflow-start");
    assert.match(again.stdout, /^Airflow is already running\n/);
  });

  await t.step(
    "a run with keys loads just these files; the same run again is refused",
    async () => {
      const keys = [1, 2].map((n) => fileName("sales", n));
      for (const [n, key] of keys.entries()) await putOurs(box, "sales", key, saleRows(3, n * 3));
      const id = `test-${unique()}`;
      assert.equal(await api.trigger(id, { keys }), 200);
      // A busy Airflow on SQLite may answer 500 at first.
      await until("the same run is refused", async () => await api.trigger(id, { keys }) === 409);
      const { state, tasks } = await api.ended(id);
      assert.equal(state, "success", JSON.stringify(tasks));
      assert.deepEqual(statesOf(tasks, "load"), { [keys[0]!]: "success", [keys[1]!]: "success" });
      assert.deepEqual(statesOf(tasks, "sla"), { "": "success" });
      for (const key of keys) assert.equal(await placeOf(box, key), "archive");
      // Another run with the same files does nothing twice.
      const more = `test-${unique()}`;
      assert.equal(await api.trigger(more, { keys }), 200);
      assert.equal((await api.ended(more)).state, "success");
    },
  );

  await t.step("a run with nothing to do loads nothing, and looks after the SLA", async () => {
    const id = `test-${unique()}`;
    assert.equal(await api.trigger(id, {}), 200);
    const { state, tasks } = await api.ended(id);
    assert.equal(state, "success");
    const states = Object.fromEntries(tasks.map((task) => [task.task_id, task.state]));
    const skipped = { load: "skipped", all_loaded: "skipped" };
    assert.deepEqual(states, { find: "success", sla: "success", ...skipped });
  });

  await t.step(
    "a run takes files of every writer: one that cannot be read is a red task in a green run",
    async () => {
      const keys = [
        fileName("sales", 11),
        "erp/sales/sales_broken_2026.csv",
        "finance/payments/payments_2026/payments_2026.xlsx",
        "suppliers_chain/procurement/procurement_2026.json.gz",
      ];
      await putOurs(box, "sales", keys[0]!, saleRows(1, 100));
      await put(box, keys[1]!, 'sale_id;sale_date\nS1;"2026-01-01');
      const head = ["payment_id", "payment_date", "amount"];
      await put(box, keys[2]!, workbook({ Sheet1: [head, ["P1", { serial: 46079 }, 5]] }));
      const order = { po_id: "O1", po_date: "2026-02-26", cost: 9.5, status: "Ordered" };
      await put(box, keys[3]!, gzipSync(JSON.stringify([order])));
      const id = `test-${unique()}`;
      assert.equal(await api.trigger(id, { keys }), 200);
      const { state, tasks } = await api.ended(id);
      assert.deepEqual(statesOf(tasks, "load"), {
        [keys[0]!]: "success",
        [keys[1]!]: "failed",
        [keys[2]!]: "success",
        [keys[3]!]: "success",
      });
      assert.deepEqual(statesOf(tasks, "all_loaded"), { "": "success" });
      assert.equal(state, "success");
      const places = await Promise.all(keys.map((key) => placeOf(box, key)));
      assert.deepEqual(places, ["archive", "raw", "archive", "archive"]);
    },
  );

  await t.step("keys that are no list fail the run", async () => {
    const id = `test-${unique()}`;
    assert.equal(await api.trigger(id, { keys: "sales" }), 200);
    assert.equal((await api.ended(id)).state, "failed");
  });

  await t.step("by itself it finds what nobody has asked for, every minute", async () => {
    const key = fileName("sales", 21);
    await putOurs(box, "sales", key, saleRows(1, 200));
    await until(
      "the sweep has loaded it",
      async () => await placeOf(box, key) === "archive",
      120_000,
    );
  });

  await t.step("the consumer asks for what it has landed", async () => {
    const env = { AIRFLOW_API_URL: `http://localhost:${own.settings.ports.airflow}` };
    // While one waits the consumer asks for no other.
    await until("no run waits", async () => (await api.runs("queued")).length === 0);
    await using consumer = consume(box, ["--batch-size", "10", "--timeout", "1"], env);
    await publish(box, "sales", sales(30));
    await consumer.waitForLine(/✓ Flushed/);
    await until(
      "a run was asked for",
      async () => (await api.runs()).some((id) => id.startsWith("landed_sales_")),
    );
    const id = (await api.runs()).find((id) => id.startsWith("landed_sales_"))!;
    assert.equal((await api.ended(id)).state, "success");
    consumer.signal("SIGINT");
    const { code, stderr } = await consumer.ended();
    assert.equal(code, 0);
    assert.doesNotMatch(stderr, /Airflow/);
  });

  await t.step(
    "a wrong password is said, not shown, and does not disturb the consumer",
    async () => {
      const env = {
        AIRFLOW_API_URL: `http://localhost:${own.settings.ports.airflow}`,
        AIRFLOW_PASSWORD: "hunter2",
      };
      await using consumer = consume(box, ["--batch-size", "10", "--timeout", "1"], env);
      await publish(box, "sales", sales(10, 500));
      await consumer.waitForLine(
        /^Airflow at http:\S+ rejects the password of automotive \(401\)/,
      );
      consumer.signal("SIGINT");
      const { code, stdout, stderr } = await consumer.ended();
      assert.equal(code, 0);
      assert.doesNotMatch(stdout + stderr, /hunter2/);
    },
  );

  await t.step({
    name: "runs that are old leave its database, and their logs the disk",
    // In Docker the logs lie in a volume.
    ignore: !native,
    async fn() {
      const logs = `${own.settings.runtimeDir}/data/airflow/logs/dag_id=event_driven_real_time_etl`;
      const old = (await api.runs()).filter((id) => id.startsWith("test-"));
      const kept = async () => {
        const runs = await api.runs();
        const folders = await Array.fromAsync(Deno.readDir(logs), ({ name }) => name);
        return old.filter((id) => runs.includes(id) || folders.includes(`run_id=${id}`));
      };
      assert.deepEqual(await kept(), old);
      await orchestrated(own.env, "--airflow-stop");
      const env = { ...own.env, AUTOMOTIVE_KEEP_DAYS: "0" };
      const again = await orchestrated(env, "--airflow-start");
      assert.equal(again.code, 0, again.stderr);
      await until("they are pruned", async () => (await kept()).length === 0, 300_000);
    },
  });

  await t.step("Airflow away does not disturb the consumer", async () => {
    assert.match((await orchestrated(own.env, "--airflow-stop")).stdout, /✅ Airflow stopped\n$/);
    assert.ok(!(await running(own.runtime)).includes("airflow"));
    const env = { AIRFLOW_API_URL: `http://localhost:${own.settings.ports.airflow}` };
    await using consumer = consume(box, ["--batch-size", "10", "--timeout", "1"], env);
    await publish(box, "sales", sales(30, 1_000));
    await consumer.waitForLine(
      /^Airflow at http:\S+ cannot be reached .*: files wait for the DAG's scheduled sweep$/,
    );
    consumer.signal("SIGINT");
    const { code, stdout } = await consumer.ended();
    assert.equal(code, 0);
    assert.match(stdout, /\nStopped: 30 events landed/);
    assert.equal((await etl(box)).code, 0, "the loader takes them all the same");
  });
});
