import { Hono } from "hono";
import { isProved, verificationText, verificationVerdict } from "../../verify/text.ts";
import { verify } from "../../verify/verify.ts";
import type { Parts } from "../server.ts";

/** What the proof has found, as `deno task verify` tells it. */
export interface Proof {
  readonly proved: boolean;
  /** The sums, as text in columns. */
  readonly sums: readonly string[];
  readonly verdict: readonly string[];
  /** How long it took, in s. */
  readonly seconds: number;
}

/** `GET /verify`: proves the whole way now. Leaving the page ends it. */
export function verifyApi({ connections, signal: stopping }: Parts): Hono {
  const { settings, s3 } = connections;
  const api = new Hono();
  api.get("/verify", async (context) => {
    const begun = performance.now();
    const signal = AbortSignal.any([context.req.raw.signal, stopping]);
    const verification = await connections.withKafka(({ kafka, admin }) =>
      verify({ settings, kafka, admin, s3, signal })
    );
    return context.json<Proof>({
      proved: isProved(verification),
      sums: verificationText(verification, settings),
      verdict: verificationVerdict(verification),
      seconds: (performance.now() - begun) / 1000,
    });
  });
  return api;
}
