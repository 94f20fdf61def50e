/** Offsets from one up to, not with, another. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The same offsets in spans that are sorted and do not touch. */
export function merge(spans: Iterable<Span>): Span[] {
  const merged: Span[] = [];
  for (const span of sorted(spans)) {
    const last = merged.at(-1);
    if (last && span.from <= last.to) {
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    } else merged.push(span);
  }
  return merged;
}

/** What is in the first spans and in none of the others. */
export function without(spans: Iterable<Span>, others: Iterable<Span>): Span[] {
  const holes = merge(others);
  return merge(spans).flatMap(({ from, to }) => {
    const left: Span[] = [];
    for (const hole of holes) {
      if (hole.to <= from || hole.from >= to) continue;
      if (hole.from > from) left.push({ from, to: hole.from });
      from = hole.to;
    }
    return from < to ? [...left, { from, to }] : left;
  });
}

/** What is in more than one of the spans. */
export function overlaps(spans: Iterable<Span>): Span[] {
  let end = -Infinity;
  const found: Span[] = [];
  for (const { from, to } of sorted(spans)) {
    if (from < end) found.push({ from, to: Math.min(to, end) });
    end = Math.max(end, to);
  }
  return merge(found);
}

/** What of a span is in another; nothing, or one span. */
export function within(span: Span, frame: Span): Span[] {
  const cut = { from: Math.max(span.from, frame.from), to: Math.min(span.to, frame.to) };
  return cut.from < cut.to ? [cut] : [];
}

/** How many offsets are in spans that do not overlap. */
export function sizeOf(spans: Iterable<Span>): number {
  return [...spans].reduce((sum, { from, to }) => sum + to - from, 0);
}

function sorted(spans: Iterable<Span>): Span[] {
  return [...spans].filter(({ from, to }) => from < to).toSorted((a, b) => a.from - b.from);
}
