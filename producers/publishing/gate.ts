import type { Made } from "../world/world.ts";

/** Holds payments back until the sales that they pay are published. */
export interface Gate {
  /**
   * What may be published now: everything except payments of unpublished sales, and payments after
   * them.
   */
  pass(made: readonly Made[]): Promise<Made[]>;
  /** The payments that are held back. */
  readonly held: readonly Made[];
}

/**
 * Creates an empty gate.
 *
 * @param salesPublished how many rounds of sales are published; asked only where that is not known
 * yet
 */
export function createGate(salesPublished: () => Promise<number>): Gate {
  let held: Made[] = [];
  let published = 0;
  return {
    get held() {
      return held;
    },
    async pass(made) {
      const payments = [...held, ...made.filter(isPayment)];
      const last = payments.reduce((most, { paidRound }) => Math.max(most, paidRound), -1);
      if (last >= published) published = await salesPublished();
      if (last < published && held.length === 0) return [...made];
      const first = payments.findIndex(({ paidRound }) => paidRound >= published);
      held = first < 0 ? [] : payments.slice(first);
      const free = first < 0 ? payments : payments.slice(0, first);
      return [...made.filter((one) => !isPayment(one)), ...free];
    },
  };
}

function isPayment({ event }: Made): boolean {
  return event.event_type === "payments";
}
