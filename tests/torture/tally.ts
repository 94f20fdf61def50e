import type { Evidence, Log, SeenFile } from "./evidence.ts";
import { merge, overlaps, sizeOf, type Span, within, without } from "./spans.ts";

/** Something that is wrong: what, and of how many events or files. */
export interface Finding {
  readonly what: string;
  readonly count: number;
}

/** What a torture run ends with. */
export interface Tally {
  readonly published: number;
  readonly landed: number;
  readonly deadLetters: number;
  readonly files: number;
  /** Events that were deleted before they were read, as the consumers have said. */
  readonly deleted: number;
  /** Events that were not landed when their topic was deleted. */
  readonly gone: number;
  /** Rows that are in two files, as the consumers have said. */
  readonly repeatedAsSaid: number;
  readonly lost: readonly Finding[];
  /** In files more than once, or in one although they cannot be landed, and nothing was said. */
  readonly repeated: readonly Finding[];
  /** Deleted before they were read, or with their topic, and nothing was said. */
  readonly unreported: readonly Finding[];
  /** Names that were used a second time. */
  readonly overwritten: readonly Finding[];
  /** Files whose provenance is not true. */
  readonly wrong: readonly Finding[];
  /** Rows of loaded files. */
  readonly notLoaded: readonly Finding[];
}

/** Compares what was published with what came out, offset by offset and id by id. */
export function tallyOf(evidence: Evidence): Tally {
  const { files, published, letters } = evidence;
  const offsets = tallyOffsets(evidence);
  const rows = tallyRows(evidence, offsets.unlanded);
  return {
    published: published.size,
    landed: files.reduce((sum, { ids }) => sum + ids.length, 0),
    deadLetters: letters.length,
    files: files.length,
    deleted: offsets.deleted,
    gone: offsets.gone,
    repeatedAsSaid: rows.repeatedAsSaid,
    lost: [...offsets.lost, ...rows.lost],
    // Places say where, rows are counted.
    repeated: [
      ...offsets.repeated.map((one) => rows.repeated.length > 0 ? { ...one, count: 0 } : one),
      ...rows.repeated,
    ],
    unreported: offsets.unreported,
    overwritten: single(evidence.reused),
    wrong: single(files.filter(({ isWrong }) => isWrong).map(({ key }) => key)),
    notLoaded: single(evidence.notLoaded),
  };
}

/** Every offset of every log is in one file, or a dead letter, or deleted. */
function tallyOffsets(evidence: Evidence) {
  const { said } = evidence;
  const found = {
    lost: [] as Finding[],
    repeated: [] as Finding[],
    unreported: [] as Finding[],
    deleted: 0,
    gone: 0,
    /** How many offsets of each topic's life are in no file and no dead letter. */
    unlanded: new Map<string, number>(),
  };
  for (const log of evidence.logs) {
    const place = `${log.topic}/${log.partition}`;
    const all = (spans: Span[]) =>
      spans.map((span) => ({ what: placeOf(log, span), count: sizeOf([span]) }));
    const ranges = rangesOf(evidence, log);
    const letters = lettersOf(evidence, log);
    for (const range of ranges) {
      const count = range.deadLetters - sizeOf(merge(letters.flatMap((one) => within(one, range))));
      if (count > 0) found.lost.push({ what: `dead letters of ${placeOf(log, range)}`, count });
    }
    found.repeated.push(...all(without(overlaps(ranges), said.again.get(place) ?? [])));
    const missing = without([{ from: 0, to: log.high }], [...ranges, ...letters]);
    const life = lifeOf(log);
    found.unlanded.set(life, (found.unlanded.get(life) ?? 0) + sizeOf(missing));
    if (log.over) {
      found.gone += sizeOf(missing);
      continue;
    }
    const before = missing.flatMap((span) => within(span, { from: 0, to: log.low }));
    const silent = without(before, said.deleted.get(place) ?? []);
    found.deleted += sizeOf(before) - sizeOf(silent);
    found.unreported.push(...all(silent));
    found.lost.push(...all(without(missing, before)));
  }
  for (const topic of evidence.remade) {
    if (!said.remade.has(topic)) {
      found.unreported.push({ what: `${topic} was recreated`, count: 1 });
    }
  }
  return found;
}

/** Every event that is not where an offset is missing is a row of one file. */
function tallyRows(
  { files, published, said }: Evidence,
  unlanded: ReadonlyMap<string, number>,
) {
  const rows = new Map<string, SeenFile[]>();
  for (const file of files) {
    for (const id of file.ids) rows.set(id, [...rows.get(id) ?? [], file]);
  }
  const missing = new Map<string, string[]>();
  for (const [id, event] of published) {
    if (event.bad || rows.has(id)) continue;
    missing.set(lifeOf(event), [...missing.get(lifeOf(event)) ?? [], id]);
  }
  const isSaid = ({ topic, ranges }: SeenFile) =>
    ranges.some((range) =>
      said.again.get(`${topic}/${range.partition}`)?.some((span) => within(range, span).length > 0)
    );
  const repeats = [...rows].filter(([id, of]) => of.length > 1 || published.get(id)?.bad);
  const silent = repeats.filter(([id, of]) => published.get(id)?.bad || !of.some(isSaid));
  return {
    lost: single(
      [...missing].flatMap(([life, ids]) => ids.length > (unlanded.get(life) ?? 0) ? ids : []),
    ),
    repeated: single(silent.map(([id]) => id)),
    repeatedAsSaid: repeats.length - silent.length,
  };
}

interface OfLife {
  readonly topic: string;
  readonly life: number;
}

function lifeOf({ topic, life }: OfLife): string {
  return `${topic}#${life}`;
}

function rangesOf({ files }: Evidence, log: Log) {
  return files.filter((file) => lifeOf(file) === lifeOf(log)).flatMap(({ ranges }) => ranges)
    .filter(({ partition }) => partition === log.partition);
}

function lettersOf({ letters }: Evidence, log: Log): Span[] {
  return letters
    .filter((letter) => lifeOf(letter) === lifeOf(log) && letter.partition === log.partition)
    .map(({ offset }) => ({ from: offset, to: offset + 1 }));
}

function placeOf({ topic, partition, life }: Log, { from, to }: Span): string {
  return `${topic}/${partition}/${from}-${to - 1}${life > 0 ? ` of its life ${life + 1}` : ""}`;
}

function single(all: readonly string[]): Finding[] {
  return all.map((what) => ({ what, count: 1 }));
}
