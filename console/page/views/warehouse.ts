/// <reference lib="dom" />
import type { VNode } from "preact";
import type { Answers } from "../../api/answers.ts";
import type { Relation, RelationRows, WarehouseOverview } from "../../api/warehouse.ts";
import { bytes, count, duration, plural } from "../format.ts";
import { html } from "../html.ts";
import { Answer, Table, useAsked } from "../parts.ts";
import { Bars, Spots } from "../pictures.ts";
import { hrefOf, type Route } from "../router.ts";

/** How often the views are asked again, in ms. */
const EVERY_MS = 15_000;

/** What the warehouse holds, and what its views answer; or the rows of one of them. */
export function WarehouseView({ route: { rest } }: { route: Route }): VNode {
  return rest === "" ? html`<${Overview} />` : html`<${Rows} name=${rest} />`;
}

function Overview(): VNode {
  const asked = useAsked<WarehouseOverview>("warehouse", EVERY_MS);
  return html`
    <h1>Warehouse</h1>
    <${Answer} asked=${asked}>${({ relations, answers }: WarehouseOverview) =>
      html`
        <${Pictures} answers=${answers} />
        <h2>Tables and views</h2>
        <${Table} caption="Tables and views" rows=${relations} columns=${[
          {
            title: "name",
            value: ({ name }: Relation) => html`<a href=${hrefOf("warehouse", name)}>${name}</a>`,
          },
          { title: "rows, about", isFigure: true, value: ({ rows }: Relation) => count(rows) },
          {
            title: "size",
            isFigure: true,
            value: (one: Relation) => bytes(one.bytes ?? undefined),
          },
          { title: "about", isWide: true, value: ({ about }: Relation) => about },
        ]} />
      `}<//>
  `;
}

function Pictures({ answers }: { answers: Answers }): VNode {
  const money = (value: number) => count(Math.round(value));
  const { paid, pending, outstanding } = answers.coverage;
  const whole = paid + pending + outstanding;
  const share = (part: number, whole: number) =>
    whole > 0 ? `${Math.round(100 * part / whole)} %` : "–";
  return html`
    <div class="pictures">
      <${Bars} title="Revenue by month" bars=${answers.revenue.map(({ month, revenue, sales }) => (
        { label: month, values: [revenue], text: `${money(revenue)} · ${count(sales)} sales` }
      ))} />
      <${Bars} title="Revenue by dealer" bars=${answers.dealers.map((
        { dealer, revenue, sales },
      ) => (
        { label: dealer, values: [revenue], text: `${money(revenue)} · ${count(sales)} sales` }
      ))} />
      <${Bars} title="Payments of completed sales" keys=${[
        "paid",
        "pending",
        "outstanding",
      ]} bars=${whole > 0
        ? [{
          label: "all sales",
          values: [paid, pending, outstanding],
          text: `${share(paid, whole)} paid`,
        }]
        : []} />
      <${Bars} title="Interactions" keys=${["won", "pending", "lost"]} bars=${answers.conversion
        .map(({ channel, won, lost, pending }) => (
          { label: channel, values: [won, pending, lost], text: `${share(won, won + lost)} won` }
        ))} />
      <${Bars} title="Cars in stock" bars=${answers.stock.map(({ dealer, cars }) => ({
        label: dealer,
        values: [cars],
        text: count(cars),
      }))} />
      <${Bars} title="Days in stock" bars=${answers.daysInStock.map(({ days, cars }) => ({
        label: days,
        values: [cars],
        text: plural(cars, "car"),
      }))} />
      <${Bars} title="From event to warehouse, p50 of the last 24 h" bars=${answers.freshness.map((
        { type, p50, p95 },
      ) => (
        { label: type, values: [p50 ?? 0], text: `${duration(p50)}, p95 ${duration(p95)}` }
      ))} />
      <${Spots} title="Cars on the road" spots=${answers.cars.map((
        { vehicle, latitude, longitude, faults },
      ) => (
        {
          x: longitude,
          y: latitude,
          title: [vehicle, ...faults].join(", "),
          isIll: faults.length > 0,
        }
      ))} />
    </div>
  `;
}

function Rows({ name }: { name: string }): VNode {
  const asked = useAsked<RelationRows>(`warehouse/${encodeURIComponent(name)}`);
  return html`
    <h1>warehouse.${name}</h1>
    <p><a href=${hrefOf("warehouse")}>← all tables and views</a></p>
    <${Answer} asked=${asked}>${({ columns, rows, hasMore }: RelationRows) =>
      html`
        <${Table} caption=${`Rows of ${name}`} rows=${rows} empty="It has no rows"
          columns=${columns.map((title, i) => ({
            title,
            value: (row: RelationRows["rows"][number]) => row[i],
          }))} />${hasMore && html`<p class="quiet">The first ${count(rows.length)} rows</p>`}
      `}<//>
  `;
}
