/// <reference lib="dom" />
import type { VNode } from "preact";
import { html } from "./html.ts";

const [WIDTH, HEIGHT] = [120, 20];

/** A line without axes, from 0 up to the largest value: what it says stands in figures beside it. */
export function Sparkline({ values }: { values: readonly number[] }): VNode {
  const most = Math.max(1, ...values);
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.map((value, i) =>
    `${(i * step).toFixed(1)},${(HEIGHT - 1 - value / most * (HEIGHT - 2)).toFixed(1)}`
  );
  return html`
    <svg class="spark" width=${WIDTH} height=${HEIGHT} viewBox=${`0 0 ${WIDTH} ${HEIGHT}`}
      aria-hidden="true">
      <polyline points=${points.join(" ")} />
    </svg>
  `;
}
