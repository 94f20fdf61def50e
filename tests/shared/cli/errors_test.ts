import assert from "node:assert/strict";
import { causesOf, firstOf, rootMessage, UserError } from "../../../shared/cli/errors.ts";

const unit = { permissions: "none" } as const;

Deno.test("rootMessage() finds the innermost cause", unit, () => {
  const inner = new Error("connection refused");
  assert.equal(
    rootMessage(new Error("a", { cause: new Error("b", { cause: inner }) })),
    inner.message,
  );
  assert.equal(rootMessage(new AggregateError([inner], "all failed")), inner.message);
});

Deno.test("rootMessage() gives what failed first, where the disposal failed too", unit, () => {
  const first = new Error("wrapped", { cause: new Error("the disk is full") });
  const later = new Error("cannot close");
  const suppressed = new SuppressedError(later, first);
  assert.equal(rootMessage(suppressed), "the disk is full");
  assert.equal(
    rootMessage(new SuppressedError(new Error("again"), suppressed)),
    "the disk is full",
  );
  assert.equal(rootMessage(new Error("outer", { cause: suppressed })), "the disk is full");
  const known = new UserError("known");
  assert.equal(firstOf(new SuppressedError(later, known)), known);
});

Deno.test("rootMessage() takes anything", unit, () => {
  assert.equal(rootMessage("text"), "text");
  assert.equal(rootMessage(undefined), "undefined");
  assert.equal(rootMessage(new TypeError("")), "TypeError");
  assert.equal(rootMessage(new AggregateError([], "none")), "none");
  assert.equal(rootMessage(new Error("outer", { cause: "text" })), "outer");
});

Deno.test("causesOf() walks from an error to its innermost cause", unit, () => {
  const inner = new Error("inner");
  const kafkajsList = Object.assign(new Error("several"), { errors: [inner, new Error("other")] });
  for (const several of [new AggregateError([inner]), kafkajsList]) {
    const outer = new Error("outer", { cause: several });
    assert.deepEqual([...causesOf(outer)], [outer, several, inner]);
  }
  const later = new SuppressedError(new Error("cannot close"), inner);
  assert.deepEqual([...causesOf(later)], [later, inner]);
  assert.deepEqual([...causesOf(new Error("outer", { cause: "text" }))].length, 1);
  assert.deepEqual([...causesOf("text")], []);
});

Deno.test("rootMessage() ends on a circle of causes", unit, () => {
  const one = new Error("one");
  one.cause = new Error("two", { cause: one });
  assert.match(rootMessage(one), /one|two/);
});

Deno.test("UserError keeps hint, cause and exit code", unit, () => {
  const cause = new Error("why");
  const error = new UserError("what", "do this", { exitCode: 2, cause });
  assert.deepEqual([error.message, error.hint, error.exitCode, error.cause], [
    "what",
    "do this",
    2,
    cause,
  ]);
  assert.equal(new UserError("what").exitCode, 1);
});
