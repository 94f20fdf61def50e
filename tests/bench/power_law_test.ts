import assert from "node:assert/strict";
import { fitPowerLaw, lawOf } from "../../bench/power_law.ts";

const unit = { permissions: "none" } as const;

/** Figures of a power law at these sizes. */
function figures(exponent: number, sizes = [1, 3, 12, 48]) {
  return sizes.map((x) => ({ x, y: 7 * x ** exponent }));
}

const of = { what: "events/s", against: "consumers" };

Deno.test("fitPowerLaw() finds the law that figures were made of", unit, () => {
  for (const exponent of [-1.5, 0, 0.37, 1, 2]) {
    const law = fitPowerLaw(figures(exponent))!;
    for (const [is, expected] of [[law.exponent, exponent], [law.factor, 7], [law.worst, 1]]) {
      assert.ok(Math.abs(is! - expected!) < 1e-9, `${is} for ${expected}`);
    }
  }
});

Deno.test(
  "fitPowerLaw() goes between figures that lie on no law, and says how far off",
  unit,
  () => {
    // Symmetric: a flat line through the middle, in logarithms.
    const law = fitPowerLaw([{ x: 1, y: 1 }, { x: 2, y: 8 }, { x: 4, y: 1 }])!;
    assert.ok(Math.abs(law.exponent) < 1e-9);
    assert.ok(Math.abs(law.factor - 2) < 1e-9);
    assert.ok(Math.abs(law.worst - 4) < 1e-9);
  },
);

Deno.test("fitPowerLaw() has no law of one size", unit, () => {
  assert.equal(fitPowerLaw([]), undefined);
  assert.equal(fitPowerLaw([{ x: 3, y: 1 }, { x: 3, y: 2 }]), undefined);
});

Deno.test("lawOf() puts the exponent into words", unit, () => {
  const sentences: [exponent: number, sentence: string][] = [
    [
      0.05,
      "events/s hardly depend on the consumers (exponent 0.05: ×1.04 for twice the consumers).",
    ],
    [
      0.5,
      "events/s grow more slowly than the consumers (exponent 0.50: ×1.41 for twice the consumers).",
    ],
    [
      1.02,
      "events/s grow in proportion to the consumers (exponent 1.02: ×2.03 for twice the consumers).",
    ],
    [2, "events/s grow faster than the consumers (exponent 2.00: ×4.00 for twice the consumers)."],
    [
      -0.5,
      "events/s fall more slowly than the consumers grow (exponent −0.50: ×0.71 for twice the consumers).",
    ],
    [
      -1,
      "events/s fall in inverse proportion to the consumers (exponent −1.00: ×0.50 for twice the consumers).",
    ],
    [
      -2,
      "events/s fall faster than the consumers grow (exponent −2.00: ×0.25 for twice the consumers).",
    ],
  ];
  for (const [exponent, sentence] of sentences) {
    assert.equal(lawOf(figures(exponent), of), sentence);
  }
});

Deno.test("lawOf() tells the steps where no power law fits", unit, () => {
  assert.equal(
    lawOf([{ x: 4, y: 210 }, { x: 1, y: 100 }, { x: 2, y: 200 }], of),
    "events/s grow more slowly than the consumers (exponent 0.54: ×1.45 for twice the consumers); " +
      "no single law fits (a figure is 24 % off it): ×2.00 from 1 to 2, ×1.05 from 2 to 4.",
  );
});

Deno.test("lawOf() says when there are too few figures", unit, () => {
  assert.equal(
    lawOf([{ x: 1, y: 100 }], of),
    "events/s were measured with one number of consumers: that shows no law.",
  );
});
