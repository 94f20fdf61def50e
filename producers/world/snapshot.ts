import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { deserialize, serialize } from "node:v8";
import type { Type } from "../../shared/catalogue/events.ts";
import { type KeptBusiness, RULES } from "../simulation/business.ts";
import type { Identity } from "../simulation/company.ts";
import type { Curve } from "../simulation/profiles.ts";
import type { Stretch } from "../simulation/timeline.ts";

/** How a business is kept: another number where what it remembers, or in which form, has changed. */
export const FORM = 1;

/** What a business comes out of, besides the rules. */
export interface Origin {
  readonly identity: Identity;
  readonly curve: Curve;
  /** The systems whose events have times, and when their rounds are: some of it is remembered. */
  readonly stretches: ReadonlyMap<Type, readonly Stretch[]>;
  /** The names of what it remembers. */
  readonly parts: readonly string[];
}

interface Header {
  readonly world: string;
  readonly round: number;
  readonly stretches: Readonly<Record<string, string>>;
  readonly sha256: string;
}

const NEWLINE = "\n".charCodeAt(0);

/** Writes a business down as it stands: a line of JSON that says which it is, then V8's own form. */
export function writeSnapshot(business: KeptBusiness, origin: Origin): Uint8Array {
  const state = serialize(business);
  const { round } = business;
  const header: Header = {
    world: nameOf(origin),
    round,
    stretches: Object.fromEntries(
      [...origin.stretches].map(([type, list]) => [type, laidOut(list, round)]),
    ),
    sha256: sha256(state),
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), state]);
}

/**
 * Reads a business that was written down.
 *
 * @param before the last round that it may stand before
 * @returns undefined where it is another one, is further, or is damaged
 */
export function readSnapshot(
  bytes: Uint8Array,
  origin: Origin,
  before: number,
): KeptBusiness | undefined {
  try {
    const end = bytes.indexOf(NEWLINE);
    const header: Header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
    const { round } = header;
    const fits = header.world === nameOf(origin) && round <= before &&
      [...origin.stretches].every(([type, list]) =>
        header.stretches[type] === laidOut(list, round)
      );
    const state = bytes.subarray(end + 1);
    // Of a copy: typed arrays become views of what they are read from.
    return fits && header.sha256 === sha256(state) ? deserialize(new Uint8Array(state)) : undefined;
  } catch {
    return undefined;
  }
}

function nameOf({ identity: { seed, base, start, step }, curve, parts }: Origin): string {
  return [FORM, RULES, seed, base, start, step, ...curve.weights, ...parts].join(" ");
}

/** When the rounds before one are. */
function laidOut(stretches: readonly Stretch[], before: number): string {
  return stretches.filter(({ round }) => round < before)
    .map(({ round, start, step }) => `${round} ${start} ${step}`).join(", ");
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
