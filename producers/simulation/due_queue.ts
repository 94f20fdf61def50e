import type { Company } from "./company.ts";

/** A priority queue of tasks: whatever is due first comes first. */
export interface DueQueue<Item> {
  readonly size: number;
  /** Adds an item, due at a round. */
  add(due: number, item: Item): void;
  /** The round at which the next is due; Infinity if there is none. */
  readonly due: number;
  /** Takes the one that is due first; what is due at the same round keeps its order. */
  take(): Item | undefined;
}

/** Creates an empty queue, registered by its name: a binary heap by round and order. */
export function createDueQueue<Item>(
  { memory }: Pick<Company, "memory">,
  name: string,
): DueQueue<Item> {
  const heap = memory.list<Entry<Item>>(name);
  const added = memory.values(`${name} in order`, { count: 0 });
  return {
    get size() {
      return heap.length;
    },
    get due() {
      return heap.length > 0 ? heap[0]!.due : Infinity;
    },
    add(due, item) {
      const entry = { due, order: added.count++, item };
      let at = heap.length;
      // Later ones move down, from the end on, until it has its place.
      for (heap.push(entry); at > 0;) {
        const parent = (at - 1) >> 1;
        if (isBefore(heap[parent]!, entry)) break;
        heap[at] = heap[parent]!;
        at = parent;
      }
      heap[at] = entry;
    },
    take() {
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return last?.item;
      const first = heap[0]!;
      // The last one goes to the top, and earlier ones move up until it has its place.
      let at = 0;
      for (let child = 1; child < heap.length; child = 2 * at + 1) {
        if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
        if (isBefore(last, heap[child]!)) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = last;
      return first.item;
    },
  };
}

interface Entry<Item> {
  readonly due: number;
  readonly order: number;
  readonly item: Item;
}

function isBefore(one: Entry<unknown>, other: Entry<unknown>): boolean {
  return one.due < other.due || one.due === other.due && one.order < other.order;
}
