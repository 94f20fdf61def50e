import assert from "node:assert/strict";
import { listRuns, recordRun, type RunRecord } from "../../shared/cli/run_records.ts";

/** A runtime folder of its own. */
async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

const run = {
  kind: "verify",
  outcome: "passed",
  arguments: ["--cells"],
  figures: { landed: 3 },
} as const satisfies Partial<RunRecord>;

Deno.test("listRuns() gives what recordRun() left, newest first, and passes over the rest", async () => {
  await using runtime = await folder();
  assert.deepEqual(await listRuns(runtime.path), []);
  const at = (second: number) => new Date(Date.UTC(2026, 1, 26, 10, 0, second));
  await recordRun(runtime.path, { ...run, startedAt: at(2) });
  await recordRun(runtime.path, { ...run, kind: "demo", outcome: "failed", startedAt: at(1) });
  await Deno.writeTextFile(`${runtime.path}/runs/20260226T100003000-verify.json`, '{"kind": "ver');
  await Deno.writeTextFile(`${runtime.path}/runs/notes.txt`, "not a record");
  const runs = await listRuns(runtime.path);
  assert.deepEqual(
    runs.map(({ kind, outcome, startedAt }) => [kind, outcome, startedAt]),
    [
      ["verify", "passed", "2026-02-26T10:00:02.000Z"],
      ["demo", "failed", "2026-02-26T10:00:01.000Z"],
    ],
  );
  assert.deepEqual([runs[0]!.figures, runs[0]!.arguments], [{ landed: 3 }, ["--cells"]]);
  assert.ok(runs[0]!.seconds > 0);
});

Deno.test("recordRun() keeps the last 100 of a kind", async () => {
  await using runtime = await folder();
  await recordRun(runtime.path, { ...run, kind: "bench", startedAt: new Date(0) });
  for (let n = 0; n < 103; n++) {
    await recordRun(runtime.path, { ...run, startedAt: new Date(n * 1_000) });
  }
  const runs = await listRuns(runtime.path);
  assert.equal(runs.filter(({ kind }) => kind === "bench").length, 1);
  const proofs = runs.filter(({ kind }) => kind === "verify");
  assert.deepEqual([proofs.length, proofs.at(-1)!.startedAt], [100, "1970-01-01T00:00:03.000Z"]);
});

Deno.test("recordRun() says that it cannot, and fails nothing", async () => {
  await using runtime = await folder();
  await Deno.writeTextFile(`${runtime.path}/runs`, "a file");
  const { error } = console;
  const said: string[] = [];
  console.error = (line) => said.push(line);
  try {
    await recordRun(runtime.path, { ...run, startedAt: new Date(0) });
  } finally {
    console.error = error;
  }
  assert.match(said.join("\n"), /^No record of this run in \S+\/runs: /);
});
