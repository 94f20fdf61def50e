/// <reference lib="dom" />
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../../topics/message.ts";
import { base64Of, type Content, hexOf, lineOf, prettyJson } from "../content.ts";
import { count, Time } from "../format.ts";
import { html } from "../html.ts";
import { Answer, Table, useAsked } from "../parts.ts";
import { hrefOf } from "../router.ts";

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
    <${Answer} asked=${asked}>${(message: Message) => html`<${Full} message=${message} />`}<//>
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
          html`<${Full} message=${whole} />`}<//>`
        : html`<${Full} message=${message} />`}
    </dialog>
  `;
}

type Header = Message["headers"][number];

function Full({ message: { at, key, value, headers } }: { message: Message }): VNode {
  return html`
    <dl class="fields">
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
      ? html`<${Value} content=${value} />`
      : html`<p class="note">A tombstone: it has no value</p>`}
  `;
}

function Value({ content }: { content: Content }): VNode {
  const pretty = content.text === undefined ? undefined : prettyJson(content.text);
  const forms: Record<string, () => string> = {
    ...pretty === undefined ? {} : { JSON: () => pretty },
    ...content.text === undefined ? {} : { text: () => content.text! },
    hex: () => hexOf(content),
    base64: () => base64Of(content),
  };
  const [wanted, setWanted] = useState("");
  const form = wanted in forms ? wanted : Object.keys(forms)[0]!;
  return html`
    <div class="state">
      <label>value as <select onChange=${({ target }: { target: HTMLSelectElement }) =>
        setWanted(target.value)}>${Object.keys(forms).map((name) =>
          html`<option value=${name} selected=${name === form}>${name}</option>`
        )}</select></label>
      <span class="quiet">${count(content.bytes)} bytes${content.text === undefined
        ? ", not UTF-8"
        : ""}</span>
    </div>
    <pre tabindex="0" aria-label="The value">${forms[form]!()}</pre>
  `;
}
