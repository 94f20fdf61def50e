/// <reference lib="dom" />
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../../topics/message.ts";
import type { PartitionState, Topics } from "../../topics/topics.ts";
import { bytes, count, plural, rate } from "../format.ts";
import { html } from "../html.ts";
import { Answer, Failure, Table, toApiError, useAsked } from "../parts.ts";
import { type ExportForm, saveMessages } from "../export.ts";
import { goTo, hrefOf } from "../router.ts";
import { type Search, useSearch } from "../search.ts";
import { KEPT, type Tail, useTail } from "../tail.ts";
import { MessageDialog } from "./message.ts";
import { MessageTable } from "./message_table.ts";
import { records, sizeOf, TopicNote } from "./topics.ts";

/** How often the offsets are looked at, in ms. */
const EVERY_MS = 2_000;
/** Where to look, unless somebody says: a few of the newest. */
const FROM = "last:50";
/** So many partitions are shown at once; more, when they are asked for. */
const FEW = 6;

/** A topic: its partitions, and its messages. */
export function TopicView({ topic, query }: { topic: string; query: URLSearchParams }): VNode {
  const asked = useAsked<Topics>(`topics?name=${encodeURIComponent(topic)}`, EVERY_MS);
  return html`
    <h1><a href=${hrefOf("topics")}>Topics</a><span class="of">${topic}</span></h1>
    <${Answer} asked=${asked}>${({ topics: [state] }: Topics) =>
      html`
        <ul class="facts">
          <li>${plural(records(state!), "message")}</li>
          <li>${plural(state!.partitions.length, "partition")}</li>
          <li>${bytes(sizeOf(state!))} on disk</li>
          <li>
            <${TopicNote} ...${state!} />
          </li>
        </ul>
        <details open=${state!.partitions.length <= FEW}>
          <summary>Partitions</summary>
          <${Partitions} partitions=${state!.partitions} />
        </details>
      `}<//>
    <${Messages} topic=${topic} query=${query} />
  `;
}

function Partitions({ partitions }: { partitions: readonly PartitionState[] }): VNode {
  const held = ({ high, stable }: PartitionState) => count(high - stable);
  return html`<${Table} caption="Partitions" rows=${partitions} columns=${[
    { title: "partition", isFigure: true, value: (one: PartitionState) => one.partition },
    { title: "first offset", isFigure: true, value: (one: PartitionState) => count(one.low) },
    { title: "end", isFigure: true, value: (one: PartitionState) => count(one.high) },
    { title: "stable to", isFigure: true, value: (one: PartitionState) => count(one.stable) },
    { title: "held by a transaction", isFigure: true, value: held },
    { title: "size", isFigure: true, value: (one: PartitionState) => bytes(one.size) },
    { title: "leader", isFigure: true, value: (one: PartitionState) => one.leader },
  ]} />`;
}

/** What the form asks for, and how its fields are called. */
const FIELDS = [
  ["from", "from"],
  ["key", "key has"],
  ["id", "event id is"],
  ["text", "any text has"],
] as const;
const STARTS = ["last:50", "end", "beginning", "15m", "1h", "0/0"];

function Messages({ topic, query }: { topic: string; query: URLSearchParams }): VNode {
  const { search, begin, goOn, stop } = useSearch();
  const [isPaused, setPaused] = useState(false);
  const [opened, setOpened] = useState<Message | undefined>();
  const [turn, setTurn] = useState(0);
  const isLive = query.get("live") === "yes";
  const filter = filterOf(query);
  const tail = useTail(isLive ? { topic, ...filter } : undefined, isPaused);
  const wanted = query.toString();
  useEffect(() => {
    setPaused(false);
    if (isLive) stop();
    else begin({ topic, from: zoned(query.get("from") ?? FROM), ...filter });
  }, [topic, wanted, turn]);
  /** Shows what the form asks for, and the same once more if it is what is shown. */
  const show = (fields: Record<string, string>, live: boolean) => {
    const next = { ...fields, live: live ? "yes" : "" };
    if (hrefOf("topics", topic, next) === location.hash) setTurn((turn) => turn + 1);
    else goTo("topics", topic, next);
  };
  const rows = isLive ? tail.rows : search.found;
  return html`
    <section aria-label="Messages">
      <h2>Messages</h2>
      <${SearchForm} query=${query} isLive=${isLive} show=${show}>${isLive && html`
        <button type="button" aria-pressed=${isPaused}
          onClick=${() => setPaused(!isPaused)}>Pause</button>
      `}<//>
      ${isLive ? html`<${TailState} tail=${tail} isPaused=${isPaused} />` : html`
        <${SearchState} search=${search} isFiltering=${Object.keys(filter).length > 0}
          goOn=${goOn} stop=${stop} />
      `}
      ${rows.length > 0 && html`<${Export} topic=${topic} rows=${rows} />`}
      <${MessageTable} topic=${topic} rows=${rows} open=${setOpened} />
      ${rows.length === 0 && html`<p class="empty">${emptyText(isLive, search, filter)}</p>`}
      ${opened &&
        html`<${MessageDialog} topic=${topic} message=${opened} close=${() =>
          setOpened(undefined)} />`}
    </section>
  `;
}

