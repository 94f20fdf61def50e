import type { Interval } from "./intervals.ts";

/** A range of offsets in words, with the last one included. */
export function formatOffsets(
  topic: string,
  { partition, from, to }: Interval & { readonly partition: number },
): string {
  return `${topic}/${partition} ${
    from === to - 1 ? `offset ${from}` : `offsets ${from} to ${to - 1}`
  }`;
}

/** A number and what it counts: "1 event", "2 events". */
export function counted(count: number, what: string): string {
  return `${count.toLocaleString("en-US")} ${what}${count === 1 ? "" : "s"}`;
}
