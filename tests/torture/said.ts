import type { Span } from "./spans.ts";

/** What the consumers have told their operator, by `topic/partition` or by topic. */
export interface Said {
  /** Offsets that were deleted before they were read. */
  readonly deleted: ReadonlyMap<string, readonly Span[]>;
  /** Offsets whose rows may be in two files. */
  readonly again: ReadonlyMap<string, readonly Span[]>;
  /** Topics that were recreated. */
  readonly remade: ReadonlySet<string>;
}

const DELETED = /of (\S+)\/(\d+) .*deleted.*\(offsets (\d+) to (\d+)\)/;
const BEGINS = /(\S+)\/(\d+) begins at offset (\d+): /;
const AGAIN = /of (\S+)\/(\d+) from offset (\d+)(?: to (\d+))? .*again/;
const REMADE = /([\w.-]+?)(?:\/\d+)? (?:was deleted|.*recreated)/;

/** Reads what consumers have printed. */
export function readSaid(lines: Iterable<string>): Said {
  const deleted = new Map<string, Span[]>();
  const again = new Map<string, Span[]>();
  const remade = new Set<string>();
  for (const line of lines) {
    note(deleted, DELETED.exec(line));
    const begins = BEGINS.exec(line);
    if (begins) note(deleted, [...begins.slice(0, 3), "0", String(Number(begins[3]) - 1)]);
    note(again, AGAIN.exec(line));
    const topic = REMADE.exec(line)?.[1];
    if (topic) remade.add(topic);
  }
  return { deleted, again, remade };
}

function note(spans: Map<string, Span[]>, match: readonly string[] | null): void {
  if (!match) return;
  const [, topic, partition, from, last] = match;
  const place = `${topic}/${partition}`;
  const to = last === undefined ? Infinity : Number(last) + 1;
  spans.set(place, [...spans.get(place) ?? [], { from: Number(from), to }]);
}
