import { catalogue, type Type } from "../../shared/catalogue/events.ts";
import { BAD, type Draft, type Fuzzed, GOOD, LARGE, pick, type Random } from "./fuzz_makers.ts";

const TIME = "2026-02-26T10:30:45.123456";
const REMARKS = ['"', ",", "\n", "\r\n", "\\.", "é", "🚗", "\u202e", "\ufeff", " ", "=1+1", "x"];
/**
 * Messages of a type, good and bad in turn at random. The same random source gives the same messages;
 * no two are the same.
 */
export function* fuzz(type: Type, count: number, random: Random): Generator<Fuzzed> {
  for (let n = 0; n < count; n++) {
    const make = pick(random() < 0.5 ? GOOD : n % 50 === 0 ? LARGE : BAD, random);
    yield make(event(type, n, random), random);
  }
}

/** A source of random numbers from 0 up to, not with, 1. Source: mulberry32 by Tommy Ettinger. */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function event(type: Type, n: number, random: Random): Draft {
  const id = `${catalogue[type].prefix}-${n.toString(16).toUpperCase().padStart(8, "0")}`;
  const remark = Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(REMARKS, random))
    .join("");
  return {
    type,
    id,
    remark,
    fields: { event_type: type, event_id: id, timestamp: TIME, n, remark },
  };
}
