import assert from "node:assert/strict";
import { explore, type Failure } from "./model/explore.ts";
import { passes } from "./model/passes.ts";
import { runSeed } from "./model/random.ts";
import { regressions } from "./model/regressions.ts";
import { replay } from "./model/replay.ts";
import { faults } from "./model/scenario.ts";

/** The passes that are small enough for every gate; `deno task simulate --exhaustive` explores them all. */
const SMALL = passes.filter(({ isSmall }) => isSmall);
const SEEDS = 1_000;

for (const { scenario, faults } of SMALL) {
  Deno.test(`Landing ends every schedule well: ${scenario.name}, ${faults} faults`, async () => {
    const { failure, complete } = await explore(scenario, faults);
    assertWell(failure);
    assert.ok(complete);
  });
}

Deno.test("Landing ends schedules by lot well", async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { failure } = await runSeed(seed);
    assert.equal(failure, undefined, `seed ${seed}: deno task simulate --from ${seed} --seeds 1`);
  }
});

for (const { name, scenario, schedule } of regressions) {
  Deno.test(`Landing ends well what once did not: ${name}`, async () => {
    assertWell(await replay({ ...scenario, faults: new Set(faults) }, schedule));
  });
}

function assertWell(failure: Failure | undefined): void {
  if (!failure) return;
  assert.fail([...failure.wrong, "The schedule:", ...failure.schedule].join("\n  "));
}
