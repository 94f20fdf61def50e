import assert from "node:assert/strict";
import { explore, type Failure } from "./explore.ts";
import { passes } from "./passes.ts";
import { runSeed } from "./random_run.ts";
import { regressions } from "./regressions.ts";
import { replay } from "./replay_schedule.ts";
import { faults } from "./scenario.ts";

const SEEDS = 1_500;

// `deno task simulate --exhaustive` allows the large ones one more fault, which takes minutes.
for (const { scenario, faults, isSmall } of passes) {
  const most = isSmall ? faults : faults - 1;
  Deno.test(`Landing survives every schedule: ${scenario.name}, ${most} faults`, async () => {
    const { failure, complete } = await explore(scenario, most);
    assertSurvived(failure);
    assert.ok(complete);
  });
}

Deno.test("Landing survives random schedules", async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { failure } = await runSeed(seed);
    assert.equal(failure, undefined, `seed ${seed}: deno task simulate --from ${seed} --seeds 1`);
  }
});

for (const { name, scenario, schedule } of regressions) {
  Deno.test(`Landing survives a schedule that it once did not: ${name}`, async () => {
    assertSurvived(await replay({ ...scenario, faults: new Set(faults) }, schedule));
  });
}

function assertSurvived(failure: Failure | undefined): void {
  if (!failure) return;
  assert.fail([...failure.wrong, "The schedule:", ...failure.schedule].join("\n  "));
}
