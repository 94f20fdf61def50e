/// <reference lib="deno.worker" />
import { explore } from "../model/explore.ts";
import { passes } from "../model/passes.ts";

// Explores the passes whose indexes it receives, one at a time, and posts the outcome of each.
self.onmessage = async ({ data }: MessageEvent<number>) => {
  const { scenario, faults } = passes[data]!;
  self.postMessage(await explore(scenario, faults));
};
