/// <reference lib="dom" />
import type { ComponentChildren, VNode } from "preact";
import type { Flow, Problem, TypeFlow } from "../../flow/flow.ts";
import { Chart } from "../chart.ts";
import type { FlowStream } from "../flow_stream.ts";
import { count, duration, latency, NONE, rate, Time } from "../format.ts";
import { html } from "../html.ts";
import { Failure, Table } from "../parts.ts";
import { hrefOf } from "../router.ts";

/** How many points a rate is averaged over. */
const SMOOTHED = 5;

/** Producers → topics → consumer → S3 → loader → warehouse, with what flows now. */
export function FlowView({ stream: { flow, points } }: { stream: FlowStream }): VNode {
  if (!flow) return html`<p class="empty" role="status">Looking at the pipeline…</p>`;
  const recent = points.slice(-SMOOTHED);
  const rateOf = (index: number) => mean(recent.map(({ rates }) => rates[index] ?? null));
  const rates = flow.types.map((_, index) => rateOf(index));
  const times = points.map(({ at }) => at);
  const total = (rates: readonly (number | null)[]) =>
    rates.every((one) => one === null)
      ? null
      : rates.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  return html`
    <h1 class="unseen">Flow</h1>
    ${flow.problems.map((problem) =>
      html`<${Failure} error=${{ message: problem.what, hint: problem.hint }} />`
    )}
    <${Stages} flow=${flow} published=${total(rates)} landed=${mean(
      recent.map(({ landed }) => landed),
    )} />
    <${Types} flow=${flow} rates=${rates} />
    <section class="charts" aria-label="The last 15 minutes">
      <${Chart} title="Events per second" times=${times} format=${rate} lines=${[
        { title: "published", color: "--accent", values: points.map(({ rates }) => total(rates)) },
        { title: "landed", color: "--muted", values: points.map(({ landed }) => landed) },
      ]} />
      <${Chart} title="Landing a file, from cut to commit" times=${times} format=${latency}
        least=${0.1}
        lines=${[
          {
            title: "mean",
            color: "--accent",
            values: points.map(({ landingSeconds }) => landingSeconds),
            isSparse: true,
          },
        ]} />
      <${Chart} title="Not landed yet" times=${times} format=${count} lines=${[
        { title: "events", color: "--accent", values: points.map(({ lag }) => lag) },
      ]} />
      <${Chart} title="Age of the oldest event not landed" times=${times} format=${duration}
        lines=${[
          { title: "age", color: "--accent", values: points.map(({ lagSeconds }) => lagSeconds) },
        ]} />
    </section>
    <${LastFiles} flow=${flow} />
  `;
}

function Stages(
  { flow, published, landed }: { flow: Flow; published: number | null; landed: number | null },
): VNode {
  const sum = (of: (type: TypeFlow) => number | undefined) => {
    const known = flow.types.flatMap((type) => of(type) ?? []);
    return known.length === 0 ? undefined : known.reduce((sum, one) => sum + one, 0);
  };
  const running = (role: string) => flow.programs?.filter((program) => program.role === role);
  const consumers = (running("consumer") ?? []).flatMap(({ consumer }) => consumer ?? []);
  const states = flow.types.flatMap(({ topicState }) => topicState ?? []);
  const oldest = Math.max(...states.map(({ lagSeconds }) => lagSeconds ?? 0), 0);
  const inFlight = consumers.reduce((sum, { filesInFlight }) => sum + filesInFlight, 0);
  const open = flow.types.flatMap(({ open }) => open).reduce((sum, { rows }) => sum + rows, 0);
  const files = consumers.reduce((sum, { totals }) => sum + totals.files, 0);
  const stages: [Problem["where"], string, ComponentChildren, string, ComponentChildren][] = [
    ["producers", "Producers", rate(published), "events/s", processes(running("producer")?.length)],
    [
      "kafka",
      "Kafka",
      count(sum(({ topicState }) => topicState?.records)),
      "in the topics",
      html`lag <b>${count(sum(({ topicState }) => topicState?.lag))}</b>${
        oldest > 0 ? html`, oldest <b>${duration(oldest)}</b>` : ""
      }`,
    ],
    [
      "consumer",
      "Consumer",
      rate(landed),
      "rows/s",
      html`${consumersText(running("consumer")?.length, flow.members)}${
        consumers.length > 0 ? html`, open <b>${count(open)}</b>` : ""
      }`,
    ],
    [
      "s3",
      "S3",
      count(flow.files?.waiting) + (flow.files?.partial ? "+" : ""),
      flow.files?.waiting === 1 ? "file waits" : "files wait",
      consumers.length > 0
        ? html`landed <b>${count(files)}</b>, in flight <b>${count(inFlight)}</b>`
        : flow.bucket,
    ],
    [
      "loader",
      "Loader",
      count(sum(({ loaded }) => loaded?.files)),
      "files loaded",
      processes(running("loader")?.length),
    ],
    [
      "warehouse",
      "Warehouse",
      count(sum(({ loaded }) => loaded?.facts)),
      "facts",
      html`rejected <b>${count(sum(({ loaded }) => loaded?.rejected))}</b>, letters <b>${
        count(flow.letters?.records ?? 0)
      }</b>`,
    ],
  ];
  const isIll = (where: Problem["where"]) =>
    flow.problems.some((problem) => problem.where === where);
  return html`<ol class="stages" aria-label="The way of the data">${
    stages.map(([where, title, figure, unit, more]) =>
      html`
        <li class=${isIll(where) ? "ill" : ""}>
          <h2>${title}${isIll(where) && html`<span class="unseen"> (needs attention)</span>`}</h2>
          <p class="big"><b>${figure}</b> ${unit}</p>
          <p class="more">${more}</p>
        </li>
      `
    )
  }</ol>`;
}

