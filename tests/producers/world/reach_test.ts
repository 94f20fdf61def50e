import assert from "node:assert/strict";
import type { Type } from "../../../shared/catalogue/events.ts";
import { createReach } from "../../../producers/world/reach.ts";

const at = (end: number) => () => ({ 0: end });
const of = (sales: number, payments = sales) =>
  new Map<Type, number>([["sales", sales], ["payments", payments]]);

Deno.test("createReach(): what is held back is next, and is looked for from where it is due on", () => {
  const begin = { next: 10, firstNew: 10, ends: { 0: 100 } };
  const reach = createReach(new Map([["sales", begin], ["payments", begin]]));
  const now = () => [reach.next("sales"), reach.ends("sales")[0], reach.next("payments")];
  assert.deepEqual(now(), [10, 100, 10]);
  reach.advance(of(12), new Map(), at(102));
  assert.deepEqual(now(), [12, 102, 12]);
  // Round 14 of sales is held back: payments, which go on with sales, wait for it, too.
  reach.advance(of(15), new Map([["sales", 14]]), at(104));
  reach.advance(of(20), new Map([["sales", 14]]), at(109));
  assert.deepEqual(now(), [14, 102, 14]);
  reach.advance(of(21), new Map([["sales", 18]]), at(111));
  assert.deepEqual(now(), [18, 104, 18]);
  reach.advance(of(22), new Map(), at(113));
  assert.deepEqual(now(), [22, 113, 22]);
  // Payments wait for sales: what is held back of these is no matter of theirs.
  reach.advance(of(30, 22), new Map([["sales", 25]]), at(121));
  assert.deepEqual(now(), [25, 113, 22]);
  // They have caught up: what was published stays published.
  reach.advance(of(31, 30), new Map(), at(122));
  reach.advance(of(31, 31), new Map([["sales", 25]]), at(122));
  assert.deepEqual([reach.next("sales"), reach.next("payments")], [31, 30]);
});

Deno.test("createReach(): until it is past a tail, the tail is looked for again", () => {
  const reach = createReach(
    new Map([["sales" as const, { next: 10, firstNew: 15, ends: { 0: 100 } }]]),
  );
  const now = () => [reach.next("sales"), reach.ends("sales")[0]];
  const sales = (round: number) => new Map<Type, number>([["sales", round]]);
  reach.advance(sales(12), new Map(), at(107));
  assert.deepEqual(now(), [12, 100]);
  reach.advance(sales(15), new Map(), at(110));
  assert.deepEqual(now(), [15, 110]);
});
