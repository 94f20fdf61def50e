import type { Event } from "../../shared/catalogue/events.ts";
import { type Company, DAY } from "./company.ts";
import type { Sale } from "./deals.ts";
import { createDueQueue } from "./due_queue.ts";
import type { System } from "./procurement.ts";

/** What sales need of payments. */
export interface Payments {
  /** A sale is signed: its price is to come, in instalments. */
  expect(round: number, sale: Sale): void;
}

type PaymentEvent = Event<"payments">;

interface Instalment {
  readonly sale: Sale;
  /** In cents. */
  readonly amount: number;
  /** How often it has failed. */
  readonly failures: number;
  /** Of an attempt that is under way. */
  readonly underWay?: { readonly id: string; readonly reference: string };
}

/** The first may fail so often; then the customer finds another way to pay. */
const FAILURES = 2;

/** Collects what sales bring, instalment by instalment. */
export function createPayments(
  company: Company,
): Payments & { next: System<PaymentEvent>; saleOf(): Sale } {
  const { random } = company;
  const expected = createDueQueue<Instalment>(company, "instalments");
  const latest = company.memory.values("latest payment", { of: undefined as Sale | undefined });

  return {
    /** The sale that the latest payment belongs to. */
    saleOf: () => latest.of!,
    expect(round, sale) {
      const { fails, customer } = sale;
      if (fails) {
        // Half of those who cancel had tried to pay.
        if (random.chance(0.5)) add(round, sale, Math.round((sale.price - sale.discount) / 10));
        return;
      }
      let left = sale.price - sale.discount;
      const count = instalments();
      let due = round;
      for (let i = 0; i < count; i++) {
        const amount = i === count - 1
          ? left
          : Math.floor(left / (count - i) * random.between(80, 120) / 100);
        add(due, sale, amount);
        left -= amount;
        due += random.between(3 * DAY, 12 * DAY) + (customer.isSlow ? 40 * DAY : 0);
      }
    },
    next(round, at) {
      const [{ sale, amount }, status, { id, reference }] = next(round);
      latest.of = sale;
      return at === undefined ? undefined : {
        event_type: "payments",
        event_id: company.id("PAY", round),
        timestamp: at,
        payment_id: id,
        sale_id: sale.id,
        customer_id: sale.customer.id,
        payment_date: at,
        payment_amount: amount / 100,
        payment_method: sale.method,
        payment_status: status,
        transaction_reference: reference,
      };
    },
  };

  /** More or fewer, so that there is always something to collect, but never too much. */
  function instalments(): number {
    const { size } = expected;
    if (size < 150) return random.between(3, 4);
    if (size < 1_000) return random.between(2, 3);
    return size < 2_000 ? 2 : 1;
  }

  function add(due: number, sale: Sale, amount: number): void {
    expected.add(due, { sale, amount, failures: 0 });
  }

  function next(
    round: number,
  ): [Instalment, PaymentEvent["payment_status"], { id: string; reference: string }] {
    const one = expected.take();
    if (!one) throw new Error(`round ${round}: there is nothing to collect`);
    const { sale, failures, underWay } = one;
    if (underWay) return [one, sale.fails ? "Failed" : "Paid", underWay];
    const attempt = { id: company.id("PAY", round), reference: company.id("TXN", round) };
    if (sale.fails || random.chance(0.1)) {
      expected.add(round + random.between(DAY / 4, 2 * DAY), { ...one, underWay: attempt });
      return [one, "Pending", attempt];
    }
    if (failures < FAILURES && random.chance(0.06)) {
      const again = { ...one, failures: failures + 1 };
      expected.add(round + random.between(DAY / 2, 3 * DAY), again);
      return [one, "Failed", attempt];
    }
    return [one, "Paid", attempt];
  }
}