/** Consumers of other machines, or outside of our container, are known as members only. */
function consumersText(running: number | undefined, members: number | undefined): string {
  if (running === undefined && members) return `${count(members)} in the group`;
  if (running === undefined) return members === 0 ? processes(0) : processes(undefined);
  const elsewhere = (members ?? 0) - running;
  if (elsewhere <= 0) return processes(running);
  const others = elsewhere === 1 ? "1 elsewhere" : `${count(elsewhere)} elsewhere`;
  return running === 0 ? others : `${processes(running)}, ${others}`;
}

/** @param running undefined: a console in a container does not see them */
function processes(running: number | undefined): string {
  if (running === undefined) return "not seen from here";
  return running === 0 ? "not running" : running === 1 ? "1 process" : `${running} processes`;
}

function Types({ flow, rates }: { flow: Flow; rates: readonly (number | null)[] }): VNode {
  const rateOf = new Map(flow.types.map(({ type }, i) => [type, rates[i] ?? null]));
  return html`<${Table} caption="By event type" rows=${flow.types} columns=${[
    { title: "type", value: ({ type }: TypeFlow) => html`<b>${type}</b>` },
    {
      title: "published",
      isFigure: true,
      value: ({ topicState }: TypeFlow) => count(topicState?.end),
    },
    { title: "events/s", isFigure: true, value: ({ type }: TypeFlow) => rate(rateOf.get(type)) },
    { title: "lag", isFigure: true, value: ({ topicState }: TypeFlow) => count(topicState?.lag) },
    {
      title: "oldest",
      isFigure: true,
      value: ({ topicState }: TypeFlow) => duration(topicState?.lagSeconds),
    },
    { title: "open batch", value: Open },
    { title: "loaded", isFigure: true, value: ({ loaded }: TypeFlow) => count(loaded?.facts) },
    { title: "rejected", isFigure: true, value: ({ loaded }: TypeFlow) => count(loaded?.rejected) },
    {
      title: "last load",
      isFigure: true,
      value: ({ loaded }: TypeFlow) => html`<${Time} at=${loaded?.lastAt} />`,
    },
  ]} />`;
}

function Open({ open }: TypeFlow): ComponentChildren {
  if (open.length === 0) return html`<span class="quiet">${NONE}</span>`;
  return open.map(({ rows, ageSeconds, cutsIn }) => {
    const most = rows + cutsIn.rows;
    const text = `${count(rows)}/${count(most)}, ${duration(cutsIn.seconds)} left`;
    // Whatever will cut it first.
    const full = Math.max(rows / most, ageSeconds / (ageSeconds + cutsIn.seconds || 1));
    return html`
      <div
        class="open"><meter min="0" max="1" value=${full} aria-label=${`an open batch: ${text}`}></meter><span>${text}</span></div>
    `;
  });
}

function LastFiles({ flow }: { flow: Flow }): VNode {
  const files = (flow.programs ?? []).flatMap(({ consumer }) => consumer?.lastFiles ?? [])
    .toSorted((a, b) => b.at.localeCompare(a.at)).slice(0, 12);
  type File = typeof files[number];
  return html`
    <section>
      <h2>Landed last</h2>
      <${Table} caption="Files that landed last" rows=${files}
        empty=${flow.programs
          ? "No file has landed since the consumer was started. Files land when a batch is full or old enough."
          : "The console runs in a container, and cannot ask the consumers. Files has what has landed."}
        columns=${[
          {
            title: "file",
            value: ({ key }: File) => html`<a href=${hrefOf("trace", key)}>${key}</a>`,
          },
          { title: "rows", isFigure: true, value: ({ rows }: File) => count(rows) },
          { title: "bytes", isFigure: true, value: ({ bytes }: File) => count(bytes) },
          { title: "landed", isFigure: true, value: ({ at }: File) => html`<${Time} at=${at} />` },
        ]} />
    </section>
  `;
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0) / known.length;
}
