import type { Event } from "../../shared/catalogue/events.ts";
import {
  addToLot,
  type Car,
  type Company,
  DAY,
  type Dealer,
  hide,
  OPENING,
  PLENTY,
  removeFromLot,
  SCARCE,
  show,
} from "./company.ts";
import { createDueQueue } from "./due_queue.ts";
import type { Payments } from "./payments.ts";
import type { Customer } from "./people.ts";
import { discountOf, priceOf } from "./prices.ts";
import type { System } from "./procurement.ts";
import type { Showroom } from "./showroom.ts";
import type { Stock } from "./stock.ts";

type SaleEvent = Event<"sales">;

/** While this many cars wait to be counted, none is traded in: counting would never catch up. */
const UNCOUNTED = 60;

/** A sale, and what only the simulation knows of it. */
export interface Sale {
  /** The round in which it was signed. */
  readonly round: number;
  readonly id: string;
  /** The time of its first event. */
  readonly date: string;
  readonly customer: Customer;
  readonly car: Car;
  readonly dealer: Dealer;
  /** In cents. */
  readonly price: number;
  readonly discount: number;
  readonly channel: SaleEvent["sale_channel"];
  readonly method: SaleEvent["payment_method"];
  /** Is going to be cancelled: nothing of it is ever paid. */
  readonly fails: boolean;
  status: SaleEvent["sale_status"];
}

/** Signs sales, completes and cancels them. */
export function createDeals(
  company: Company,
  { stock, showroom, payments }: { stock: Stock; showroom: Showroom; payments: Payments },
): System<SaleEvent> {
  const { random } = company;
  const pending = createDueQueue<Sale>(company, "pending sales");

  return (round, at) => {
    const sale = next(round, at ?? "");
    return at === undefined ? undefined : {
      event_type: "sales",
      event_id: company.id("SALE", round),
      timestamp: at,
      sale_id: sale.id,
      sale_date: sale.date,
      customer_id: sale.customer.id,
      customer_name: sale.customer.name,
      email: sale.customer.email,
      vehicle_id: sale.car.id,
      vehicle_vin: sale.car.vin,
      dealer_id: sale.dealer.id,
      dealer_name: sale.dealer.name,
      sale_price: sale.price / 100,
      discount_amount: sale.discount / 100,
      final_price: (sale.price - sale.discount) / 100,
      sale_channel: sale.channel,
      sale_status: sale.status,
      payment_method: sale.method,
    };
  };

  function next(round: number, date: string): Sale {
    if (pending.due <= round) return settle(round, pending.take()!);
    const lead = showroom.lead() ?? walkIn();
    if (lead) return sign(round, date, lead);
    const sale = pending.take();
    if (!sale) throw new Error(`round ${round}: there is nothing to sell`);
    return settle(round, sale);
  }

  function sign(
    round: number,
    date: string,
    { customer, car }: { customer: Customer; car: Car },
  ): Sale {
    const price = priceOf(company, car, round);
    // More sales fail while stock is short, so there is always something to sell.
    const fails = round >= OPENING &&
      random.chance(company.shown.length < SCARCE ? 0.3 : 0.12);
    // The more cars there are, the sooner they go. One that is pending is left for a round without
    // a customer.
    const cash = round < OPENING ? 0.5 : company.shown.length < PLENTY ? 0.1 : 0.4;
    const isCash = round === 0 || !fails && pending.size > 0 && random.chance(cash);
    const sale: Sale = {
      round,
      id: company.id("SALE", round),
      date,
      customer,
      car,
      dealer: car.dealer,
      price,
      discount: discountOf(company, price, round),
      channel: random.weighted([["Dealership", 70], ["Online", 22], ["Auction", 8]]),
      method: random.weighted([
        ["Bank Transfer", 50],
        ["Credit Card", 25],
        ["Debit Card", 17],
        ["Check", 8],
      ]),
      fails,
      status: isCash ? "Completed" : "Pending",
    };
    payments.expect(round, sale);
    if (isCash) handOver(round, sale);
    else pending.add(round + random.between(DAY / 2, 4 * DAY), sale);
    return sale;
  }

  function settle(round: number, sale: Sale): Sale {
    if (sale.fails) {
      sale.status = "Cancelled";
      sale.car.isReserved = false;
      show(company, sale.car);
    } else {
      sale.status = "Completed";
      handOver(round, sale);
    }
    return sale;
  }

  function handOver(round: number, { car, customer, dealer }: Sale): void {
    removeFromLot(company, car);
    car.isReserved = false;
    stock.leave(round, car);
    const former = customer.car;
    const takesBack = stock.uncounted < UNCOUNTED && random.chance(0.6);
    car.owner = customer;
    customer.car = car;
    company.remember(car);
    if (former && !former.isOnRoad && former.owner === customer && takesBack) {
      tradeIn(round, former, dealer);
    }
  }

  /** The car that the customer has driven until now comes back into stock, to be sold again. */
  function tradeIn(round: number, car: Car, dealer: Dealer): void {
    car.owner = undefined;
    car.order = undefined;
    car.dealer = dealer;
    car.isUsed = car.isInStock = true;
    addToLot(company, car);
    stock.arrive(round, car);
  }

  /** A customer who has not asked before. */
  function walkIn(): { customer: Customer; car: Car } | undefined {
    const { shown } = company;
    if (shown.length === 0 || shown.length < SCARCE && pending.size > 0) return undefined;
    const car = random.pick(shown);
    hide(company, car);
    car.isReserved = true;
    return { car, customer: company.people.visitor(car.dealer.city) };
  }
}
