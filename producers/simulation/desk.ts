/** What a desk has to do, the one that is due first before the others. */
export interface Desk<Item> {
  readonly size: number;
  /** Puts something on it, due at a round. */
  add(due: number, item: Item): void;
  /** The round at which the next is due; Infinity if there is none. */
  readonly due: number;
  /** Takes the one that is due first; what is due at the same round keeps its order. */
  take(): Item | undefined;
}

/** Makes an empty desk: a binary heap by round and order. */
export function createDesk<Item>(): Desk<Item> {
  const heap: { due: number; order: number; item: Item }[] = [];
  let order = 0;
  const isBefore = (a: number, b: number) => {
    const [first, second] = [heap[a]!, heap[b]!];
    return first.due < second.due || first.due === second.due && first.order < second.order;
  };
  const swap = (a: number, b: number) => [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  return {
    get size() {
      return heap.length;
    },
    get due() {
      return heap[0]?.due ?? Infinity;
    },
    add(due, item) {
      heap.push({ due, order: order++, item });
      for (let at = heap.length - 1; at > 0;) {
        const parent = (at - 1) >> 1;
        if (isBefore(parent, at)) break;
        swap(at, parent);
        at = parent;
      }
    },
    take() {
      const first = heap[0];
      const last = heap.pop();
      if (heap.length > 0 && last) {
        heap[0] = last;
        for (let at = 0;;) {
          let least = at;
          for (const child of [2 * at + 1, 2 * at + 2]) {
            if (child < heap.length && isBefore(child, least)) least = child;
          }
          if (least === at) break;
          swap(at, least);
          at = least;
        }
      }
      return first?.item;
    },
  };
}
