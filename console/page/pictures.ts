/// <reference lib="dom" />
import type { VNode } from "preact";
import { html } from "./html.ts";

/** A bar and its parts, each with what it stands for. */
export interface Bar {
  readonly label: string;
  /** The parts, in the order of `keys`. */
  readonly values: readonly number[];
  /** What stands at its end. */
  readonly text: string;
}

/** The colours of the parts of bars. */
const PARTS = ["var(--accent)", "var(--accent-soft)", "var(--muted)"];

/** Bars that lie, one a row: they are a list that can be read. */
export function Bars(
  { title, bars, keys }: { title: string; bars: readonly Bar[]; keys?: readonly string[] },
): VNode {
  const most = Math.max(1, ...bars.map(({ values }) => values.reduce((sum, one) => sum + one, 0)));
  return html`<section class="picture"><h3>${title}${
    keys?.map((key, i) =>
      html`<span class="key"><i style=${`background: ${PARTS[i]}`}></i>${key}</span>`
    )
  }</h3>${
    bars.length === 0
      ? html`<p class="quiet">Nothing yet</p>`
      : html`<ul class="bars">${
        bars.map(({ label, values, text }) =>
          html`<li><span class="label">${label}</span><span class="track" aria-hidden="true">${
            values.map((value, i) =>
              html`<i style=${`width: ${100 * value / most}%; background: ${PARTS[i]}`}></i>`
            )
          }</span><b>${text}</b></li>`
        )
      }</ul>`
  }</section>`;
}

/** A place on a map. */
export interface Spot {
  readonly x: number;
  readonly y: number;
  readonly title: string;
  readonly isIll: boolean;
}

const SIZE = { width: 480, height: 360, margin: 12 };

/** Spots where they are, longitude and latitude scaled alike; what is wrong is drawn last. */
export function Spots({ title, spots }: { title: string; spots: readonly Spot[] }): VNode {
  const ill = spots.filter(({ isIll }) => isIll).length;
  const range = (values: readonly number[]) => {
    const low = Math.min(...values);
    const high = Math.max(...values);
    return { low, size: high - low || 1 };
  };
  const [x, y] = [range(spots.map(({ x }) => x)), range(spots.map(({ y }) => y))];
  const { width, height, margin } = SIZE;
  const scale = Math.min((width - 2 * margin) / x.size, (height - 2 * margin) / y.size);
  const place = (spot: Spot) => ({
    cx: (width - x.size * scale) / 2 + (spot.x - x.low) * scale,
    cy: (height + y.size * scale) / 2 - (spot.y - y.low) * scale,
  });
  const text = `${spots.length.toLocaleString("en-US")} cars, ${
    ill.toLocaleString("en-US")
  } with a fault`;
  return html`
    <section
      class="picture"><h3>${title}<span class="key">${text}</span></h3>${spots.length === 0
        ? html`<p class="quiet">Nothing yet</p>`
        : html`<svg viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${`${title}: ${text}`}>${
          spots.toSorted((a, b) => Number(a.isIll) - Number(b.isIll)).map((spot) =>
            html`
              <circle ...${place(spot)} r=${spot.isIll ? 3.5 : 2.5} class=${spot.isIll
                ? "ill"
                : ""}>
                <title>${spot.title}</title>
              </circle>
            `
          )
        }</svg>`}</section>
  `;
}