function SearchForm({ query, isLive, show, children }: {
  query: URLSearchParams;
  isLive: boolean;
  show: (fields: Record<string, string>, live: boolean) => void;
  children: ComponentChildren;
}): VNode {
  const form = useRef<HTMLFormElement>(null);
  const inputs = () => [...form.current!.querySelectorAll("input")];
  // What is typed stays, until the address says something else.
  useEffect(() => {
    for (const input of inputs()) {
      input.value = query.get(input.name) ?? (input.name === "from" ? FROM : "");
    }
  }, [query.toString()]);
  const typed = () =>
    Object.fromEntries(inputs().map(({ name, value }) => [name, value.trim()] as const));
  const code = (text: string) => html`<code>${text}</code>`;
  return html`
    <form ref=${form} class="tools" onSubmit=${(event: Event) => {
      event.preventDefault();
      show(typed(), false);
    }}>
      ${FIELDS.map(([name, title]) =>
        html`<label>${title}<input name=${name} list=${name === "from" ? "starts" : undefined}
          aria-describedby="search-hint" /></label>`
      )}
      <datalist id="starts">${STARTS.map((start) =>
        html`<option value=${start}></option>`
      )}</datalist>
      <button class="main">Search</button>
      <button type="button" aria-pressed=${isLive}
        onClick=${() => show(typed(), !isLive)}>Live</button>
      ${children}
    </form>
    <p class="hint" id="search-hint">
      ${["From ", code("end"), ", ", code("beginning"), ", ", code("15m"), " ago, a time such as "]}
      ${[" ", code("2026-02-26T10:00"), " (yours), ", code("last:100"), " or "]}
      ${[" ", code("partition/offset"), ". Texts are found as they are typed, case and all."]}
    </p>
  `;
}

function SearchState(
  { search, isFiltering, goOn, stop }: {
    search: Search;
    isFiltering: boolean;
    goOn: () => void;
    stop: () => void;
  },
): VNode {
  const { isRunning, found, dropped, newestFirst, read, total, cursor, error } = search;
  const matches = found.length + dropped;
  const order = newestFirst ? "Newest first" : "Oldest first";
  const state = total === undefined
    ? "Searching…"
    : `${order}: ${count(read)} of ${count(total)} read, ${
      isFiltering ? plural(matches, "match", "matches") : plural(matches, "message")
    }${dropped > 0 ? `, the last ${count(found.length)} are shown` : ""}`;
  return html`
    ${error && html`<${Failure} error=${error} />`}
    <div class="state">
      ${isRunning && html`<progress aria-label="Read" max=${total ?? 1} value=${read}></progress>`}
      <span aria-hidden=${isRunning ? undefined : "true"}>${state}</span>
      <span class="unseen" role="status">${isRunning || error ? "" : state}</span>
      ${isRunning && html`<button type="button" onClick=${stop}>Stop</button>`}
      ${!isRunning && cursor !== undefined &&
        html`<button type="button" onClick=${goOn}>Continue</button>`}
    </div>
  `;
}

function TailState({ tail, isPaused }: { tail: Tail; isPaused: boolean }): VNode {
  const { rate: coming, shownRate, cameRate, lookedAtRate, missed, isLive, error } = tail;
  if (error) return html`<${Failure} error=${error} />`;
  const looked = lookedAtRate < cameRate - 0.5
    ? `, ${rate(lookedAtRate)} of ${rate(cameRate)}/s looked at`
    : "";
  const shown = shownRate < coming - 0.5
    ? `${rate(shownRate)} of ${rate(coming)}/s shown`
    : `${rate(coming)}/s, all shown`;
  const state = isPaused ? `${count(missed)} new since the pause` : shown + looked;
  return html`
    <div class="state">
      <span>${state}</span>
      <span class="quiet">newest first, the last ${KEPT} are kept</span>
      <span class="unseen" role="status">${!isLive
        ? "Connecting"
        : isPaused
        ? "Paused"
        : "Live"}</span>
    </div>
  `;
}

function Export({ topic, rows }: { topic: string; rows: readonly Message[] }): VNode {
  const [state, setState] = useState<{ text?: string; error?: { message: string } }>({});
  const save = async (form: ExportForm) => {
    setState({ text: "Saving…" });
    try {
      await saveMessages(topic, rows, form);
      setState({ text: `Saved ${count(rows.length)} as ${form.toUpperCase()}` });
    } catch (error) {
      setState({ error: toApiError(error) });
    }
  };
  return html`
    <div class="state">
      <span>Save what is shown:</span>
      <button type="button" onClick=${() => save("ndjson")}>NDJSON</button>
      <button type="button" onClick=${() => save("csv")}>CSV</button>
      <span role="status" class="quiet">${state.text ?? ""}</span>
    </div>
    ${state.error && html`<${Failure} error=${state.error} />`}
  `;
}

function emptyText(
  isLive: boolean,
  search: Search,
  filter: Record<string, string>,
): VNode | string {
  if (isLive) return "Waiting for new messages…";
  if (search.error) return "Nothing was read";
  if (search.total === undefined || search.isRunning) return "Searching…";
  if (search.total > 0 && Object.keys(filter).length > 0) {
    return search.cursor === undefined ? "No message matches" : "No match so far: continue";
  }
  return search.total > 0
    ? "Nothing readable there"
    : html`No message there. To publish some: <code>deno task produce</code>`;
}

function filterOf(query: URLSearchParams): Record<string, string> {
  const given = ["key", "id", "text"].map((name) => [name, query.get(name) ?? ""] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ""));
}

/** A time without a zone is one of the viewer's, as all that the page shows are. */
function zoned(from: string): string {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?)?$/.test(from)) return from;
  const time = new Date(from.includes("T") ? from : `${from}T00:00`);
  return Number.isNaN(time.getTime()) ? from : time.toISOString();
}
