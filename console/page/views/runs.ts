/// <reference lib="dom" />
import type { VNode } from "preact";
import type { Runs } from "../../api/runs.ts";
import { count, duration, NONE, Time } from "../format.ts";
import { html } from "../html.ts";
import { Answer, Table, useAsked } from "../parts.ts";

type RunRecord = Runs[number];
type RunKind = RunRecord["kind"];

/** How often the records are read again, in ms. */
const EVERY_MS = 10_000;

/** What the kinds are, and how each is run. */
const KINDS: Readonly<Record<RunKind, { title: string; task: string }>> = {
  demo: { title: "Demos", task: "deno task demo" },
  scenario: { title: "Scenarios", task: "deno task scenario:quick" },
  verify: { title: "Proofs", task: "deno task verify" },
  torture: { title: "Torture", task: "deno task torture" },
  simulate: { title: "Simulated faults", task: "deno task simulate" },
  bench: { title: "Benchmarks", task: "deno task bench" },
};

/** The runs that have ended, by kind: what each has counted, one below the other. */
export function RunsView(): VNode {
  const asked = useAsked<Runs>("runs", EVERY_MS);
  return html`
    <h1>Runs</h1>
    <${Answer} asked=${asked}>${(runs: Runs) =>
      (Object.keys(KINDS) as RunKind[]).map((kind) =>
        html`<${Kind} kind=${kind} runs=${runs.filter((run) => run.kind === kind)} />`
      )}<//>
  `;
}

function Kind({ kind, runs }: { kind: RunKind; runs: readonly RunRecord[] }): VNode {
  const { title, task } = KINDS[kind];
  const names = [...new Set(runs.flatMap(({ figures }) => Object.keys(figures)))];
  return html`
    <h2>${title}</h2>
    <${Table} caption=${title} rows=${runs}
      empty=${`No run yet: ${task}`} columns=${[
        { title: "when", value: ({ startedAt }: RunRecord) => html`<${Time} at=${startedAt} />` },
        { title: "outcome", value: Outcome },
        { title: "took", isFigure: true, value: ({ seconds }: RunRecord) => duration(seconds) },
        ...names.map((name) => ({
          title: name,
          isFigure: true,
          value: ({ figures }: RunRecord) => count(figures[name]),
        })),
        { title: "with", value: (run: RunRecord) => run.arguments.join(" ") || NONE },
      ]} />
  `;
}

function Outcome({ outcome }: RunRecord): VNode {
  return html`<span class=${outcome === "failed" ? "failed" : ""}>${outcome}</span>`;
}
