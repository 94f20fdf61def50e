/** What an analyst asks of a view. */
export interface Question {
  readonly view: string;
  /** In words. */
  readonly asks: string;
  /** In SQL. None has an answer that depends on when it is asked. */
  readonly sql: string;
}

/** One of each view of the warehouse. */
export const questions: readonly Question[] = [
  {
    view: "revenue_by_dealer_month",
    asks: "How do a dealer's months compare?",
    sql: `SELECT dealer, month, sales, revenue, discount, average_price
FROM warehouse.revenue_by_dealer_month WHERE dealer LIKE 'Durban%' ORDER BY month`,
  },
  {
    view: "payment_coverage",
    asks: "Who bought six weeks ago or earlier, and owes most?",
    sql: `SELECT sale_id, sale_date::date, customer_id, final_price, paid, outstanding, coverage
FROM warehouse.payment_coverage
WHERE sale_status = 'Completed' AND sale_date < '2026-06-18' AND outstanding > 0
ORDER BY outstanding DESC LIMIT 5`,
  },
  {
    view: "payments_without_sale",
    asks: "Which payments belong to no sale?",
    sql: `SELECT payment_id, sale_id, payment_date, payment_amount, payment_status
FROM warehouse.payments_without_sale LIMIT 5`,
  },
  {
    view: "interaction_conversion",
    asks: "Which contacts lead to sales?",
    sql: `SELECT interaction_channel, interaction_type, interactions, won, lost, pending, conversion
FROM warehouse.interaction_conversion ORDER BY conversion DESC`,
  },
  {
    view: "stock",
    asks: "Which cars did a dealer count last?",
    sql: `SELECT dealer, vehicle_id, make, model, quantity, stock_status, as_of
FROM warehouse.stock WHERE dealer LIKE 'Durban%' ORDER BY as_of DESC LIMIT 5`,
  },
  {
    view: "days_in_stock",
    asks: "Which models stand longest before they are sold?",
    sql: `SELECT make, model, count(*) AS sold, round(avg(days), 1) AS days, max(days) AS longest
FROM warehouse.days_in_stock WHERE sold_at IS NOT NULL
GROUP BY make, model ORDER BY avg(days) DESC LIMIT 5`,
  },
  {
    view: "procurement_by_supplier",
    asks: "Whose cars go back most often?",
    sql: `SELECT supplier, ordered, received, returned, received_cost, return_rate
FROM warehouse.procurement_by_supplier ORDER BY return_rate DESC LIMIT 5`,
  },
  {
    view: "telemetry_health",
    asks: "Which cars have something wrong with them?",
    sql: `SELECT vehicle_id, make, model, last_seen, speed, fuel_level, engine_temperature, alerts
FROM warehouse.telemetry_health WHERE cardinality(alerts) > 0 ORDER BY last_seen DESC LIMIT 5`,
  },
  {
    view: "pipeline_freshness",
    asks: "How long does an event take to get here? (These are history, and only counted.)",
    sql: `SELECT type, events, p50_seconds, p95_seconds, history
FROM warehouse.pipeline_freshness ORDER BY type`,
  },
  {
    view: "new_values",
    asks: "Which values are not in the set of their field?",
    sql: "SELECT type, field, value, facts, files FROM warehouse.new_values LIMIT 5",
  },
  {
    view: "facts_with_new_values",
    asks: "Which facts have them?",
    sql: "SELECT type, event_id, field, value FROM warehouse.facts_with_new_values LIMIT 5",
  },
  {
    view: "sale_states",
    asks: "What share of the sales falls through?",
    sql: `SELECT sale_status, count(*) AS sales, sum(final_price) AS price
FROM warehouse.sale_states GROUP BY sale_status ORDER BY sale_status`,
  },
  {
    view: "payment_states",
    asks: "How much is collected, under way, failed?",
    sql: `SELECT payment_status, count(*) AS payments, sum(payment_amount) AS amount
FROM warehouse.payment_states GROUP BY payment_status ORDER BY payment_status`,
  },
  {
    view: "interaction_states",
    asks: "How many contacts does a month have?",
    sql: `SELECT date_trunc('month', interaction_date)::date AS month, outcome, count(*) AS contacts
FROM warehouse.interaction_states GROUP BY month, outcome ORDER BY month, outcome`,
  },
  {
    view: "procurement_states",
    asks: "What has become of the orders of a month?",
    sql:
      `SELECT date_trunc('month', procurement_date)::date AS month, procurement_status, count(*) AS orders
FROM warehouse.procurement_states GROUP BY month, procurement_status ORDER BY month, procurement_status`,
  },
];
