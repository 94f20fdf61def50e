import type { Message } from "./message.ts";
import { offsetsIn, type Range, Scan, type ScanOptions } from "./scan.ts";

/** How far a search has come. */
export interface Searched {
  /** Found since the last time, in the order of the search. */
  readonly found: readonly Message[];
  /** Offsets that are done with. */
  readonly read: number;
  /** What is left to read. */
  readonly left: readonly Range[];
}

/**
 * Searches ranges of a topic's partitions, all at the same pace: what it finds comes in the order of
 * time, as far as each partition is in it. It ends when it has found enough or read enough; what is left
 * can be searched next.
 *
 * @param options.most found messages at most
 * @param options.mostRead offsets at most, but for the last step
 * @throws the signal's reason when aborted; kafkajs' errors
 */
export async function* search(
  ranges: readonly Range[],
  options: ScanOptions & { readonly mostRead: number },
): AsyncGenerator<Searched> {
  const { newestFirst, most, mostRead } = options;
  const scans = ranges.map((range) => new Scan(range, options));
  const total = offsetsIn(ranges);
  const direction = newestFirst ? -1 : 1;
  let given = 0;
  for (;;) {
    const found: Message[] = [];
    let next = nextOf(scans, direction);
    for (; next && next.found.length > 0 && given < most; next = nextOf(scans, direction)) {
      found.push(next.found.shift()!);
      given++;
    }
    const left = scans.map((scan) => scan.left);
    const read = total - offsetsIn(left);
    yield { found, read, left: left.filter(({ from, to }) => from < to) };
    if (!next || given === most || read >= mostRead) return;
    await next.step();
  }
}

/** The scan whose next message, or whose time to read on from, comes first. */
function nextOf(scans: readonly Scan[], direction: number): Scan | undefined {
  let first: Scan | undefined;
  for (const scan of scans) {
    if (scan.isOver) continue;
    const order = first && direction * (scan.time - first.time);
    // At the same time, what is found comes before what must be read first.
    if (order === undefined || order < 0 || (order === 0 && first!.found.length === 0)) {
      first = scan;
    }
  }
  return first;
}
