import assert from "node:assert/strict";
import { listRunning, registerRunning } from "../../shared/cli/running.ts";
import { uniqueFolder } from "./settings.ts";

Deno.test("listRunning() knows nobody where nobody has run", async () => {
  assert.deepEqual(await listRunning(uniqueFolder("running")), []);
});

Deno.test("listRunning() passes over what a dead program has left behind, and leaves it there; the next program removes it", async () => {
  const folder = uniqueFolder("running");
  await Deno.mkdir(`${folder}/run`, { recursive: true });
  const leftover = `${folder}/run/producer-${Deno.pid}.json`;
  await Deno.writeTextFile(leftover, JSON.stringify({ role: "producer", pid: Deno.pid }));
  assert.deepEqual(await listRunning(folder), []);
  await Deno.stat(leftover);
  await using _own = await registerRunning(folder, { role: "loader" });
  await assert.rejects(Deno.stat(leftover), Deno.errors.NotFound);
  assert.deepEqual(await listRunning(folder), [{ role: "loader", pid: Deno.pid }]);
  await Deno.remove(folder, { recursive: true });
});

for (const content of ["", '{"role":"cons', '{"version":9}', "null"]) {
  Deno.test(`listRunning() knows a program that runs by its file's name where it says ${content || "nothing"}`, async () => {
    const folder = uniqueFolder("running");
    await using _own = await registerRunning(folder, { role: "consumer", statusPort: 8891 });
    await Deno.writeTextFile(`${folder}/run/consumer-${Deno.pid}.json`, content);
    assert.deepEqual(await listRunning(folder), [{ role: "consumer", pid: Deno.pid }]);
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("listRunning() sees a program from another process until it ends, however it ends", async () => {
  const folder = uniqueFolder("running");
  const script = `import { registerRunning } from "./shared/cli/running.ts";
    await registerRunning(${JSON.stringify(folder)}, { role: "consumer", statusPort: 8891 });
    console.log("registered");
    setInterval(() => {}, 1000);`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    stdout: "piped",
  }).spawn();
  await child.stdout.getReader().read();
  await using _own = await registerRunning(folder, { role: "producer" });
  const other = (await listRunning(folder)).filter(({ pid }) => pid === child.pid);
  assert.deepEqual(other, [{ role: "consumer", statusPort: 8891, pid: child.pid }]);
  child.kill("SIGKILL");
  await child.status;
  assert.deepEqual((await listRunning(folder)).filter(({ pid }) => pid === child.pid), []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("listRunning() tells all that run while others come and go", async () => {
  const folder = uniqueFolder("running");
  await using _own = await registerRunning(folder, { role: "consumer", statusPort: 8891 });
  const script = `import { registerRunning } from "./shared/cli/running.ts";
    for (let i = 0; i < 300; i++) {
      await using _ = await registerRunning(${JSON.stringify(folder)}, { role: "producer" });
    }`;
  let over = false;
  const others = Promise.all([1, 2].map(async () => {
    const { success } = await new Deno.Command(Deno.execPath(), { args: ["eval", script] })
      .output();
    assert.ok(success);
  })).finally(() => over = true);
  while (!over) {
    for (const list of await Promise.all([listRunning(folder), listRunning(folder)])) {
      assert.equal(list.filter(({ pid }) => pid === Deno.pid).length, 1);
      for (const { role } of list) assert.match(role, /^(consumer|producer)$/);
    }
  }
  await others;
  await Deno.remove(folder, { recursive: true });
});
