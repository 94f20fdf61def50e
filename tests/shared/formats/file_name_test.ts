import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatName,
  groupTag,
  keyOf,
  laterName,
  nextName,
  parseName,
  UNTAGGED_GROUP,
} from "../../../shared/formats/file_name.ts";
import { typeOfKey } from "../../../shared/formats/object_key.ts";
import { types } from "../../../shared/catalogue/events.ts";

const unit = { permissions: "none" } as const;
const NOW = Date.UTC(2026, 1, 26, 10, 23, 45, 999);
const STAMP = "20260226_102345";

const time = fc.integer({ min: 0, max: Date.UTC(2099, 11, 31) });
const name = fc.record({
  stamp: time.map((ms) => nextName(undefined, ms).stamp),
  sequence: fc.nat({ max: 20_000 }),
}, { noNullPrototype: true });

Deno.test("nextName() is the UTC second of the cut", unit, () => {
  assert.deepEqual(nextName(undefined, NOW), { stamp: STAMP, sequence: 0 });
});

Deno.test("nextName() counts the files of one second", unit, () => {
  const first = nextName(undefined, NOW);
  const second = nextName(first, NOW);
  assert.deepEqual([first, second, nextName(second, NOW)].map((name) => formatName(name)), [
    STAMP,
    `${STAMP}_001`,
    `${STAMP}_002`,
  ]);
});

Deno.test("nextName() begins again with the next second", unit, () => {
  const last = { stamp: STAMP, sequence: 7 };
  assert.deepEqual(nextName(last, NOW + 1), { stamp: "20260226_102346", sequence: 0 });
});

Deno.test("nextName() goes on after the last name when the clock is set back", unit, () => {
  const last = { stamp: STAMP, sequence: 999 };
  assert.deepEqual(nextName(last, NOW - 3_600_000), { stamp: STAMP, sequence: 1_000 });
});

Deno.test("nextName() never gives a name twice, however the clock jumps", unit, () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: NOW - 3_000, max: NOW + 3_000 })), (times) => {
      const given = new Set<string>();
      let last;
      for (const ms of times) {
        const next = nextName(last, ms);
        assert.deepEqual(laterName(last, next), next);
        given.add(formatName(next));
        last = next;
      }
      assert.equal(given.size, times.length);
    }),
  );
});

Deno.test("laterName() compares the stamp, then the sequence as a number", unit, () => {
  const early = { stamp: STAMP, sequence: 1_000 };
  assert.equal(laterName(early, { stamp: STAMP, sequence: 999 }), early);
  assert.equal(laterName({ stamp: STAMP, sequence: 999 }, early), early);
  const late = { stamp: "20260226_102346", sequence: 0 };
  assert.equal(laterName(early, late), late);
  assert.equal(laterName(late, early), late);
});

Deno.test("laterName() takes the one that there is", unit, () => {
  const name = { stamp: STAMP, sequence: 0 };
  assert.equal(laterName(undefined, name), name);
  assert.equal(laterName(name, undefined), name);
  assert.equal(laterName(undefined, undefined), undefined);
});

Deno.test("formatName() appends the partition", unit, () => {
  assert.equal(formatName({ stamp: STAMP, sequence: 0 }, { partition: 0 }), `${STAMP}_p0`);
  assert.equal(formatName({ stamp: STAMP, sequence: 1 }, { partition: 12 }), `${STAMP}_001_p12`);
});

Deno.test("formatName() ends with the group's tag", unit, () => {
  const tag = groupTag("test_automotive-consumer-group");
  assert.equal(formatName({ stamp: STAMP, sequence: 0 }, { tag }), `${STAMP}_g${tag}`);
  assert.equal(
    formatName({ stamp: STAMP, sequence: 1 }, { partition: 2, tag }),
    `${STAMP}_001_p2_g${tag}`,
  );
});

Deno.test("groupTag() tells groups apart, and gives the default group none", unit, () => {
  assert.equal(groupTag(UNTAGGED_GROUP), undefined);
  const tags = ["a", "b", "test_automotive-consumer-group"].map(groupTag);
  for (const tag of tags) assert.match(tag!, /^[0-9a-f]{6}$/);
  assert.equal(new Set(tags).size, 3);
});

Deno.test(
  "parseName() reads what formatName() has written, with or without partition and tag",
  unit,
  () => {
    fc.assert(
      fc.property(name, maybe(fc.nat()), maybe(fc.string()), (name, partition, group) => {
        const tag = group === undefined ? undefined : groupTag(group);
        assert.deepEqual(parseName(formatName(name, { partition, tag })), name);
      }),
    );
  },
);

Deno.test("parseName() gives undefined for what is no name", unit, () => {
  for (
    const text of [
      "",
      "20260226",
      `sales_${STAMP}`,
      `${STAMP}_1`,
      `${STAMP}_p`,
      `${STAMP}_g12345`,
      `${STAMP}_001.csv`,
      ` ${STAMP}`,
    ]
  ) {
    assert.equal(parseName(text), undefined, text);
  }
});

Deno.test("keyOf() is the type's folder and the type's name again", unit, () => {
  assert.equal(keyOf("sales", STAMP), `sales/sales_${STAMP}.csv`);
});

Deno.test("typeOfKey() knows every key that the consumer can give a file", unit, () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...types),
      name,
      maybe(fc.nat()),
      maybe(fc.string()),
      (type, name, partition, group) => {
        const tag = group === undefined ? undefined : groupTag(group);
        assert.equal(typeOfKey(keyOf(type, formatName(name, { partition, tag }))), type);
      },
    ),
  );
});

function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}
