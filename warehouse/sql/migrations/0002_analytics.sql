-- Schema version 2: the questions that the warehouse answers, as views, and the indexes that they
-- need beyond those of version 1.
--
-- Facts point to the version of a member that was valid at their time; the views group by the ids,
-- and show what the current version says. A member whose name no event has told yet is shown by its
-- id. Times that an event does not tell (sale_date, last_updated …) are the time of the event.

-- States ------------------------------------------------------------------------------------------
-- Mostly a sale is one event. A writer that tells each change of it by a further event makes
-- several facts of one sale; only the latest is true now, and only that may be counted. Asked as
-- "no later one exists", not as "distinct on", because then a question about one dealer or month
-- reads that dealer's and that month's sales only. The comparison by event_id decides between equal
-- times.

create view warehouse.sale_states as
select s.*
from warehouse.fact_sales s
where not exists (
  select from warehouse.fact_sales later
  where later.sale_id = s.sale_id
    and (later.event_time, later.event_id) > (s.event_time, s.event_id)
);
comment on view warehouse.sale_states is 'One row a sale: what its latest event says.';

-- By the sale too: a payment stays with its sale, and so the index on sale_id is enough.
create view warehouse.payment_states as
select p.*
from warehouse.fact_payments p
where not exists (
  select from warehouse.fact_payments later
  where later.sale_id = p.sale_id and later.payment_id = p.payment_id
    and (later.event_time, later.event_id) > (p.event_time, p.event_id)
);
comment on view warehouse.payment_states is 'One row a payment: what its latest event says.';

create view warehouse.interaction_states as
select i.*
from warehouse.fact_interactions i
where not exists (
  select from warehouse.fact_interactions later
  where later.interaction_id = i.interaction_id
    and (later.event_time, later.event_id) > (i.event_time, i.event_id)
);
comment on view warehouse.interaction_states is
  'One row an interaction: what its latest event says.';

create view warehouse.procurement_states as
select p.*
from warehouse.fact_procurement p
where not exists (
  select from warehouse.fact_procurement later
  where later.supplier_key = p.supplier_key and later.procurement_id = p.procurement_id
    and (later.event_time, later.event_id) > (p.event_time, p.event_id)
);
create index fact_procurement_supplier
  on warehouse.fact_procurement (supplier_key, procurement_id);
comment on view warehouse.procurement_states is 'One row an order: what its latest event says.';

-- Sales and payments ------------------------------------------------------------------------------

create view warehouse.revenue_by_dealer_month as
select
  d.dealer_id,
  coalesce(d.name, d.dealer_id) as dealer,
  -- The expression of the index fact_sales_dealer_month.
  date_trunc('month', s.date_key::timestamp)::date as month,
  count(*) as sales,
  sum(s.final_price) as revenue,
  sum(s.discount_amount) as discount,
  round(avg(s.final_price), 2) as average_price
from warehouse.sale_states s
join warehouse.dim_dealer d using (dealer_key)
where s.sale_status = 'Completed'
group by d.dealer_id, d.name, month;
comment on view warehouse.revenue_by_dealer_month is
  'What each dealer sold in each month (its first day), by the day of the sale: completed sales only.';

create view warehouse.payment_coverage as
select
  s.sale_id,
  coalesce(s.sale_date, s.event_time) as sale_date,
  c.customer_id,
  s.sale_status,
  s.final_price,
  coalesce(p.paid, 0) as paid,
  coalesce(p.pending, 0) as pending,
  -- Not below 0: what one customer paid too much is not owed less by the others. Null, as coverage,
  -- if the price is not known; greatest() would make a 0 of it.
  case
    when s.final_price > coalesce(p.paid, 0) then s.final_price - coalesce(p.paid, 0)
    when s.final_price is not null then 0
  end as outstanding,
  case
    when coalesce(p.paid, 0) > s.final_price then 'overpaid'
    when coalesce(p.paid, 0) = s.final_price then 'paid'
    when coalesce(p.paid, 0) = 0 then 'unpaid'
    when p.paid < s.final_price then 'part paid'
  end as coverage
from warehouse.sale_states s
join warehouse.dim_customer c using (customer_key)
left join (
  select
    sale_id,
    sum(payment_amount) filter (where payment_status = 'Paid') as paid,
    sum(payment_amount) filter (where payment_status = 'Pending') as pending
  from warehouse.payment_states
  group by sale_id
) p using (sale_id)
where s.sale_status is distinct from 'Cancelled';
comment on view warehouse.payment_coverage is
  'One row a sale that is not cancelled: what has been paid of its price, what is under way, and what is left.';

create view warehouse.payments_without_sale as
select
  p.payment_id,
  p.sale_id,
  c.customer_id,
  coalesce(p.payment_date, p.event_time) as payment_date,
  p.payment_amount,
  p.payment_status,
  p.transaction_reference
