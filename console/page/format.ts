/// <reference lib="dom" />
import type { VNode } from "preact";
import { html } from "./html.ts";

const numbers = new Intl.NumberFormat("en-US");
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const fullDay = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });

/** What stands where nothing is known. */
export const NONE = "–";

/** A count with thousands separators. */
export function count(value: number | undefined | null): string {
  return value === undefined || value === null ? NONE : numbers.format(value);
}

/** A rate a second: one decimal while it is small. */
export function rate(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  return value > 0 && value < 10 ? value.toFixed(1) : numbers.format(Math.round(value));
}

/** A duration: `0.4 s`, `12 s`, `4:12 min`, `3:05 h`, `2 d`. */
export function duration(seconds: number | undefined | null): string {
  if (seconds === undefined || seconds === null || !Number.isFinite(seconds)) return NONE;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const pad = (value: number) => String(Math.floor(value)).padStart(2, "0");
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}:${pad(seconds % 60)} min`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)}:${pad(seconds % 3_600 / 60)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** A duration that may be short: `64 ms`, `0` for none, and longer ones as {@linkcode duration} has them. */
export function latency(seconds: number): string {
  if (seconds >= 1) return duration(seconds);
  return seconds === 0 ? "0" : `${Math.max(1, Math.round(1_000 * seconds))} ms`;
}

/** A size in bytes, in the largest unit that leaves a figure before the point. */
export function bytes(value: number | undefined): string {
  if (value === undefined) return NONE;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const step = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log2(value) / 10));
  const scaled = value / 1024 ** step;
  return `${step > 0 && scaled < 10 ? scaled.toFixed(1) : Math.round(scaled)} ${units[step]}`;
}

/** `1 member`, `2 members`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A time in the viewer's zone, with UTC on hover; the day, where it is another one than today. */
export function Time({ at }: { at: number | string | undefined | null }): VNode {
  if (at === undefined || at === null) return html`<span>${NONE}</span>`;
  const date = new Date(at);
  // Who writes a message may give it any number as its time.
  if (Number.isNaN(date.getTime())) return html`<span>${at} ms</span>`;
  const isToday = new Date().toDateString() === date.toDateString();
  const isThisYear = new Date().getFullYear() === date.getFullYear();
  const before = isToday ? "" : `${(isThisYear ? day : fullDay).format(date)} `;
  const utc = date.toISOString();
  return html`<time datetime=${utc} title=${`${
    utc.replace("T", " ").replace("Z", "")
  } UTC`}>${before}${clock.format(date)}</time>`;
}
