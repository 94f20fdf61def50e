import { Hono } from "hono";
import { type Letter, reasonOf, typeOf } from "../../dead_letters/letters.ts";
import { toFilter } from "../../dead_letters/options.ts";
import { readLetters } from "../../dead_letters/read_letters.ts";
import { replayLetters } from "../../dead_letters/replay_letters.ts";
import { excerpt, kindOf } from "../../dead_letters/text.ts";
import { isType, type Type, types } from "../../shared/catalogue/events.ts";
import { UserError } from "../../shared/cli/errors.ts";
import { formatPlace, parsePlace } from "../../shared/formats/place.ts";
import type { Parts } from "../server.ts";

/** How many letters are shown; a filter chooses others. */
const SHOWN = 200;
/** How much of a value is shown, in bytes. */
const VALUE = 16 * 1024;

/** A dead letter as the page shows it. */
export interface ShownLetter {
  /** In ms since the epoch. */
  readonly at: number;
  readonly type?: Type;
  readonly origin: string;
  readonly reason: string;
  readonly key: string | null;
  /** Its beginning on one line, and its text as far as it is shown. */
  readonly excerpt: string;
  readonly value: string;
  readonly bytes: number;
  /** How often it had been replayed before it became this letter. */
  readonly attempts: number;
  /** Where it was replayed to. */
  readonly replayedTo?: string;
}

/** The letters that a filter chooses. */
export interface LetterList {
  /** The event types, to filter by. */
  readonly types: readonly Type[];
  readonly letters: readonly ShownLetter[];
  /** How many the filter chooses, and how many of these wait for a replay. */
  readonly total: number;
  readonly waiting: number;
  /** How many there are of each kind of reason, most first. */
  readonly reasons: readonly { readonly reason: string; readonly letters: number }[];
}

/** What the page asks to be replayed. */
export interface ReplayRequest {
  readonly type?: string;
  readonly reason?: string;
  readonly origin?: string;
  readonly dryRun: boolean;
}

/** What a replay has done, or would do. */
export interface ReplayResult {
  readonly dryRun: boolean;
  readonly replayed: readonly { readonly origin: string; readonly to?: string }[];
  readonly count: number;
  readonly before: number;
  readonly unreplayable: readonly string[];
}

/**
 * `GET /letters?type=&reason=&origin=&all=`: the dead letters that a filter chooses, newest first.
 * `POST /replay`: sends those back that it chooses, or with `dryRun` says which.
 */
export function lettersApi({ connections, signal }: Parts): Hono {
  const { settings } = connections;
  const api = new Hono();

  api.get("/letters", async (context) => {
    const { all, ...query } = context.req.query();
    const { letters } = await connections.withKafka(({ kafka, admin }) =>
      readLetters({ kafka, admin, settings }, filterOf(query), {
        signal: context.req.raw.signal,
      })
    );
    const shown = letters.filter(({ replay }) => all === "1" || !replay).toReversed();
    const kinds = Map.groupBy(shown, ({ reason }) => kindOf(reason));
    return context.json<LetterList>({
      types,
      letters: shown.slice(0, SHOWN).map((letter) => shownLetter(letter, settings.topicPrefix)),
      total: shown.length,
      waiting: shown.filter(({ replay }) => !replay).length,
      reasons: [...kinds].map(([reason, { length }]) => ({ reason, letters: length }))
        .toSorted((a, b) => b.letters - a.letters),
    });
  });

  api.post("/replay", async (context) => {
    const { dryRun = true, ...query } = await context.req.json<ReplayRequest>();
    const unreplayable: string[] = [];
    const result = await connections.withKafka(({ kafka, admin }) =>
      replayLetters(
        { kafka, admin, settings },
        {
          filter: filterOf(query),
          dryRun,
          signal,
          onUnreplayable: (why) => unreplayable.push(why),
        },
        async ({ before, batches }): Promise<ReplayResult> => {
          const replayed: { origin: string; to?: string }[] = [];
          let [count, elsewhere] = [0, 0];
          for await (const batch of batches) {
            for (const { letter, to } of batch) {
              if (!dryRun && !to) {
                elsewhere++;
                continue;
              }
              count++;
              const origin = formatPlace(letter.origin);
              if (replayed.length < SHOWN) {
                replayed.push(to ? { origin, to: formatPlace(to) } : { origin });
              }
            }
          }
          return { dryRun, replayed, count, before: before + elsewhere, unreplayable };
        },
      )
    );
    return context.json(result);
  });

  return api;
}

function filterOf({ type, reason, origin }: Omit<ReplayRequest, "dryRun">) {
  if (type && !isType(type)) throw new UserError(`${type} is not an event type`);
  if (origin && !parsePlace(origin)) {
    throw new UserError(`${origin} is no place`, "use topic/partition/offset");
  }
  return toFilter({
    ...type ? { type: [type as Type] } : {},
    ...reason ? { reason } : {},
    ...origin ? { origin: [origin] } : {},
  });
}

function shownLetter(letter: Letter, topicPrefix: string): ShownLetter {
  const { at, origin, key, value, attempts, replay } = letter;
  const type = typeOf(letter, topicPrefix);
  return {
    at,
    ...type ? { type } : {},
    origin: formatPlace(origin),
    reason: reasonOf(letter),
    key: key === null ? null : new TextDecoder().decode(key),
    excerpt: excerpt(value),
    value: new TextDecoder().decode(value.subarray(0, VALUE)),
    bytes: value.length,
    attempts,
    ...replay ? { replayedTo: formatPlace(replay.to) } : {},
  };
}
