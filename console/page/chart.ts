/// <reference lib="dom" />
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { NONE } from "./format.ts";
import { html } from "./html.ts";

/** A line of a chart. */
export interface Line {
  readonly title: string;
  /** A custom property of the style, such as `--accent`. */
  readonly color: string;
  readonly values: readonly (number | null)[];
  /** There is a value at some moments only: the last one stands for now, each is a dot. */
  readonly isSparse?: boolean;
}

const HEIGHT = 150;
/** What a chart shows, in s up to now. */
const SPAN_S = 15 * 60;

/**
 * A chart over time.
 *
 * @param props.times in s since the epoch
 * @param props.format a value as text
 * @param props.least the highest value at the top at least
 */
export function Chart(
  { title, times, lines, format, least = 1 }: {
    title: string;
    times: readonly number[];
    lines: readonly Line[];
    format: (value: number) => string;
    least?: number;
  },
): VNode {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = [times, ...lines.map(({ values }) => values)] as uPlot.AlignedData;
  const lastOf = ({ values, isSparse }: Line) => {
    const value = isSparse ? values.findLast((one) => one !== null) : values.at(-1);
    return value === undefined || value === null ? undefined : format(value);
  };
  useEffect(() => {
    const parent = place.current!;
    const made = plot.current = new uPlot(optionsOf(parent, lines, format, least), data, parent);
    const resized = new ResizeObserver(() =>
      made.setSize({ width: parent.clientWidth, height: HEIGHT })
    );
    resized.observe(parent);
    // The canvas knows no custom properties: it is drawn anew in the other colours.
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const redraw = () => made.redraw(false, true);
    scheme.addEventListener("change", redraw);
    return () => {
      scheme.removeEventListener("change", redraw);
      resized.disconnect();
      made.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(data), [times]);
  return html`
    <figure class="chart">
      <figcaption><h3>${title}</h3>${lines.map((line) =>
        html`<span class="key"><i style=${`background: var(${line.color})`}></i>${line.title} <b>${
          lastOf(line) ?? NONE
        }</b></span>`
      )}</figcaption>
      <div ref=${place} class="plot" role="img" aria-label=${`${title}, the last 15 minutes: ${
        lines.map((line) => `${line.title} now ${lastOf(line) ?? "unknown"}`).join(", ")
      }`}></div>
    </figure>
  `;
}

function optionsOf(
  parent: HTMLElement,
  lines: readonly Line[],
  format: (value: number) => string,
  least: number,
): uPlot.Options {
  const color = (name: string) => () => getComputedStyle(parent).getPropertyValue(name);
  const axis = {
    stroke: color("--muted"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui",
  };
  return {
    width: parent.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false },
    scales: {
      x: { range: (_, __, max) => [max - SPAN_S, max] },
      y: { range: (_, __, max) => [0, Math.max(least, max * 1.1)] },
    },
    axes: [
      {
        ...axis,
        size: 24,
        space: 60,
        values: [[60, "{HH}:{mm}", null, null, null, null, null, null, 1]],
      },
      { ...axis, size: 56, values: (_, values) => values.map(format) },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.title,
        stroke: color(line.color),
        width: 1.5,
        points: { show: line.isSparse ?? false, size: 4 },
        spanGaps: true,
      })),
    ],
  };
}
