import assert from "node:assert/strict";
import process from "node:process";
import { endProcess, isAlive, startDetached } from "../../infra/process.ts";
import { listProcesses } from "../../infra/process_list.ts";

Deno.test("processes are recognised by a path with letters such as é, in the locale C, too", async () => {
  const marker = `/home/renée/${crypto.randomUUID()}`;
  const { LC_ALL } = process.env;
  process.env.LC_ALL = "C";
  const { pid } = startDetached({
    command: "sh",
    args: ["-c", "sleep 600; exit", marker],
    logFile: "/dev/null",
  });
  try {
    assert.ok(await isAlive(pid, marker));
    assert.ok((await listProcesses()).some((one) => one.pid === pid && one.args.includes(marker)));
  } finally {
    if (LC_ALL === undefined) delete process.env.LC_ALL;
    else process.env.LC_ALL = LC_ALL;
    await endProcess(pid, marker);
  }
});
