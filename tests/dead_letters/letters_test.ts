import assert from "node:assert/strict";
import { gatherLetters, matches, type StoredRecord } from "../../dead_letters/letters.ts";
import { parsePlace } from "../../shared/formats/place.ts";

function place(text: string) {
  return parsePlace(text)!;
}

function letter(
  origin: string,
  options: { at?: number; digest?: string; reason?: string } = {},
): StoredRecord {
  const { at = 0, digest = "d", reason = "the message is not JSON" } = options;
  const content = { key: null, value: Buffer.from("bad"), headers: {}, digest };
  return { kind: "letter", at, origin: place(origin), reason, ...content, letterPartition: 0 };
}

function replay(
  origin: string,
  to: string,
  options: { attempt?: number; digest?: string } = {},
): StoredRecord {
  const { attempt = 1, digest = "d" } = options;
  return {
    kind: "replay",
    at: 9,
    origin: place(origin),
    digest,
    to: place(to),
    attempt,
    letterPartition: 0,
  };
}

Deno.test("gatherLetters() takes repeats of one origin for one letter, and sorts by time", () => {
  const letters = gatherLetters([
    letter("t/1/2", { at: 5 }),
    letter("t/0/1", { at: 7 }),
    letter("t/1/2", { at: 3 }),
  ]);
  assert.deepEqual(letters.map(({ origin, at }) => [origin.offset, at]), [[2, 3], [1, 7]]);
});

Deno.test("gatherLetters() keeps the order of a partition when a letter was sent again later", () => {
  const letters = gatherLetters([
    letter("t/0/2", { at: 3 }),
    letter("t/1/0", { at: 4 }),
    letter("t/0/1", { at: 7 }),
    letter("t/1/1", { at: 8 }),
  ]);
  assert.deepEqual(letters.map(({ origin: { partition, offset } }) => [partition, offset]), [
    [1, 0],
    [0, 1],
    [0, 2],
    [1, 1],
  ]);
});

Deno.test("gatherLetters() knows what was replayed, whichever record comes first", () => {
  const marker = replay("t/0/1", "t/0/8");
  for (const records of [[letter("t/0/1"), marker], [marker, letter("t/0/1")]]) {
    assert.deepEqual(gatherLetters(records)[0]!.replay, marker);
  }
});

Deno.test("gatherLetters() does not take the replay of another message at the same place", () => {
  const [found] = gatherLetters([
    replay("t/0/1", "t/0/8", { digest: "of a topic that was deleted" }),
    letter("t/0/1"),
  ]);
  assert.equal(found!.replay, undefined);
});

Deno.test("gatherLetters() counts the replays that a message had under other origins", () => {
  const letters = gatherLetters([
    letter("t/0/1", { at: 1 }),
    replay("t/0/1", "t/0/8"),
    letter("t/0/8", { at: 2 }),
    replay("t/0/8", "t/0/9", { attempt: 2 }),
    letter("t/0/9", { at: 3 }),
  ]);
  assert.deepEqual(letters.map(({ attempts }) => attempts), [0, 1, 2]);
  assert.deepEqual(letters.map(({ replay }) => replay?.to.offset), [8, 9, undefined]);
});

Deno.test("matches() wants the type, a part of the reason and the origin, where they are given", () => {
  const [sale] = gatherLetters([letter("p-sales_topic/1/7")]);
  const yes = (filter: Parameters<typeof matches>[1]) => matches(sale!, filter, "p-");
  assert.ok(yes({}));
  assert.ok(yes({ types: ["payments", "sales"], reason: "NOT json" }));
  assert.ok(yes({ origins: ["p-sales_topic/1/7"] }));
  assert.ok(!yes({ types: ["payments"] }));
  assert.ok(!yes({ reason: "UTF-8" }));
  assert.ok(!yes({ origins: ["p-sales_topic/1/8"] }));
  assert.ok(!matches(sale!, { types: ["sales"] }, "another-"));
});
