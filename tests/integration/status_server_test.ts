import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { MemoryBudget } from "../../consumer/batching/memory_budget.ts";
import { Report } from "../../consumer/landing/report.ts";
import { GroupHealth } from "../../consumer/group/group_health.ts";
import { serveStatus } from "../../consumer/status/status.ts";
import { program } from "./program.ts";
import { freePorts } from "./settings.ts";

/** An address by which other machines reach this one; there may be none. */
const outside = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;

Deno.test({
  name: `serveStatus() listens on loopback only${outside ? "" : " (no other address here)"}`,
  ignore: !outside,
  async fn() {
    await using status = serve();
    const connect = (hostname: string) => Deno.connect({ hostname, port: status.port });
    (await connect("127.0.0.1")).close();
    await assert.rejects(connect(outside!), Deno.errors.ConnectionRefused);
  },
});

Deno.test("serveStatus() answers only requests that name this machine", async () => {
  await using status = serve();
  const statusFor = (host: string) => ask(status.port, "/status", host);
  assert.match(await statusFor(`127.0.0.1:${status.port}`), /^HTTP\/1.1 200 /);
  assert.match(await statusFor(`localhost:${status.port}`), /^HTTP\/1.1 200 /);
  for (const host of ["rebound.example", `rebound.example:${status.port}`, "127.0.0.1.example"]) {
    const answer = await statusFor(host);
    assert.match(answer, /^HTTP\/1.1 421 /, host);
    assert.ok(!answer.includes("bucket-of-ours"), host);
  }
});

Deno.test("healthz.ts ends with 1 while the consumer joins, with 0 where an answer is enough, and with 1 without one", async () => {
  const ask = async (port: number, ...args: string[]) => {
    const env = { STATUS_PORT: String(port) };
    await using run = program("consumer/status/healthz.ts", args, { permissions: "healthz", env });
    return await run.ended();
  };
  const port = freePorts(1)[0]!;
  assert.equal((await ask(port, "--alive")).code, 1);
  await using status = serve();
  const joining = await ask(status.port);
  assert.deepEqual([joining.code, joining.stdout], [1, "joining the group\n"]);
  assert.equal((await ask(status.port, "--alive")).code, 0);
});

function serve() {
  const clock = { now: Date.now, monotonic: () => performance.now() };
  return serveStatus({
    group: "group",
    bucket: "bucket-of-ours",
    startedAt: new Date(0),
    policy: { rows: 100, age: 1000 },
    memory: new MemoryBudget(1024),
    report: new Report("bucket-of-ours", () => {}, () => {}),
    clock,
    groupHealth: new GroupHealth({ group: "group", clock, say() {}, warn() {} }),
    session: () => undefined,
  }, { number: freePorts(1)[0]!, chosen: true, variable: "STATUS_PORT" });
}

/** The whole answer to a request whose Host header is as given, which fetch() would not send. */
async function ask(port: number, path: string, host: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  return await new Response(connection.readable).text();
}
