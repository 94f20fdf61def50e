/// <reference lib="deno.worker" />
import { explore } from "../model/explore.ts";
import { passes } from "../model/passes.ts";

// Explores the passes whose numbers it is sent, one at a time, and answers with what was seen.
self.onmessage = async ({ data }: MessageEvent<number>) => {
  const { scenario, faults } = passes[data]!;
  self.postMessage(await explore(scenario, faults));
};
