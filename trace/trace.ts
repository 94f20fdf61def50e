import { fileAt } from "./find_files.ts";
import { type LifeEvent, lifeOf, type LoadedFile, loadsOf } from "./find_rows.ts";
import { followEvent, followPlace, type TraceWorld } from "./follow_event.ts";
import type { Subject } from "./subject.ts";
import type { TracedFile, Way } from "./way.ts";

/** How many events of a vehicle are shown. */
const LIFE = 200;

/** What a trace has found; empty where there is nothing. */
export type Traced =
  | { readonly kind: "ways"; readonly ways: readonly Way[] }
  | {
    readonly kind: "file";
    readonly key: string;
    readonly file: TracedFile | undefined;
    readonly loads: readonly LoadedFile[];
  }
  | { readonly kind: "life"; readonly vehicle: string; readonly life: readonly LifeEvent[] };

/**
 * What Kafka, S3 and the warehouse know about a subject.
 *
 * @throws {UserError} when a service refuses us; the libraries' errors
 */
export async function trace(subject: Subject, world: TraceWorld): Promise<Traced> {
  const { client } = world;
  switch (subject.kind) {
    case "file": {
      const { key, type } = subject;
      const file = await fileAt(world, key, type);
      return { kind: "file", key, file, loads: client ? await loadsOf(client, key) : [] };
    }
    case "vehicle": {
      const { vehicle } = subject;
      return { kind: "life", vehicle, life: client ? await lifeOf(client, vehicle, LIFE) : [] };
    }
    case "message":
      return { kind: "ways", ways: [await followPlace(world, subject.place)] };
    case "event":
      return { kind: "ways", ways: await followEvent(world, subject.eventId) };
  }
}
