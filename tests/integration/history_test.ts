import assert from "node:assert/strict";
import { numberOf } from "../../producers/simulation/ids.ts";
import { topicOf, types } from "../../shared/catalogue/events.ts";
import { connectWarehouse } from "../../shared/postgres/client.ts";
import { errorsIn, orchestrateTask, ownNames, publishedEvents } from "./orchestrate.ts";
import { ownServices } from "./services.ts";
import { readTopics } from "./topics.ts";
import { etl, verify } from "./warehouse.ts";

/** The steps of three days. */
const ROUNDS = 3 * 144;
const STEP_MS = 600_000;
/** Starting all services and loading the past may take so long on a busy machine, in ms. */
const SLOW_MS = 300_000;

Deno.test("scenario:history brings the past into the warehouse, and goes on live without a seam", async () => {
  await using own = await ownServices("history", []);
  await using box = ownNames(own, "history");
  const before = Date.now();
  let published = 0;
  // The second run goes on where the first one has stopped: nothing of the past is left to do.
  for (const live of [ROUNDS + 2, 2]) {
    await using run = orchestrateTask(box.env, "scenario:history", "--backfill", "3d");
    await run.waitForLine(new RegExp(`#${live * types.length}:`), SLOW_MS);
    run.signal("SIGINT");
    const { code, stdout, stderr } = await run.ended(SLOW_MS);
    assert.deepEqual([code, errorsIn(stderr)], [0, ""]);
    published += publishedEvents(stdout).length;
  }
  for (const type of types) {
    const messages = await readTopics(box.settings, [topicOf(type, box.settings.topicPrefix)]);
    const events = messages.map(({ value }) => JSON.parse(String(value)))
      .map(({ event_id, timestamp }) => ({
        number: numberOf(event_id)!,
        time: Date.parse(`${timestamp.slice(0, 23)}Z`),
      }))
      .toSorted((a, b) => a.time - b.time);
    assert.equal(events.length, published / types.length);
    const [first, last] = [events[0]!, events.at(-1)!];
    assert.ok(Math.abs(first.time - (before - ROUNDS * STEP_MS)) < SLOW_MS + STEP_MS);
    assert.ok(last.time <= Date.now(), "nothing comes from the future");
    for (const [index, { number, time }] of events.entries()) {
      assert.equal(
        number,
        (first.number + index) >>> 0,
        "in the order of its rounds, none left out",
      );
      const gap = time - (events[index - 1]?.time ?? time);
      // A system has a sixth of each round for its event.
      assert.ok(gap < STEP_MS * 7 / 6 + SLOW_MS, `${gap} ms without ${type} before ${index}`);
    }
  }
  assert.equal((await etl(box)).code, 0);
  const proof = await verify(box);
  assert.equal(proof.code, 0, proof.stdout);
  await using client = await connectWarehouse(box.settings, "test");
  const { rows: [sum] } = await client.query(
    `SELECT ${
      types.map((type) => `(SELECT count(*) FROM warehouse.fact_${type})`).join(" + ")
    } AS facts`,
  );
  assert.equal(Number(sum.facts), published);
});
