import { Hono } from "hono";
import { fileAt } from "../../trace/find_files.ts";
import { lifeOf, loadsOf } from "../../trace/find_rows.ts";
import { followEvent, followPlace, type TraceWorld } from "../../trace/follow_event.ts";
import { subjectOf } from "../../trace/subject.ts";
import type { Way } from "../../trace/way.ts";
import { UserError } from "../../shared/cli/errors.ts";
import type pg from "pg";
import type { Parts } from "../server.ts";

/** How many of a topic's last messages are searched for an event id. */
const SEARCHED = 100_000;
/** How many events of a vehicle are shown. */
const LIFE = 200;

/** What a trace has found. */
export type Traced =
  | { readonly kind: "ways"; readonly ways: readonly Way[] }
  | {
    readonly kind: "file";
    readonly key: string;
    readonly file: Awaited<ReturnType<typeof fileAt>> | null;
    readonly loads: Awaited<ReturnType<typeof loadsOf>>;
  }
  | {
    readonly kind: "life";
    readonly vehicle: string;
    readonly life: Awaited<ReturnType<typeof lifeOf>>;
  };

/** `GET /trace?what=`: the way of an event id, a place, a file, a VIN or a vehicle id. */
export function traceApi({ connections }: Parts): Hono {
  const api = new Hono();
  api.get("/trace", async (context) => {
    const what = (context.req.query("what") ?? "").trim();
    if (what === "") throw new UserError("Nothing to trace", "give an event id, a place or a file");
    const { signal } = context.req.raw;
    return context.json(
      await withClient(async (client) => {
        return await connections.withKafka(({ kafka, admin }) =>
          trace(what, {
            ...{ kafka, admin, client, signal },
            s3: connections.s3,
            settings: connections.settings,
            last: SEARCHED,
          })
        );
      }),
    );
  });

  /** Without the warehouse the rest of the way is known all the same. */
  async function withClient<T>(ask: (client: pg.Client | undefined) => Promise<T>): Promise<T> {
    const isThere = await connections.withWarehouse(async (client) => {
      const { rows: [{ there }] } = await client.query(
        "SELECT to_regclass('warehouse.load_ledger') IS NOT NULL AS there",
      );
      return there as boolean;
    }).catch(() => false);
    if (!isThere) return await ask(undefined);
    return await connections.withWarehouse((client) => ask(client as unknown as pg.Client));
  }
  return api;
}

async function trace(what: string, world: TraceWorld): Promise<Traced> {
  const subject = subjectOf(what);
  if (subject.kind === "file") {
    const { key, type } = subject;
    const file = await fileAt(world, key, type) ?? null;
    const loads = world.client ? await loadsOf(world.client, key) : [];
    return { kind: "file", key, file, loads };
  }
  if (subject.kind === "vehicle") {
    const { vehicle } = subject;
    const life = world.client ? await lifeOf(world.client, vehicle, LIFE) : [];
    return { kind: "life", vehicle, life };
  }
  const ways = subject.kind === "message"
    ? [await followPlace(world, subject.place)]
    : await followEvent(world, subject.eventId);
  return { kind: "ways", ways };
}