from warehouse.payment_states p
join warehouse.dim_customer c using (customer_key)
where not exists (select from warehouse.fact_sales s where s.sale_id = p.sale_id);
comment on view warehouse.payments_without_sale is
  'Payments whose sale has not arrived, or that name none.';

-- Interactions ------------------------------------------------------------------------------------

create view warehouse.interaction_conversion as
select
  interaction_channel,
  interaction_type,
  count(*) as interactions,
  count(*) filter (where outcome = 'Won') as won,
  count(*) filter (where outcome = 'Lost') as lost,
  count(*) filter (where outcome = 'Pending') as pending,
  round(
    count(*) filter (where outcome = 'Won')::numeric
      / nullif(count(*) filter (where outcome in ('Won', 'Lost')), 0),
    4
  ) as conversion
from warehouse.interaction_states
group by interaction_channel, interaction_type;
comment on view warehouse.interaction_conversion is
  'How many contacts of each channel and type were won: conversion is their share of the decided ones, null if none is.';

-- Stock -------------------------------------------------------------------------------------------

create index fact_inventory_dealer on warehouse.fact_inventory (dealer_key);

create view warehouse.stock as
select
  latest.dealer_id,
  latest.dealer,
  latest.vehicle_id,
  v.make,
  v.model,
  latest.quantity,
  latest.stock_status,
  latest.as_of
from (
  select distinct on (d.dealer_id, version.vehicle_id)
    d.dealer_id,
    coalesce(d.name, d.dealer_id) as dealer,
    version.vehicle_id,
    i.quantity,
    i.stock_status,
    coalesce(i.last_updated, i.event_time) as as_of
  from warehouse.fact_inventory i
  join warehouse.dim_dealer d using (dealer_key)
  join warehouse.dim_vehicle version using (vehicle_key)
  -- Counts that name no vehicle are of different ones: none replaces another.
  where i.vehicle_key <> 0
  order by d.dealer_id, version.vehicle_id, as_of desc, i.event_time desc, i.event_id desc
) latest
join warehouse.dim_vehicle v on v.vehicle_id = latest.vehicle_id and v.is_current;
comment on view warehouse.stock is
  'The latest count of each vehicle at each dealer; also of those that are out of stock or to come.';

create view warehouse.days_in_stock as
select
  v.vehicle_id,
  v.make,
  v.model,
  stay.since as in_stock_since,
  sold.sold_at,
  -- A vehicle that vanished from the counts without a sale does not age any more.
  round(
    extract(epoch from
      coalesce(
        sold.sold_at,
        case when stay.last_in < stay.last_count then stay.last_in else now() at time zone 'UTC' end
      ) - stay.since
    ) / 86400,
    1
  ) as days
from (
  select
    version.vehicle_id,
    min(count.at) filter (where count.in_stock) as since,
    max(count.at) filter (where count.in_stock) as last_in,
    max(count.at) as last_count
  from warehouse.fact_inventory i
  join warehouse.dim_vehicle version using (vehicle_key)
  cross join lateral (
    select
      coalesce(i.last_updated, i.event_time) as at,
      coalesce(i.stock_status = 'In Stock', i.quantity > 0) as in_stock
  ) count
  where i.vehicle_key <> 0
  group by version.vehicle_id
) stay
join warehouse.dim_vehicle v on v.vehicle_id = stay.vehicle_id and v.is_current
cross join lateral (
  select min(coalesce(s.sale_date, s.event_time)) as sold_at
  from warehouse.dim_vehicle version
  join warehouse.sale_states s using (vehicle_key)
  where version.vehicle_id = stay.vehicle_id
    and s.sale_status = 'Completed'
    and coalesce(s.sale_date, s.event_time) >= stay.since
) sold
where stay.since is not null;
comment on view warehouse.days_in_stock is
  'One row a vehicle that has been counted in stock: the days from the first such count to its first completed sale since then, or until now, or until it was last counted in stock.';

create view warehouse.procurement_by_supplier as
select
  supplier_id,
  supplier,
  ordered,
  received,
  returned,
  received_cost,
  -- Of all that was delivered: what was returned had been received before.
  round(returned::numeric / nullif(received + returned, 0), 4) as return_rate
from (
  select
    s.supplier_id,
    coalesce(s.name, s.supplier_id) as supplier,
    coalesce(sum(p.quantity) filter (where p.procurement_status = 'Ordered'), 0) as ordered,
    coalesce(sum(p.quantity) filter (where p.procurement_status = 'Received'), 0) as received,
    coalesce(sum(p.quantity) filter (where p.procurement_status = 'Returned'), 0) as returned,
    coalesce(sum(p.quantity * p.cost_price) filter (where p.procurement_status = 'Received'), 0)
      as received_cost
  from warehouse.procurement_states p
  join warehouse.dim_supplier s using (supplier_key)
  group by s.supplier_id, s.name
) supplied;
comment on view warehouse.procurement_by_supplier is
  'Quantities of each supplier''s orders by their present status, what the received ones cost, and the share of the delivered that was returned.';

