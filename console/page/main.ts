/// <reference lib="dom" />
import { render, type VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type FlowStream, useFlow } from "./flow_stream.ts";
import { html } from "./html.ts";
import { goTo, hrefOf, type Route, useRoute } from "./router.ts";
import { FilesView } from "./views/files.ts";
import { FlowView } from "./views/flow.ts";
import { LettersView } from "./views/letters.ts";
import { GroupsView } from "./views/groups.ts";
import { RunsView } from "./views/runs.ts";
import { TopicsView } from "./views/topics.ts";
import { TraceView } from "./views/trace.ts";
import { VerifyView } from "./views/verify.ts";
import { WarehouseView } from "./views/warehouse.ts";

/** What a view is given. */
export interface ViewProps {
  readonly route: Route;
  readonly stream: FlowStream;
}

/** The views, in the order of the navigation. */
const views: readonly {
  name: string;
  title: string;
  View: (props: ViewProps) => VNode;
}[] = [
  { name: "flow", title: "Flow", View: FlowView },
  { name: "trace", title: "Trace", View: TraceView },
  { name: "topics", title: "Topics", View: TopicsView },
  { name: "groups", title: "Groups", View: GroupsView },
  { name: "files", title: "Files", View: FilesView },
  { name: "letters", title: "Dead letters", View: LettersView },
  { name: "warehouse", title: "Warehouse", View: WarehouseView },
  { name: "verify", title: "Verify", View: VerifyView },
  { name: "runs", title: "Runs", View: RunsView },
];

function App(): VNode {
  const route = useRoute();
  const stream = useFlow();
  const main = useRef<HTMLElement>(null);
  const view = views.find(({ name }) => name === route.view) ?? views[0]!;
  useEffect(() => {
    document.title = `${view.title} · Automotive pipeline`;
  }, [view]);
  return html`
    <a class="skip" href="#main" onClick=${(event: Event) => {
      event.preventDefault();
      main.current?.focus();
    }}>Skip to the content</a>
    <header>
      <a class="name" href=${hrefOf("flow")}>Automotive <span>pipeline</span></a>
      <nav aria-label="Views">${views.map(({ name, title }) =>
        html`<a href=${hrefOf(name)} aria-current=${
          name === view.name ? "page" : undefined
        }>${title}</a>`
      )}</nav>
      <${TraceBox} />
      <${Live} stream=${stream} />
    </header>
    <main id="main" ref=${main} tabindex="-1">
      <${view.View} route=${route} stream=${stream} />
    </main>
  `;
}

/** One box for whatever has a way: it is there in every view. */
function TraceBox(): VNode {
  const [what, setWhat] = useState("");
  return html`
    <form class="trace-box" role="search" onSubmit=${(event: Event) => {
      event.preventDefault();
      if (what.trim()) goTo("trace", what.trim());
    }}>
      <input type="search" aria-label="Trace an event id, topic/partition/offset, file or VIN"
        placeholder="Trace an event, offset, file or VIN" value=${what}
        onInput=${({ target }: { target: HTMLInputElement }) => setWhat(target.value)} />
    </form>
  `;
}

function Live({ stream: { isLive, flow } }: { stream: FlowStream }): VNode {
  const state = !isLive ? "gone" : (flow?.problems.length ?? 0) > 0 ? "warns" : "lives";
  const text =
    { gone: "Console not reachable", warns: "Live, with warnings", lives: "Live" }[state];
  return html`<span class=${`live ${state}`} role="status">${text}</span>`;
}

const place = document.getElementById("app")!;
place.replaceChildren();
render(html`<${App} />`, place);
