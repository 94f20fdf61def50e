/// <reference lib="dom" />
import type { VNode } from "preact";
import type { FileContent, FilePage, ListedFile } from "../../api/files.ts";
import type { Wire } from "../api.ts";
import { bytes, count, NONE, Time } from "../format.ts";
import { html } from "../html.ts";
import { Answer, Table, useAsked } from "../parts.ts";
import { goTo, hrefOf, type Route } from "../router.ts";

type Content = Wire<FileContent>;

/** How many files a page of the list has. */
const PAGE = 100;

/** The landed files by type, newest first; and one of them. */
export function FilesView({ route }: { route: Route }): VNode {
  return route.rest === ""
    ? html`<${List} query=${route.query} />`
    : html`<${File} fileKey=${route.rest} />`;
}

function List({ query }: { query: URLSearchParams }): VNode {
  const type = query.get("type") ?? "sales";
  const place = query.get("in") ?? "raw";
  const page = Number(query.get("page") ?? 0);
  const asked = useAsked<FilePage>(
    `files?${new URLSearchParams({
      type,
      in: place,
      page: String(page),
    })}`,
    page === 0 ? 5_000 : undefined,
  );
  const go = (change: Record<string, string>) =>
    goTo("files", "", { type, in: place, page: "0", ...change });
  return html`
    <h1>Files</h1>
    <div class="tools">
      <label>Type<select value=${type} onChange=${(event: Event) =>
        go({ type: valueOf(event) })}>${(asked.data?.types ?? [type]).map((one) =>
          html`<option value=${one}>${one}</option>`
        )}</select></label>
      <label>Bucket<select value=${place} onChange=${(event: Event) => go({ in: valueOf(event) })}>
          <option value="raw">raw: waiting for the loader</option>
          <option value="archive">archive: loaded</option>
        </select></label>
    </div>
    <${Answer} asked=${asked}>${({ bucket, files, total, partial }: FilePage) =>
      html`
        <p class="quiet">${count(total)}${partial
          ? "+"
          : ""} files of ${type} in ${bucket}, newest first</p>
        <${Table} caption=${`Files of ${type}`} rows=${files} empty=${place === "raw"
          ? "No file is waiting. Files land when a batch is full or old enough: deno task consume"
          : "No file has been loaded yet: deno task etl"} columns=${[
          {
            title: "file",
            value: ({ key }: ListedFile) => html`<a href=${hrefOf("files", key)}>${key}</a>`,
          },
          { title: "size", isFigure: true, value: (file: ListedFile) => bytes(file.bytes) },
          {
            title: "landed",
            isFigure: true,
            value: ({ at }: ListedFile) => html`<${Time} at=${at} />`,
          },
          {
            title: "loaded",
            isFigure: true,
            value: ({ loadedAt }: ListedFile) => html`<${Time} at=${loadedAt} />`,
          },
        ]} />
        <nav class="pages" aria-label="Pages">
          <button disabled=${page === 0} onClick=${() =>
            go({ page: String(page - 1) })}>← newer</button>
          <span>page ${count(page + 1)} of ${count(Math.max(1, Math.ceil(total / PAGE)))}</span>
          <button disabled=${(page + 1) * PAGE >= total} onClick=${() =>
            go({ page: String(page + 1) })}>
                older →</button>
        </nav>
      `}<//>
  `;
}

function File({ fileKey }: { fileKey: string }): VNode {
  const asked = useAsked<Content>(`files/content?key=${encodeURIComponent(fileKey)}`);
  return html`
    <h1>${fileKey}</h1>
    <p><a href=${hrefOf("files")}>← all files</a></p>
    <${Answer} asked=${asked}>${({ file, loads, rows, hasMore }: Content) => {
      const [load] = loads;
      const place = file?.in === "archive" ? "archive" : "raw";
      const download = `/api/files/download?${new URLSearchParams({ key: fileKey, in: place })}`;
      return html`
        <dl class="facts">
          <dt>Lies in</dt>
          <dd>${file ? `the ${file.in}` : "neither bucket"}</dd>
          <dt>Landed</dt>
          <dd>
            <${Time} at=${file?.landedAt ?? load?.landedAt} />
          </dd>
          <dt>Comes from</dt>
          <dd>${ranges(file?.written ?? load?.written)}</dd>
          <dt>Loaded</dt>
          <dd>${load ? html`<${Time} at=${load.loadedAt} />: ${outcome(load)}` : "not yet"}</dd>
        </dl>
        ${file && html`<p><a class="button" href=${download} download>Download</a></p>`}
        ${rows
          ? html`
            <${Table} caption="The first rows" rows=${rows.slice(1)} empty="It has no rows"
              columns=${rows[0]!.map((title, i) => ({
                title,
                value: (row: string[]) => row[i],
              }))} />
                      ${hasMore &&
                        html`<p class="quiet">The first ${
                          count(rows.length - 1)
                        } rows: download it to see
            all</p>`}
          `
          : file && html`<p class="empty">Only CSV files are shown here: download it to see it</p>`}
      `;
    }}<//>
  `;
}

function outcome({ rows, facts, rejected, repeats, reason }: Content["loads"][number]): string {
  const rest = `${count(facts)} facts + ${count(rejected)} rejected + ${count(repeats)} repeats`;
  return reason ?? `${count(rows)} rows = ${rest}`;
}

function ranges(written: NonNullable<Content["file"]>["written"]): VNode | string {
  if (!written) return NONE;
  return html`<span>${written.topic}: ${
    written.ranges.map(({ partition, from, to }, i) =>
      html`${i > 0 ? ", " : ""}<a href=${
        hrefOf("trace", `${written.topic}/${partition}/${from}`)
      }>${`partition ${partition}, offsets ${count(from)} to ${count(to - 1)}`}</a>`
    )
  }</span>`;
}

function valueOf({ currentTarget }: Event): string {
  return (currentTarget as HTMLSelectElement).value;
}
