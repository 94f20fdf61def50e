import assert from "node:assert/strict";
import { hunt } from "./mutate.ts";
import { mutants } from "./mutants.ts";

for (const mutant of mutants) {
  Deno.test(`The model fails without its guard: ${mutant.name}`, async () => {
    const { caught } = await hunt(mutant, true);
    assert.ok(caught, "no schedule failed: is the guard needed, and is it exercised?");
    console.log([...caught.wrong.slice(0, 1), ...caught.schedule].join("\n  "));
  });

  Deno.test(`The model passes with the guard in place: ${mutant.name}`, async () => {
    const { caught, explored } = await hunt(mutant, false);
    assert.equal(caught, undefined);
    assert.ok(explored.complete);
  });
}
