import assert from "node:assert/strict";
import { withoutUnbuilt } from "../../infra/own_images.ts";
import type { ServiceName } from "../../infra/runtime.ts";

const wanted: readonly ServiceName[] = ["kafka", "console"];

/** A build that says something and ends with a code. */
const building = (code: number) => () =>
  Promise.resolve({ code, stdout: "", stderr: "pulling…\nno route to the registry\n" });

Deno.test("withoutUnbuilt() starts the rest where the console's image cannot be built, and says why", async () => {
  const lines: string[] = [];
  assert.deepEqual(
    await withoutUnbuilt(wanted, building(1), (line) => lines.push(line)),
    ["kafka"],
  );
  const [what, why, hint] = lines;
  assert.match(what!, /^Starting without the console, because its image cannot be built:$/);
  assert.match(why!, /no route to the registry$/);
  assert.match(hint!, /→ see it without Docker: .*console$/);
});

Deno.test("withoutUnbuilt() leaves what can be built, and what is not ours, as it is", async () => {
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  assert.deepEqual(await withoutUnbuilt(wanted, building(0), log), wanted);
  assert.deepEqual(await withoutUnbuilt(["kafka"], building(1), log), ["kafka"]);
  assert.deepEqual(lines, []);
});
