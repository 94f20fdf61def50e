/// <reference lib="dom" />
import type { VNode } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Message } from "../../topics/message.ts";
import { base64Of, bytesOf, type Content, hexOf, lineOf, prettyJson } from "../content.ts";
import { saveFile } from "../export.ts";
import { count, Time } from "../format.ts";
import { html } from "../html.ts";
import { Answer, Table, useAsked } from "../parts.ts";
import { hrefOf } from "../router.ts";

/** So many characters of a value are shown at once: a browser takes seconds to break a line of 900 KB. */
const SHOWN = 20_000;

/** One message in full, by its place. */
export function MessageView(
  { topic, partition, offset }: { topic: string; partition: string; offset: string },
): VNode {
  const place = `${topic}/${partition}/${offset}`;
  const asked = useAsked<Message>(`message?at=${encodeURIComponent(place)}`);
  const beside = (step: number) => `${topic}/${partition}/${Number(offset) + step}`;
  return html`
    <h1>
      <a href=${hrefOf("topics")}>Topics</a>
      <span class="of"><a href=${hrefOf("topics", topic)}>${topic}</a></span>
      <span class="of">${partition}/${offset}</span>
    </h1>
    <p class="state">
      ${Number(offset) > 0 &&
        html`<a href=${hrefOf("topics", beside(-1))}>← offset ${Number(offset) - 1}</a>`}
      <a href=${hrefOf("topics", beside(1))}>offset ${Number(offset) + 1} →</a>
      <a href=${hrefOf("trace", place)}>Trace it</a>
    </p>
    <${Answer} asked=${asked}>${(message: Message) =>
      html`<${Full} topic=${topic} message=${message} />`}<//>
  `;
}

/** One message in full, over the list. */
export function MessageDialog(
  { topic, message, close }: { topic: string; message: Message; close: () => void },
): VNode {
  const place = `${topic}/${message.partition}/${message.offset}`;
  const asked = useAsked<Message>(
    message.isCut ? `message?at=${encodeURIComponent(place)}` : undefined,
  );
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return html`
    <dialog ref=${dialog} class="message" aria-labelledby="message-title" onClose=${close}>
      <div class="state">
        <h2 id="message-title">${place}</h2>
        <a href=${hrefOf("trace", place)}>Trace it</a>
        <a href=${hrefOf("topics", place)}>Open alone</a>
        <button type="button" onClick=${() => dialog.current?.close()}>Close</button>
      </div>
      ${message.isCut
        ? html`<${Answer} asked=${asked}>${(whole: Message) =>
          html`<${Full} topic=${topic} message=${whole} />`}<//>`
        : html`<${Full} topic=${topic} message=${message} />`}
    </dialog>
  `;
}

type Header = Message["headers"][number];

function Full({ message, topic }: { message: Message; topic: string }): VNode {
  const { partition, offset, at, key, value, headers } = message;
  return html`
    <dl class="facts">
      <dt>published</dt>
      <dd>
        <${Time} at=${at} />
      </dd>
      <dt>key</dt>
      <dd>${key ? html`<code><bdi>${lineOf(key, Infinity)}</bdi></code>` : "none"}</dd>
    </dl>
    ${headers.length > 0 && html`<${Table} caption="Headers" rows=${headers} columns=${[
      { title: "header", value: ([name]: Header) => html`<bdi>${name}</bdi>` },
      {
        title: "value",
        value: ([, value]: Header) =>
          value ? html`<code><bdi>${lineOf(value, Infinity)}</bdi></code>` : "none",
      },
    ]} />`}
    ${value
      ? html`<${Value} key=${offset} content=${value} name=${`${topic}-${partition}-${offset}`} />`
      : html`<p class="note">A tombstone: it has no value</p>`}
  `;
}

function Value({ content, name }: { content: Content; name: string }): VNode {
  const pretty = useMemo(
    () => content.text === undefined ? undefined : prettyJson(content.text),
    [content],
  );
  const forms: Record<string, () => string> = {
    ...pretty === undefined ? {} : { JSON: () => pretty },
    ...content.text === undefined ? {} : { text: () => content.text! },
    hex: () => hexOf(content),
    base64: () => base64Of(content),
  };
  const [wanted, setWanted] = useState("");
  const [isAllShown, setAllShown] = useState(false);
  const form = wanted in forms ? wanted : Object.keys(forms)[0]!;
  const text = useMemo(() => forms[form]!(), [content, form]);
  const isCut = !isAllShown && text.length > SHOWN;
  return html`
    <div class="state">
      <label>value as <select onChange=${({ target }: { target: HTMLSelectElement }) =>
        setWanted(target.value)}>${Object.keys(forms).map((name) =>
          html`<option value=${name} selected=${name === form}>${name}</option>`
        )}</select></label>
      <span class="quiet">${count(content.bytes)} bytes${content.text === undefined
        ? ", not UTF-8"
        : ""}</span>
      <button type="button" onClick=${() => saveFile(name, new Blob([bytesOf(content)]))}
        aria-label="Save the value">Save</button>
    </div>
    <pre tabindex="0" aria-label="The value" class=${form === "hex"
      ? "unwrapped"
      : undefined}>${isCut ? text.slice(0, SHOWN) : text}</pre>
    ${isCut && html`
      <div class="state">
        <span class="warns">The first ${count(SHOWN)} of ${count(text.length)} characters</span>
        <button type="button" onClick=${() => setAllShown(true)}>Show all</button>
      </div>
    `}
  `;
}
