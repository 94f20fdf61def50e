/// <reference lib="dom" />
import type { VNode } from "preact";
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
        <tbody>${rows.map((message) => {
          const place = `${message.partition}/${message.offset}`;
          return html`
            <tr key=${place}>
              <td>
                <${Time} at=${message.at} />
              </td>
              <td><button class="link" onClick=${() => open(message)}>${place}</button></td>
              <td class="key-of"><bdi>${message.key ? lineOf(message.key) : NONE}</bdi></td>
              <td class="value">${message.value
                ? html`<code><bdi>${lineOf(message.value)}</bdi></code>`
                : html`<span class="quiet">tombstone</span>`}</td>
              <td class="figure">${count(message.value?.bytes ?? 0)}</td>
            </tr>
          `;
        })}</tbody>
      </table>
    </div>
  `;
}
