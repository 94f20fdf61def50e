import { en, Faker } from "@faker-js/faker";
import { pause } from "../../shared/cli/backoff.ts";
import { rootMessage } from "../../shared/cli/errors.ts";
import { runEntry } from "../../shared/cli/entry.ts";
import { loadSettings } from "../../shared/cli/environment.ts";
import { recordRun } from "../../shared/cli/run_records.ts";
import { collectEvidence } from "./judge.ts";
import { allFaults } from "./faults.ts";
import { parseTortureOptions } from "./options.ts";
import { strike } from "./strike.ts";
import { tallyOf } from "./tally.ts";
import { figuresOf, isExact, tallyText, wrongText } from "./tally_text.ts";
import { createWorld, type World } from "./world.ts";

/** The longest wait for the last events after the faults, in ms. */
const TIMEOUT_MS = 180_000;
const POLL_MS = 500;

await runEntry(async (signal) => {
  const options = parseTortureOptions(Deno.args);
  const { events, seconds, seed, faults, every } = options;
  const lots = new Faker({ locale: [en], seed });
  const random = (below: number) => below <= 0 ? 0 : lots.number.int({ max: below - 1 });
  const startedAt = new Date();
  console.log(`Torture: ${events} events over ${seconds} s, seed ${seed}`);

  await using world = await createWorld(options, random, signal);
  const strikes = await strike(world, options, signal);
  console.log("The faults are over: waiting for the rest to land");
  await world.calmDown();
  await world.traffic.done;
  await world.producer?.end();
  world.fleet.add();
  for (const place of await untilLanded(world, signal)) console.log(`Not landed in time: ${place}`);
  await world.fleet.end();
  await world.loader?.end();
  await world.downstream.end();

  const tally = tallyOf(await collectEvidence(world));
  await recordRun(loadSettings().runtimeDir, {
    kind: "torture",
    startedAt,
    outcome: isExact(tally) ? "passed" : "failed",
    arguments: Deno.args,
    figures: figuresOf(tally, strikes),
  });
  for (const line of tallyText(tally, strikes)) console.log(line);
  if (isExact(tally)) {
    const deleted = tally.deleted + tally.gone > 0 ? ", but for those that Kafka had deleted" : "";
    return console.log(`✅ Every event landed exactly once${deleted}`);
  }
  for (const line of wrongText(tally)) console.error(line);
  const chosen = faults === allFaults
    ? ""
    : ` --faults "${faults.map(({ name }) => name).join(",")}"`;
  console.error(
    `  → repeat with: deno task torture --events ${events} --seconds ${seconds} --seed ${seed} --every ${every}${chosen}`,
  );
  return 1;
});

/** Waits until the group is at the end of every log; gives where it is not after some minutes. */
async function untilLanded({ topics, fleet }: World, signal: AbortSignal): Promise<string[]> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    const behind = await topics.behind().catch((error) => [rootMessage(error)]);
    if (behind.length === 0 || performance.now() > deadline) return behind;
    // One that started while S3 was away has ended.
    if (fleet.size === 0) fleet.add();
    await pause(POLL_MS, signal);
  }
}
