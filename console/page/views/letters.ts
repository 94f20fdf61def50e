/// <reference lib="dom" />
import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import type { LetterList, ReplayResult, ShownLetter } from "../../api/letters.ts";
import type { ApiError } from "../api.ts";
import { change } from "../api.ts";
import { bytes, count, Time } from "../format.ts";
import { html } from "../html.ts";
import { Answer, Failure, Table, toApiError, useAsked } from "../parts.ts";
import { goTo, hrefOf, type Route } from "../router.ts";

/** How often the letters are read again, in ms: all of them are. */
const EVERY_MS = 15_000;

/** What could not be landed, by reason; and its replay. */
export function LettersView({ route: { query } }: { route: Route }): VNode {
  const filter = {
    type: query.get("type") ?? "",
    reason: query.get("reason") ?? "",
    all: query.get("all") ?? "",
  };
  const asked = useAsked<LetterList>(`letters?${new URLSearchParams(filter)}`, EVERY_MS);
  const go = (change: Record<string, string>) => goTo("letters", "", { ...filter, ...change });
  return html`
    <h1>Dead letters</h1>
    <form class="tools" onSubmit=${(event: SubmitEvent) => {
      event.preventDefault();
      const fields = new FormData(event.currentTarget as HTMLFormElement);
      go({ reason: String(fields.get("reason")) });
    }}>
      <label>Type<select value=${filter.type} onChange=${(
        { currentTarget }: { currentTarget: HTMLSelectElement },
      ) => go({ type: currentTarget.value })}><option value="">all</option>${(asked.data?.types ??
        (filter.type ? [filter.type] : []))
        .map((type) => html`<option value=${type}>${type}</option>`)}</select></label>
      <label>Reason contains<input name="reason" value=${filter.reason} /></label>
      <button>Filter</button>
      <label
        class="check"><input type="checkbox" checked=${filter.all === "1"} onChange=${() =>
          go({ all: filter.all === "1" ? "" : "1" })} /> with those that were replayed</label>
    </form>
    <${Answer} asked=${asked}>${(list: LetterList) =>
      html`
        <${Replay} list=${list} filter=${filter} onDone=${asked.again} />
            <${Table} caption="Reasons" rows=${list.reasons}
          empty="No dead letters: every event could be landed"
          columns=${[
            {
              title: "reason",
              isWide: true,
              value: ({ reason }: Reason) => reason,
            },
            { title: "letters", isFigure: true, value: ({ letters }: Reason) => count(letters) },
          ]} />
            ${list.total > list.letters.length &&
              html`<p class="quiet">The newest ${count(list.letters.length)} of
      ${count(list.total)}: filter to see others</p>`}
            <div class="letters">${list.letters.map((letter) =>
              html`<${One} letter=${letter} onDone=${asked.again} />`
            )}</div>
      `}<//>
  `;
}
type Reason = LetterList["reasons"][number];

function One({ letter, onDone }: { letter: ShownLetter; onDone: () => void }): VNode {
  return html`<details>
    <summary><${Time} at=${letter.at} /><b>${letter.origin}</b><span>${letter.reason}</span>${
    letter.replayedTo && html`<span class="quiet">replayed to ${letter.replayedTo}</span>`
  }</summary>
    <dl class="facts"><dt>Key</dt><dd>${letter.key ?? "none"}</dd><dt>Size</dt><dd>${
    bytes(letter.bytes)
  }</dd>
      <dt>Replayed before</dt><dd>${count(letter.attempts)}</dd>
      <dt>Way</dt><dd><a href=${hrefOf("trace", letter.origin)}>trace ${letter.origin}</a></dd></dl>
    <pre tabindex="0" aria-label="The value">${letter.value}</pre>
    ${
    !letter.replayedTo && html`
      <${Replay} filter=${{ type: "", reason: "", origin: letter.origin }}
        list=${{ waiting: 1 }} onDone=${onDone} />
    `
  }
  </details>`;
}

/** Replays what a filter chooses: first it says what that is, then it asks. */
function Replay(
  { list, filter, onDone }: {
    list: Pick<LetterList, "waiting">;
    filter: { type: string; reason: string; origin?: string };
    onDone: () => void;
  },
): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [preview, setPreview] = useState<ReplayResult>();
  const [result, setResult] = useState<ReplayResult>();
  const [error, setError] = useState<ApiError>();
  const [isBusy, setBusy] = useState(false);
  const ask = async (dryRun: boolean, then: (result: ReplayResult) => void) => {
    setBusy(true);
    setError(undefined);
    const { type, reason, origin } = filter;
    try {
      then(await change<ReplayResult>("replay", { type, reason, origin, dryRun }));
    } catch (error) {
      setError(toApiError(error));
    }
    setBusy(false);
  };
  const letters = (n: number) => n === 1 ? "1 letter" : `${count(n)} letters`;
  return html`<div class="replay">
    ${
    list.waiting > 0 && html`<button disabled=${isBusy} onClick=${() =>
      ask(true, (found) => {
        setPreview(found);
        setResult(undefined);
        dialog.current!.showModal();
      })}>Replay ${letters(list.waiting)}…</button>`
  }
    <span role="status">${
    result &&
    `Replayed ${letters(result.count)}${
      result.before > 0 ? `; replayed before: ${count(result.before)}` : ""
    }${
      result.unreplayable.length > 0
        ? `; cannot be replayed: ${count(result.unreplayable.length)}`
        : ""
    }`
  }</span>
    ${error && html`<${Failure} error=${error} />`}
    <dialog ref=${dialog} aria-label="Replay">
      ${
    preview && html`
      <h2>Replay ${letters(preview.count)}?</h2>
            <p>Each goes back to its topic, once, and is marked as replayed.</p>
            <ul class="origins">${preview.replayed.slice(0, 20).map(({ origin }) =>
              html`<li>${origin}</li>`
            )}</ul>
            ${preview.count > 20 &&
              html`<p class="quiet">and ${count(preview.count - 20)} more</p>`}
            ${preview.unreplayable.map((why) => html`<p class="note">${why}</p>`)}
            <form method="dialog">
        <button>Cancel</button>
        <button type="button" class="main" disabled=${isBusy || preview.count === 0}
          onClick=${() =>
            ask(false, (done) => {
              setResult(done);
              dialog.current!.close();
              onDone();
            })}>Replay ${letters(preview.count)}</button>
      </form>
    `
  }</dialog>
  </div>`;
}
