/// <reference lib="dom" />
import type { VNode } from "preact";
import type { Trace } from "../../api/trace.ts";
import type { Wire } from "../api.ts";
import { count, duration, Time } from "../format.ts";
import { html } from "../html.ts";
import { Answer, Table, useAsked } from "../parts.ts";
import { hrefOf, type Route } from "../router.ts";

type WireTraced = Wire<Trace>;
type Way = Extract<WireTraced, { kind: "ways" }>["ways"][number];

/** The way of an event, a file's content, or the life of a vehicle. */
export function TraceView({ route }: { route: Route }): VNode {
  const what = route.rest;
  const asked = useAsked<WireTraced>(
    what === "" ? undefined : `trace?what=${encodeURIComponent(what)}`,
  );
  if (what === "") {
    return html`
      <h1>Trace</h1>
      <p class="empty">Type an event id, <code>topic/partition/offset</code>, the name
            of a file, a VIN or a vehicle id into the box above: message → file and line → fact, rejected row or
            dead letter.</p>
    `;
  }
  return html`
    <h1>Trace <code>${what}</code></h1>
    <${Answer} asked=${asked}>${(found: WireTraced) =>
      found.kind === "ways"
        ? found.ways.length === 0
          ? html`<p class="empty">No event ${what}: it is not among the last messages of its topic, nor in the
            warehouse.</p>`
          : found.ways.map((way) => html`<${WayOf} way=${way} />`)
        : found.kind === "file"
        ? html`<${FileOf} found=${found} />`
        : html`<${LifeOf} found=${found} />`}<//>
  `;
}

function WayOf({ way }: { way: Way }): VNode {
  const { message, letter, file, row, notes } = way;
  const landedAt = file?.landedAt && Date.parse(file.landedAt);
  const loadedAt = row && Date.parse(row.loadedAt);
  const after = (from: number | undefined | "", to: number | undefined | "") =>
    typeof from === "number" && typeof to === "number" && to >= from
      ? html`<span class="after">+${duration((to - from) / 1000)}</span>`
      : "";
  return html`<article class="way">
    ${way.eventId && html`<h2>${way.eventId}</h2>`}
    <ol>
      ${
    message && html`
      <li>
        <h3>Published</h3>
        <p><${Time} at=${message.at} /> <a href=${hrefOf(
          "trace",
          `${message.topic}/${message.partition}/${message.offset}`,
        )}>${message.topic}/${message.partition}/${message.offset}</a>${message.key &&
          html`, key <code>${message.key}</code>`}</p>
        <pre tabindex="0" aria-label="The message">${pretty(message.value)}</pre>
      </li>
    `
  }
      ${
    letter && html`
      <li
        class="ill"><h3>Dead letter</h3><p><${Time} at=${letter.at} />${after(
          message?.at,
          letter.at,
        )} ${letter.reason}</p>${letter.replayedTo &&
          html`<p>replayed to <a href=${hrefOf("trace", place(letter.replayedTo))}>${
            place(letter.replayedTo)
          }</a></p>`}</li>
    `
  }
      ${
    file && html`
      <li>
        <h3>Landed</h3>
        <p><${Time} at=${file.landedAt} />${after(message?.at, landedAt)} <a href=${hrefOf(
          "trace",
          file.key,
        )}>${file.key}</a>${file.line !== undefined &&
          html`, line ${count(file.line)}`} <span class="quiet">(in ${file.in === "neither bucket"
          ? ""
          : "the "}${file.in})</span></p>
      </li>
    `
  }
      ${
    row && html`
      <li class=${row.rejected ? "ill" : ""}>
        <h3>${row.rejected ? "Rejected" : "Loaded"}</h3>
        <p><${Time} at=${row.loadedAt} />${after(landedAt, loadedAt)} <code>warehouse.${row
          .table}</code>${row.rejected && `: ${row.rejected}`}</p>
      </li>
    `
  }
    </ol>
    ${notes.map((note) => html`<p class="note">${note}</p>`)}
  </article>`;
}

function FileOf(
  { found: { key, file, loads } }: { found: Extract<WireTraced, { kind: "file" }> },
): VNode {
  return html`<article class="way">
    <p>${
    file
      ? html`In the ${file.in}, landed <${Time} at=${file.landedAt} />`
      : `${key} is in neither bucket`
  }</p>
    ${
    file?.written &&
    html`<${Table} caption="Where its rows come from" rows=${file.written.ranges} columns=${[
      { title: "topic", value: () => file.written!.topic },
      { title: "partition", isFigure: true, value: (one: Range) => one.partition },
      { title: "from offset", isFigure: true, value: (one: Range) => count(one.from) },
      { title: "to, not with", isFigure: true, value: (one: Range) => count(one.to) },
    ]} />`
  }
    <h2>Loads</h2>
    <${Table} caption="Loads of this file" rows=${loads} empty="Not loaded yet" columns=${[
    { title: "loaded", value: (one: Load) => html`<${Time} at=${one.loadedAt} />` },
    { title: "rows", isFigure: true, value: (one: Load) => count(one.rows) },
    { title: "facts", isFigure: true, value: (one: Load) => count(one.facts) },
    { title: "rejected", isFigure: true, value: (one: Load) => count(one.rejected) },
    { title: "repeats", isFigure: true, value: (one: Load) => count(one.repeats) },
    { title: "why not", value: (one: Load) => one.reason ?? "" },
  ]} />
  </article>`;
}
type Load = Extract<WireTraced, { kind: "file" }>["loads"][number];
type Range = { readonly partition: number; readonly from: number; readonly to: number };

function LifeOf(
  { found: { vehicle, life } }: { found: Extract<WireTraced, { kind: "life" }> },
): VNode {
  type Event = typeof life[number];
  return html`
    <${Table} caption=${`The life of ${vehicle}`} rows=${life}
      empty="The warehouse has no event of this vehicle" columns=${[
        { title: "time", value: ({ at }: Event) => html`<${Time} at=${at} />` },
        { title: "what", value: ({ type }: Event) => type },
        {
          title: "event",
          value: ({ eventId }: Event) => html`<a href=${hrefOf("trace", eventId)}>${eventId}</a>`,
        },
        {
          title: "file",
          value: ({ key, line }: Event) =>
            html`<a href=${hrefOf("trace", key)}>${key}</a>, line ${count(line)}`,
        },
      ]} />
  `;
}

function place(
  { topic, partition, offset }: { topic: string; partition: number; offset: number },
): string {
  return `${topic}/${partition}/${offset}`;
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
