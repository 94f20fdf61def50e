/// <reference lib="dom" />
import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import type { Message } from "../../topics/message.ts";
import { lineOf } from "../content.ts";
import { count, NONE, Time } from "../format.ts";
import { html } from "../html.ts";

/** Messages, a row each; a row's place opens all of it. */
export function MessageTable(
  { topic, rows, open }: {
    topic: string;
    rows: readonly Message[];
    open: (message: Message) => void;
  },
): VNode | string {
  // The page is drawn anew every second, and the rows are many.
  const body = useMemo(() => rows.map((message) => rowOf(message, open)), [rows, open]);
  if (rows.length === 0) return "";
  const caption = `Messages of ${topic}`;
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${caption}>
      <table class="messages">
        <caption class="unseen">${caption}</caption>
        <thead>
          <tr>
            <th scope="col">time</th>
            <th scope="col">partition/offset</th>
            <th scope="col">key</th>
            <th scope="col">value</th>
            <th scope="col" class="figure">bytes</th>
          </tr>
        </thead>
        <tbody>${body}</tbody>
      </table>
    </div>
  `;
}

function rowOf(message: Message, open: (message: Message) => void): VNode {
  const { partition, offset, at, key, value } = message;
  const place = `${partition}/${offset}`;
  return html`
    <tr key=${place}>
      <td>
        <${Time} at=${at} />
      </td>
      <td><button class="link" onClick=${() => open(message)}>${place}</button></td>
      <td class="key-of"><bdi>${key ? lineOf(key) : NONE}</bdi></td>
      <td class="value">${value
        ? html`<code><bdi>${lineOf(value)}</bdi></code>`
        : html`<span class="quiet">tombstone</span>`}</td>
      <td class="figure">${count(value?.bytes ?? 0)}</td>
    </tr>
  `;
}
