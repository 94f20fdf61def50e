/** A figure, measured at a size. Both are above 0. */
export interface Measured {
  readonly x: number;
  readonly y: number;
}

/** `y = factor · x^exponent`, and how far from it the worst figure is. */
export interface PowerLaw {
  readonly factor: number;
  readonly exponent: number;
  /** The largest ratio of a figure to the law's, or of the law's to a figure; 1 if all lie on it. */
  readonly worst: number;
}

/** Below this an exponent says that nothing grows, and as near to 1 that it grows in proportion. */
const NEAR = 0.1;
/** A law that misses a figure by more than this is told with what happens from step to step. */
const MISSED = 1.15;

/**
 * The power law through figures: a straight line through their logarithms, by least squares.
 *
 * @returns undefined if there are not two different sizes
 */
export function fitPowerLaw(points: readonly Measured[]): PowerLaw | undefined {
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const mean = (of: (one: Measured) => number) =>
    logs.reduce((sum, one) => sum + of(one), 0) / logs.length;
  const [x, y] = [mean((one) => one.x), mean((one) => one.y)];
  const spread = mean((one) => (one.x - x) ** 2);
  if (!(spread > 0)) return undefined;
  const exponent = mean((one) => (one.x - x) * (one.y - y)) / spread;
  const base = y - exponent * x;
  const misses = logs.map((one) => Math.abs(one.y - base - exponent * one.x));
  return { factor: Math.exp(base), exponent, worst: Math.exp(Math.max(...misses)) };
}

/**
 * The law that figures show, as a sentence.
 *
 * @param of.what is measured, in the plural, such as "events/s"
 * @param of.against what it is measured, in the plural, such as "consumers"
 */
export function lawOf(
  points: readonly Measured[],
  { what, against }: { readonly what: string; readonly against: string },
): string {
  const law = fitPowerLaw(points);
  if (!law) return `${what} were measured with one number of ${against}: that shows no law.`;
  const { exponent, worst } = law;
  const sentence = `${what} ${growth(exponent, against)} (exponent ${signed(exponent)}: ${
    times(2 ** exponent)
  } for twice the ${against})`;
  if (worst <= MISSED) return `${sentence}.`;
  const sorted = points.toSorted((a, b) => a.x - b.x);
  const steps = sorted.slice(1).map(({ x, y }, index) => {
    const before = sorted[index]!;
    return `${times(y / before.y)} from ${count(before.x)} to ${count(x)}`;
  });
  const percent = Math.round((worst - 1) * 100);
  return `${sentence}; no single law fits (a figure is ${percent} % off it): ${steps.join(", ")}.`;
}

function growth(exponent: number, against: string): string {
  const size = Math.abs(exponent);
  if (size < NEAR) return `hardly depend on the ${against}`;
  const proportion = Math.abs(size - 1) < NEAR;
  if (exponent > 0) {
    if (proportion) return `grow in proportion to the ${against}`;
    return `grow ${size < 1 ? "more slowly" : "faster"} than the ${against}`;
  }
  if (proportion) return `fall in inverse proportion to the ${against}`;
  return `fall ${size < 1 ? "more slowly" : "faster"} than the ${against} grow`;
}

function signed(value: number): string {
  const text = value.toFixed(2);
  return text === "-0.00" ? "0.00" : text.replace("-", "−");
}

function times(ratio: number): string {
  return `×${ratio.toFixed(2)}`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
