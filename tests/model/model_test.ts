import assert from "node:assert/strict";
import { explore, type Failure } from "./explore.ts";
import { passes } from "./passes.ts";
import { runSeed } from "./random_run.ts";
import { regressions } from "./regressions.ts";
import { replay } from "./replay_schedule.ts";
import { faults } from "./scenario.ts";

const SEEDS = 1_500;

// `deno task simulate --exhaustive` gives the large ones one fault more, which takes minutes.
for (const { scenario, faults, isSmall } of passes) {
  const most = isSmall ? faults : faults - 1;
  Deno.test(`Landing ends every schedule well: ${scenario.name}, ${most} faults`, async () => {
    const { failure, complete } = await explore(scenario, most);
    assertWell(failure);
    assert.ok(complete);
  });
}

Deno.test("Landing ends random schedules well", async () => {
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
