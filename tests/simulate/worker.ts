/// <reference lib="deno.worker" />
import { type Progress, runSeeds, type Seeds } from "./seeds.ts";

/** A worker's messages: its progress, and finally that it is done. */
export type Message = { readonly progress: Progress } | { readonly error: string } | "done";

self.onmessage = async ({ data }: MessageEvent<Seeds>) => {
  const tell = (message: Message) => self.postMessage(message);
  try {
    for await (const progress of runSeeds(data)) tell({ progress });
  } catch (error) {
    tell({ error: String((error as Error)?.stack ?? error) });
  }
  tell("done");
};
