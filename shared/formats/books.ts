import { type Event, type Type, types } from "../catalogue/events.ts";

/**
 * What a warehouse must report once it has everything that a business has published; amounts in
 * cents.
 */
export interface Books {
  /** Events that can become facts, by system. */
  readonly facts: Partial<Record<Type, number>>;
  /** Completed sales, by dealer and month (`2026-02`). */
  readonly revenue: Readonly<
    Record<string, Readonly<Record<string, { sales: number; cents: number }>>>
  >;
  readonly paidCents: number;
  /** Of sales that are not cancelled: what is not paid. */
  readonly outstandingCents: number;
  /** Cars in stock, by dealer. */
  readonly stock: Readonly<Record<string, number>>;
  /** The distance that all cars have driven. */
  readonly kilometres: number;
}

/** The books of a business, kept while it publishes. */
export interface BookKeeper {
  /** Enters an event. Events about the same thing come in order. */
  enter(event: Event): void;
  /** Their present balance, for the systems whose events were entered. */
  close(): Books;
}

interface Sale {
  final: number;
  paid: number;
  status: string;
}

const cents = (amount: number) => Math.round(amount * 100);

/** Opens empty books. What is paid in full or cancelled is dropped, so they stay small. */
export function openBooks(): BookKeeper {
  const facts = new Map<Type, number>();
  const revenue: Record<string, Record<string, { sales: number; cents: number }>> = {};
  const sales = new Map<string, Sale>();
  const stock = new Map<string, Set<string>>();
  const places = new Map<string, readonly [number, number]>();
  let paid = 0;
  let kilometres = 0;

  const enter: { [T in Type]?: (event: Event<T>) => void } = {
    sales(event) {
      const final = cents(event.final_price);
      const sale = sales.get(event.sale_id) ?? { final, paid: 0, status: "" };
      if (event.sale_status === "Completed" && sale.status !== "Completed") {
        const months = revenue[event.dealer_id] ??= {};
        const month = months[event.sale_date.slice(0, 7)] ??= { sales: 0, cents: 0 };
        month.sales++;
        month.cents += final;
      }
      sales.set(event.sale_id, { ...sale, final, status: event.sale_status });
      forget(event.sale_id);
    },
    payments(event) {
      if (event.payment_status !== "Paid") return;
      const amount = cents(event.payment_amount);
      paid += amount;
      const sale = sales.get(event.sale_id) ?? { final: NaN, paid: 0, status: "" };
      sales.set(event.sale_id, { ...sale, paid: sale.paid + amount });
      forget(event.sale_id);
    },
    inventory(event) {
      let cars = stock.get(event.dealer_id);
      if (!cars) stock.set(event.dealer_id, cars = new Set());
      if (event.quantity > 0) cars.add(event.vehicle_id);
      else cars.delete(event.vehicle_id);
    },
    telemetry(event) {
      const place = [event.location_lat, event.location_long] as const;
      const before = places.get(event.vehicle_id);
      if (before) kilometres += distance(before, place);
      places.set(event.vehicle_id, place);
    },
  };

  /** Nothing more can follow for a sale that is complete and paid. */
  function forget(id: string): void {
    const { final, paid, status } = sales.get(id)!;
    if (status === "Completed" && paid >= final || status === "Cancelled") sales.delete(id);
  }

  return {
    enter(event) {
      facts.set(event.event_type, (facts.get(event.event_type) ?? 0) + 1);
      enter[event.event_type]?.(event as never);
    },
    close: () => ({
      facts: Object.fromEntries(
        types.flatMap((type) => facts.has(type) ? [[type, facts.get(type)!]] : []),
      ),
      revenue,
      paidCents: paid,
      outstandingCents: [...sales.values()]
        .reduce(
          (sum, { final, paid }) => sum + (Number.isNaN(final) ? 0 : Math.max(0, final - paid)),
          0,
        ),
      stock: Object.fromEntries([...stock].map(([dealer, cars]) => [dealer, cars.size])),
      kilometres: Math.round(kilometres * 1_000) / 1_000,
    }),
  };
}

/** In km on a globe of 6,371 km (haversine): the warehouse computes the same. */
function distance(
  [lat1, long1]: readonly [number, number],
  [lat2, long2]: readonly [number, number],
): number {
  const radians = Math.PI / 180;
  const half = (degrees: number) => Math.sin(degrees * radians / 2) ** 2;
  const a = half(lat2 - lat1) +
    Math.cos(lat1 * radians) * Math.cos(lat2 * radians) * half(long2 - long1);
  return 2 * 6_371 * Math.asin(Math.sqrt(a));
}
