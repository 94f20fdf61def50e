import type { Event } from "../../shared/catalogue/events.ts";
import { type Car, type Company, type Dealer, hide, OPENING } from "./company.ts";
import { createDueQueue } from "./due_queue.ts";
import type { Customer } from "./people.ts";
import type { System } from "./procurement.ts";

/** A customer who is going to buy a car, which is kept for them. */
export interface Lead {
  readonly customer: Customer;
  readonly car: Car;
}

/** What other systems need of interactions. */
export interface Showroom {
  /** Takes the customer who has waited longest to sign. */
  lead(): Lead | undefined;
  /** An owner will come with a faulty car. */
  expect(round: number, car: Car): void;
}

type Interaction = Event<"interactions">;
type Contact = Pick<
  Interaction,
  "interaction_type" | "interaction_channel" | "outcome" | "duration_minutes" | "notes"
>;

interface Talk {
  readonly id: string;
  readonly date: string;
  readonly customer: Customer;
  readonly dealer: Dealer;
  readonly car: Car;
  readonly contact: Contact;
}

/** Customers who wait to sign. */
const LEADS = 12;

const MINUTES = {
  Phone: [1, 30],
  Email: [1, 10],
  Chat: [2, 25],
  "In-Person": [10, 120],
} as const;

const NOTES = {
  Sales: ["Asked for a quote for the", "Booked a test drive of the", "Wants to see the"],
  Support: ["Reported a warning light in the", "Brought in for service: the"],
  Marketing: ["Answered the campaign for the", "Wants the brochure of the", "Survey about the"],
} as const;

/** Talks to customers: some of them become buyers. */
export function createShowroom(company: Company): Showroom & { next: System<Interaction> } {
  const { random, people, shown } = company;
  const leads = company.memory.list<Lead>("leads");
  const undecided = createDueQueue<Talk>(company, "undecided");
  const service = createDueQueue<Car>(company, "service");

  return {
    lead: () => leads.shift(),
    expect: (round, car) => service.add(round, car),
    next(round, at) {
      const talk = next(round, at ?? "");
      return at === undefined ? undefined : {
        event_type: "interactions",
        event_id: company.id("INT", round),
        timestamp: at,
        interaction_id: talk.id,
        customer_id: talk.customer.id,
        customer_name: talk.customer.name,
        dealer_id: talk.dealer.id,
        interaction_date: talk.date,
        interaction_type: talk.contact.interaction_type,
        interaction_channel: talk.contact.interaction_channel,
        outcome: talk.contact.outcome,
        duration_minutes: talk.contact.duration_minutes,
        notes: talk.contact.notes,
      };
    },
  };

  function next(round: number, date: string): Talk {
    if (service.due <= round) {
      const car = service.take()!;
      if (car.owner) {
        const contact = { ...describe(car, "Support"), outcome: "Won" } as const;
        return begin(round, date, { customer: car.owner, car, contact });
      }
    }
    if (undecided.due <= round) return decide(undecided.take()!);
    const car = shown.length > 0 ? random.pick(shown) : undefined;
    if (!car) return undecided.size > 0 ? decide(undecided.take()!) : advertise(round, date);
    const customer = people.visitor(car.dealer.city);
    const wanted = leads.length < LEADS &&
      (round < OPENING ? leads.length === 0 : random.chance(0.3));
    const channel = wanted || random.chance(0.7) ? "Sales" : "Marketing";
    const contact = describe(car, channel);
    if (wanted && (round < OPENING || random.chance(0.85))) {
      win({ customer, car });
      return begin(round, date, { customer, car, contact: { ...contact, outcome: "Won" } });
    }
    if (!wanted && random.chance(0.8)) {
      return begin(round, date, { customer, car, contact: { ...contact, outcome: "Lost" } });
    }
    const talk = begin(round, date, { customer, car, contact: { ...contact, outcome: "Pending" } });
    undecided.add(round + random.between(10, 300), talk);
    return talk;
  }

  /** The same contact again, now with its outcome: won if the car can still be had. */
  function decide(talk: Talk): Talk {
    const wins = talk.car.shown >= 0 && leads.length < LEADS && random.chance(0.4);
    if (wins) win(talk);
    return { ...talk, contact: { ...talk.contact, outcome: wins ? "Won" : "Lost" } };
  }

  function win({ customer, car }: Lead): void {
    hide(company, car);
    car.isReserved = true;
    leads.push({ customer, car });
  }

  /** No car can be shown: a customer responds to a campaign for one that was just sold. */
  function advertise(round: number, date: string): Talk {
    const car = company.sold.at(random.below(company.sold.length));
    if (!car) throw new Error(`round ${round}: there is nothing to talk about`);
    const contact = { ...describe(car, "Marketing"), outcome: "Lost" } as const;
    return begin(round, date, { customer: people.visitor(car.dealer.city), car, contact });
  }

  function begin(
    round: number,
    date: string,
    about: { customer: Customer; car: Car; contact: Contact },
  ): Talk {
    return { id: company.id("INT", round), date, dealer: about.car.dealer, ...about };
  }

  function describe(car: Car, channel: keyof typeof NOTES): Omit<Contact, "outcome"> {
    const type = random.weighted([["Phone", 40], ["Email", 25], ["Chat", 20], ["In-Person", 15]]);
    const [low, high] = MINUTES[type];
    return {
      interaction_type: type,
      interaction_channel: channel,
      duration_minutes: random.between(low, high),
      notes: `${random.pick(NOTES[channel])} ${car.model.make} ${car.model.model}`,
    };
  }
}
