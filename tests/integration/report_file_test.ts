import assert from "node:assert/strict";
import { program } from "./program.ts";
import { type OwnServices, ownServices } from "./services.ts";

/** A producer whose broker does not run. */
function produce({ env }: OwnServices, ...args: string[]) {
  return program("producers/all.ts", args, { permissions: "producer", env });
}

/** A folder that does not exist yet, and is deleted in the end. */
function newFolder() {
  const path = `reports/${crypto.randomUUID()}`;
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

Deno.test("--report makes the folder of the file", async () => {
  await using own = await ownServices("report", []);
  await using folder = newFolder();
  const file = `${folder.path}/deep/truth.json`;
  await using run = produce(own, "--dry-run", "--count", "1", "--seed", "3", "--report", file);
  const { code, stderr } = await run.ended();
  assert.equal(code, 0, stderr);
  assert.ok(JSON.parse(await Deno.readTextFile(file)).books);
});

Deno.test("a report that cannot be written is refused before anything starts", async () => {
  await using own = await ownServices("report", []);
  await using folder = newFolder();
  await Deno.mkdir(folder.path, { recursive: true });
  const cases: [file: string, error: RegExp][] = [
    [
      "elsewhere/truth.json",
      /^✗ Cannot write the report elsewhere\/truth\.json: this script's permission set does not allow it\n {2}→ name a file in reports\/, or add its folder to "write" of the set "producer" .+\n$/,
    ],
    [
      folder.path,
      /^✗ Cannot write the report reports\/.+: Is a directory.*\n {2}→ name a file that can be written, .+\n$/,
    ],
  ];
  for (const [file, error] of cases) {
    await using run = produce(own, "--count", "1", "--report", file);
    const { code, stdout, stderr } = await run.ended();
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, error);
  }
});

Deno.test("a run that is killed leaves the last report as it was", async () => {
  await using own = await ownServices("report", []);
  await using folder = newFolder();
  await Deno.mkdir(folder.path, { recursive: true });
  const file = `${folder.path}/truth.json`;
  await Deno.writeTextFile(file, "the last one\n");
  await using run = produce(own, "--report", file);
  await run.waitForLine(/^Waiting for Kafka at /);
  run.signal("SIGKILL");
  await run.ended();
  assert.equal(await Deno.readTextFile(file), "the last one\n");
});
