import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { resolve } from "node:path";
import process from "node:process";
import { projectOf } from "../../infra/docker.ts";
import { recordRun } from "../../shared/cli/run_records.ts";
import { consoleAt } from "../integration/console_client.ts";
import { program } from "../integration/program.ts";
import { ownServices } from "../integration/services.ts";
import { unique } from "../integration/settings.ts";
import { until } from "../integration/wait.ts";
import { etl } from "../integration/warehouse.ts";
import { docker } from "./compose.ts";

Deno.test("the console's container shows what is in the others, and says what it cannot see", async (t) => {
  const id = `console-${unique()}`;
  const names = { TOPIC_PREFIX: `${id}-`, CONSUMER_GROUP: id, RAW_BUCKET: id };
  await using own = await ownServices("compose-console", undefined, { env: names });
  const { env, settings } = own;
  const { ask, events, url } = consoleAt(settings.ports.console);
  const run = { kind: "bench", outcome: "passed", arguments: [], figures: { rows: 7 } } as const;
  await recordRun(settings.runtimeDir, { ...run, startedAt: new Date() });
  // Docker's client gives the containers what we have in our own environment.
  Object.assign(process.env, names);
  try {
    await own.start("console");
  } finally {
    for (const name of Object.keys(names)) delete process.env[name];
  }
  await using producers = program("producers/all.ts", ["--interval", "0", "--count", "5"], {
    permissions: "producer",
    env,
  });
  assert.equal((await producers.ended()).code, 0);
  // Makes the buckets, and the schema.
  await etl({ env });

  await t.step("the topics of the broker, by its name within the network", async () => {
    await until("all events are shown", async () => {
      const { status, body } = await ask("topics");
      assert.equal(status, 200, JSON.stringify(body));
      const { topics } = body as { topics: { topic: string; partitions: { high: number }[] }[] };
      const sales = topics.find(({ topic }) => topic === `${id}-sales_topic`);
      return sales?.partitions.reduce((sum, { high }) => sum + high, 0) === 5;
    });
  });

  await t.step("the page, and the libraries that it loads, out of the image", async () => {
    const page = await (await fetch(url)).text();
    assert.match(page, /<script type="importmap">\{"imports"/);
    const libraries = ["preact.js", "preact/hooks.js", "htm.js", "uplot.js", "uplot.css"];
    for (const path of ["page/main.ts", ...libraries.map((name) => `library/${name}`)]) {
      const response = await fetch(`${url}/${path}`);
      assert.equal(response.status, 200, path);
      assert.ok((await response.text()).length > 500, path);
    }
  });

  await t.step("S3 and the warehouse, and the records of this machine's runs", async () => {
    const { body: runs } = await ask("runs");
    assert.deepEqual(runs.map(({ kind }: { kind: string }) => kind), ["bench"]);
    const proof = await ask("verify");
    assert.equal(proof.status, 200, JSON.stringify(proof.body));
  });

  await t.step("no programs: they are on the machine, or in containers of their own", async () => {
    const deadline = performance.now() + 60_000;
    for await (const { data: { flow } } of events("flow")) {
      assert.ok(performance.now() < deadline, JSON.stringify(flow));
      if (!flow) continue;
      assert.ok(!("programs" in flow), JSON.stringify(flow));
      // What is read off Kafka, S3 and the warehouse.
      const problems = flow.problems.map(({ where }: { where: string }) => where);
      if (problems.join() === "consumer") break;
    }
  });

  await t.step("nothing to who calls it by another name, or would change something", async () => {
    assert.equal(await statusOf(`${url}/`, { headers: { host: "evil.example" } }), 421);
    assert.equal(await statusOf(`${url}/api/replay`, { method: "POST" }), 403);
  });

  await t.step("it has no rights that the other programs lack", async () => {
    const container = `${projectOf(resolve(settings.runtimeDir))}-console`;
    const [{ Config, HostConfig }] = JSON.parse(await docker("inspect", container));
    assert.equal(Config.User, "65532:65532");
    assert.deepEqual([HostConfig.ReadonlyRootfs, HostConfig.CapDrop], [true, ["ALL"]]);
  });
});

/** The status of an answer; fetch() would not have us choose the host. */
async function statusOf(
  url: string,
  options: { method?: string; headers?: Record<string, string> },
): Promise<number | undefined> {
  const asked = request(url, options).end();
  const [response] = await once(asked, "response") as [IncomingMessage];
  response.resume();
  return response.statusCode;
}
