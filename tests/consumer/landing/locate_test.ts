import assert from "node:assert/strict";
import { locate } from "../../../consumer/landing/locate.ts";

const unit = { permissions: "none" } as const;
const LOG = { topic: "sales_topic", partition: 0, low: 5, high: 20 };

Deno.test(
  "locate() reads on where it was within the log, at its start and at its end",
  unit,
  () => {
    for (const position of [5, 12, 20]) {
      assert.deepEqual(locate(LOG, position, undefined), { position });
      assert.deepEqual(locate(LOG, position, position), { position });
      assert.deepEqual(locate(LOG, position, 20), { position });
    }
  },
);

Deno.test("locate() names the offsets that retention has deleted", unit, () => {
  const { position, warning } = locate(LOG, 2, 20);
  assert.equal(position, 5);
  assert.match(warning!, /^3 events of sales_topic\/0 were deleted.*\(offsets 2 to 4\)$/);
});

Deno.test(
  "locate() reads a truncated log on where its epoch ends, though it has grown",
  unit,
  () => {
    for (const position of [18, 30]) {
      const found = locate(LOG, position, 15);
      assert.equal(found.position, 15);
      assert.match(
        found.warning!,
        /ends at offset 20, and the position was \d+; reading on from offset 15/,
      );
    }
  },
);

Deno.test("locate() never reads from before the log's start", unit, () => {
  assert.equal(locate(LOG, 30, 3).position, 5);
});

Deno.test("locate() reads a truncated log again where its epoch's end is not known", unit, () => {
  const { position, warning } = locate(LOG, 21, undefined);
  assert.equal(position, 5);
  assert.match(warning!, /from its start \(offset 5\), so events that had landed will land again/);
});