-- Telemetry ---------------------------------------------------------------------------------------

-- What is normal for a vehicle is taken from the 100 readings before its latest: the index finds
-- them, however many there are in all, and a mean over years would hide what changes. The latest is
-- not among those that it is measured by: of 11 values none can be more than 3.02 standard
-- deviations from the mean of all 11, so a vehicle with few readings would hardly ever stand out.
create view warehouse.telemetry_health as
select
  v.vehicle_id,
  v.vin,
  v.make,
  v.model,
  health.last_seen,
  health.speed,
  health.fuel_level,
  health.engine_temperature,
  health.low_fuel,
  health.hot,
  health.temperature_outlier,
  array_remove(array[
    case when health.low_fuel then 'low fuel' end,
    case when health.hot then 'hot' end,
    case when health.temperature_outlier then 'temperature outlier' end
  ], null) as alerts
from (
  select
    vehicle_id,
    max(event_time) as last_seen,
    max(speed) filter (where place = 1) as speed,
    max(fuel_level) filter (where place = 1) as fuel_level,
    max(engine_temperature) filter (where place = 1) as engine_temperature,
    coalesce(bool_or(fuel_level < 10) filter (where place = 1), false) as low_fuel,
    coalesce(bool_or(engine_temperature > 105) filter (where place = 1), false) as hot,
    -- A parked car is cold: only a moving one can be compared with its moving readings.
    coalesce(
      bool_or(speed > 0) filter (where place = 1)
        and count(engine_temperature) filter (where place > 1 and speed > 0) >= 10
        and abs(
          max(engine_temperature) filter (where place = 1)
            - avg(engine_temperature) filter (where place > 1 and speed > 0)
        ) > 3 * stddev_samp(engine_temperature) filter (where place > 1 and speed > 0),
      false
    ) as temperature_outlier
  from (
    select
      version.vehicle_id,
      t.*,
      row_number() over (
        partition by version.vehicle_id
        order by t.event_time desc, t.event_id desc
      ) as place
    from warehouse.dim_vehicle version
    cross join lateral (
      select event_time, event_id, speed, fuel_level, engine_temperature
      from warehouse.fact_telemetry
      where vehicle_key = version.vehicle_key
      order by event_time desc
      limit 101
    ) t
    where version.vehicle_key <> 0
  ) reading
  where place <= 101
  group by vehicle_id
) health
join warehouse.dim_vehicle v on v.vehicle_id = health.vehicle_id and v.is_current;
comment on view warehouse.telemetry_health is
  'One row a vehicle that has sent readings: its latest, and what is wrong with it. Low fuel is below 10 %, hot above 105 °C; an outlier is a moving reading whose temperature is more than 3 standard deviations from the mean of the vehicle''s moving ones before it (at least 10 of the 100 readings before).';

-- The pipeline itself -----------------------------------------------------------------------------

create index load_ledger_loaded on warehouse.load_ledger (loaded_at);

-- Loads are numbered as they begin, so what was loaded in the last day lies behind the lowest
-- number of its loads: the bound lets BRIN skip what is older. (A file that had failed keeps its
-- number when it is loaded at last; then more is read for a day.)
create view warehouse.pipeline_freshness as
with recent as (
  select load_id, type, loaded_at
  from warehouse.load_ledger
  where status = 'loaded' and loaded_at > now() - interval '24 hours'
), fact as (
  select load_id, event_time from warehouse.fact_sales
  union all select load_id, event_time from warehouse.fact_payments
  union all select load_id, event_time from warehouse.fact_interactions
  union all select load_id, event_time from warehouse.fact_inventory
  union all select load_id, event_time from warehouse.fact_procurement
  union all select load_id, event_time from warehouse.fact_telemetry
), lag as (
  select
    recent.type,
    count(*) as events,
    percentile_cont(array[0.5, 0.95]) within group (
      order by extract(epoch from recent.loaded_at at time zone 'UTC' - fact.event_time)::float8
    ) as seconds
  from recent
  join fact using (load_id)
  where fact.load_id >= (select min(load_id) from recent)
  group by recent.type
)
select
  ledger.type,
  coalesce(lag.events, 0) as events,
  lag.seconds[1] as p50_seconds,
  lag.seconds[2] as p95_seconds,
  ledger.last_loaded_at
from (
  select type, max(loaded_at) as last_loaded_at
  from warehouse.load_ledger
  where status = 'loaded'
  group by type
) ledger
left join lag using (type);
comment on view warehouse.pipeline_freshness is
  'How long the events that were loaded in the last 24 hours took from their own time into the warehouse, per type; and when a file of the type was last loaded, however long ago.';
