/// <reference lib="dom" />
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Proof } from "../../api/verify.ts";
import { type ApiError, ask } from "../api.ts";
import { duration } from "../format.ts";
import { html } from "../html.ts";
import { Failure, toApiError } from "../parts.ts";

/** The proof, on demand. */
export function VerifyView(): VNode {
  const [proof, setProof] = useState<Proof>();
  const [error, setError] = useState<ApiError>();
  const [since, setSince] = useState<number>();
  const running = useRef<AbortController>(null);
  const [, tick] = useState(0);
  useEffect(() => () => running.current?.abort(), []);
  useEffect(() => {
    if (since === undefined) return;
    const timer = setInterval(() => tick((n) => n + 1), 200);
    return () => clearInterval(timer);
  }, [since]);
  const prove = async () => {
    const controller = running.current = new AbortController();
    setSince(Date.now());
    setError(undefined);
    try {
      setProof(await ask<Proof>("verify", { signal: controller.signal }));
    } catch (error) {
      if (!controller.signal.aborted) setError(toApiError(error));
    }
    setSince(undefined);
  };
  return html`<h1>Verify</h1>
  <p>Every offset that the group has committed is in one file, or needs none; every row of a loaded file is a
    fact, a rejected row or a repeat. Proved from Kafka, S3 and the warehouse as they are now; nothing is
    changed.</p>
  <p class="tools">${
    since === undefined ? html`<button class="main" onClick=${prove}>Prove it now</button>` : html`
      <button onClick=${() => running.current?.abort()}>Stop</button>
      <span role="status">Proving… ${duration((Date.now() - since) / 1000)}</span>
    `
  }</p>
  ${error && html`<${Failure} error=${error} />`}
  ${
    proof && html`
      <div role="status" class=${proof.proved ? "proved" : "problem"}>${proof.verdict.map((line) =>
        html`<p>${line}</p>`
      )}</div>
      <pre tabindex="0" aria-label="The sums">${proof.sums.join("\n")}</pre>
      <p class="quiet">It took ${duration(proof.seconds)}</p>
    `
  }`;
}
