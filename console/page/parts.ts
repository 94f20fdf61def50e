/// <reference lib="dom" />
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, ask } from "./api.ts";
import { html } from "./html.ts";

/** What was asked: not answered yet, answered, or refused. */
export interface Asked<T> {
  readonly data?: T;
  readonly error?: ApiError;
  readonly isLoading: boolean;
  /** Asks once more. */
  readonly again: () => void;
}

/** How often it is asked again while a service is away, in ms. */
const AWAY_MS = 3_000;

/**
 * Asks the console for something, and again when the path is another one, or a service was away.
 *
 * @param path undefined: asks nothing
 * @param every also again after so many ms
 */
export function useAsked<T>(path: string | undefined, every?: number): Asked<T> {
  const [turn, setTurn] = useState(0);
  const [state, setState] = useState<{ path?: string; data?: T; error?: ApiError }>({});
  const isAsking = useRef(false);
  useEffect(() => {
    if (path === undefined) return;
    const leave = new AbortController();
    isAsking.current = true;
    ask<T>(path, { signal: leave.signal }).then(
      (data) => setState({ path, data }),
      (error) => leave.signal.aborted || setState({ path, error: toApiError(error) }),
    ).finally(() => isAsking.current &&= leave.signal.aborted);
    return () => leave.abort();
  }, [path, turn]);
  const isOfPath = state.path === path;
  const isAway = isOfPath && state.error?.isAway;
  const period = isAway ? Math.min(AWAY_MS, every ?? AWAY_MS) : every;
  useEffect(() => {
    if (period === undefined) return;
    // An answer that takes longer is waited for: asking again would throw it away.
    const timer = setInterval(() => {
      if (!document.hidden && !isAsking.current) setTurn((turn) => turn + 1);
    }, period);
    return () => clearInterval(timer);
  }, [period]);
  return {
    ...isOfPath ? { data: state.data, error: state.error } : {},
    isLoading: path !== undefined && !isOfPath,
    again: () => setTurn((turn) => turn + 1),
  };
}

/** Any error as one that can be shown. */
export function toApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(String(error));
}

/** What is wrong, and what helps. */
export function Failure({ error }: { error: { message: string; hint?: string } }): VNode {
  return html`<div class="problem" role="alert"><strong>${error.message}</strong>${
    error.hint && html`<span class="hint">→ ${error.hint}</span>`
  }</div>`;
}

/** Shows an answer, that it is awaited, or why there is none. */
export function Answer<T>(
  { asked, children }: { asked: Asked<T>; children: (data: T) => ComponentChildren },
): VNode {
  if (asked.error) return html`<${Failure} error=${asked.error} />`;
  if (asked.data === undefined) return html`<p class="empty" role="status">Loading…</p>`;
  return html`<div>${children(asked.data)}</div>`;
}

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => ComponentChildren;
  /** Figures are aligned at the right. */
  readonly isFigure?: boolean;
  /** Long text, which may take several lines. */
  readonly isWide?: boolean;
}

/** A table; the caption is for those who do not see it. */
export function Table<Row>(
  { caption, columns, rows, empty }: {
    caption: string;
    columns: readonly Column<Row>[];
    rows: readonly Row[];
    empty?: ComponentChildren;
  },
): VNode {
  if (rows.length === 0) return html`<p class="empty">${empty ?? "Nothing yet"}</p>`;
  const classOf = ({ isFigure, isWide }: Column<Row>) =>
    isFigure ? "figure" : isWide ? "wide" : undefined;
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${caption}>
      <table>
        <caption class="unseen">${caption}</caption>
        <thead>
          <tr>${columns.map((column) =>
            html`<th scope="col" class=${classOf(column)}>${column.title}</th>`
          )}</tr>
        </thead>
        <tbody>${rows.map((row) =>
          html`<tr>${
            columns.map((column) => html`<td class=${classOf(column)}>${column.value(row)}</td>`)
          }</tr>`
        )}</tbody>
      </table>
    </div>
  `;
}
