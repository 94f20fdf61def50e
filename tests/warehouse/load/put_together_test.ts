import assert from "node:assert/strict";
import type { FileType } from "../../../shared/catalogue/events.ts";
import { putTogether } from "../../../warehouse/load/put_together.ts";

function file(type: FileType, n: number, bytes = 20_000) {
  return { key: `${type}/${n}`, type, bytes, etag: `"${n}"`, landedAt: new Date(n) };
}

function keys(sets: ReturnType<typeof putTogether>): string[] {
  return sets.map((set) => set.map(({ key }) => key).join(" "));
}

Deno.test("putTogether() makes sets of a type, in the order of their oldest", () => {
  const files = [1, 2, 3, 4, 5, 6].flatMap((n) => [file("sales", n), file("payments", n)]);
  assert.deepEqual(keys(putTogether(files, 4)), [
    "sales/1 sales/2 sales/3",
    "payments/1 payments/2 payments/3",
    "sales/4 sales/5 sales/6",
    "payments/4 payments/5 payments/6",
  ]);
});

Deno.test("putTogether() leaves work for everyone while there is little, and bounds a set", () => {
  const files = Array.from({ length: 200 }, (_, n) => file("sales", n));
  assert.equal(putTogether(files.slice(0, 4), 4).length, 4);
  assert.equal(putTogether(files, 4)[0]!.length, 32);
  const heavy = files.map(({ key, ...rest }, n) => ({ ...rest, key, bytes: n < 9 ? 200_000 : 1 }));
  assert.equal(putTogether(heavy, 4)[0]!.length, 5);
});

Deno.test("putTogether() leaves large files and master data alone", () => {
  const files = [
    file("sales", 1),
    file("sales", 2, 10_000_000),
    file("customers", 3),
    file("customers", 4),
    file("sales", 5),
  ];
  assert.deepEqual(keys(putTogether(files, 1)), [
    "sales/1 sales/5",
    "sales/2",
    "customers/3",
    "customers/4",
  ]);
});
