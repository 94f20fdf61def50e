import assert from "node:assert/strict";
import { MemoryBudget } from "../../../consumer/batching/memory_budget.ts";
import { types } from "../../../shared/catalogue/events.ts";
import { isSettled } from "../../model/settled.ts";

const unit = { permissions: "none" } as const;
/** With 240 bytes each type may always hold 10. */
const MAX = 240;
const ALONE = MAX - 5 * 10;

Deno.test(
  "MemoryBudget is full for a type that has left the others their reserve only",
  unit,
  () => {
    const memory = new MemoryBudget(MAX);
    memory.take("sales", ALONE - 1);
    assert.equal(memory.isFull("sales"), false);
    memory.take("sales", 1);
    assert.equal(memory.isFull("sales"), true);
    assert.equal(memory.used, ALONE);
    memory.release("sales", 1);
    assert.equal(memory.isFull("sales"), false);
    assert.equal(memory.used, ALONE - 1);
  },
);

Deno.test("MemoryBudget keeps a reserve for every type whatever another holds", unit, () => {
  const memory = new MemoryBudget(MAX);
  memory.take("sales", 10 * MAX);
  for (const type of types.filter((type) => type !== "sales")) {
    assert.equal(memory.isFull(type), false);
    memory.take(type, 9);
    assert.equal(memory.isFull(type), false);
    memory.take(type, 1);
    assert.equal(memory.isFull(type), true);
  }
});

Deno.test("MemoryBudget is never full for what keeps within its bound together", unit, () => {
  const memory = new MemoryBudget(MAX);
  for (const type of types) memory.take(type, 30);
  for (const type of types) assert.equal(memory.isFull(type), false);
  memory.take("sales", MAX - 6 * 30);
  for (const type of types) assert.equal(memory.isFull(type), true);
});

Deno.test("MemoryBudget.room() resolves at once when there is room", unit, async () => {
  assert.equal(await isSettled(new MemoryBudget(MAX).room("sales")), true);
});

Deno.test(
  "MemoryBudget.room() resolves for all who wait when enough is released",
  unit,
  async () => {
    const memory = new MemoryBudget(MAX);
    memory.take("sales", ALONE + 5);
    const waiting = [memory.room("sales"), memory.room("sales")];
    memory.release("sales", 5);
    for (const room of waiting) assert.equal(await isSettled(room), false);
    memory.release("sales", 1);
    for (const room of waiting) assert.equal(await isSettled(room), true);
  },
);

Deno.test("MemoryBudget.room() waits on when another takes the room first", unit, async () => {
  const memory = new MemoryBudget(MAX);
  memory.take("sales", ALONE);
  const room = memory.room("sales");
  memory.release("sales", 5);
  memory.take("sales", 5);
  assert.equal(await isSettled(room), false);
  memory.release("sales", 5);
  assert.equal(await isSettled(room), true);
});
