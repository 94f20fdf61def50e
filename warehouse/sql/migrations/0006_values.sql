-- Schema version 6: fields with a set of values take others, too, and name them; readings are held to
-- what a vehicle can do; the freshness is that of streamed files.

-- Sets of values ----------------------------------------------------------------------------------
-- A set is what our own producers write and downstream programs expect. Another writer's word for it
-- is a habit, no fault: a sale to a fleet is a sale. The sets below are the catalogue's
-- (shared/catalogue/events.ts); a test holds them together.

alter table warehouse.fact_sales
  drop constraint sale_channel_known,
  drop constraint sale_status_known,
  drop constraint payment_method_known;
alter table warehouse.fact_payments
  drop constraint payment_method_known,
  drop constraint payment_status_known;
alter table warehouse.fact_interactions
  drop constraint interaction_type_known,
  drop constraint interaction_channel_known,
  drop constraint outcome_known;
alter table warehouse.fact_inventory drop constraint stock_status_known;
alter table warehouse.fact_procurement drop constraint procurement_status_known;

-- By the load: a value may be longer than an index can hold.
create index fact_sales_new_values on warehouse.fact_sales (load_id)
  where sale_channel not in ('Dealership', 'Online', 'Auction', 'Private')
    or sale_status not in ('Completed', 'Pending', 'Cancelled')
    or payment_method not in ('Credit Card', 'Bank Transfer', 'Debit Card', 'Check');
create index fact_payments_new_values on warehouse.fact_payments (load_id)
  where payment_method not in ('Credit Card', 'Bank Transfer', 'Debit Card', 'Check')
    or payment_status not in ('Paid', 'Pending', 'Failed', 'Refunded');
create index fact_interactions_new_values on warehouse.fact_interactions (load_id)
  where interaction_type not in ('Phone', 'Email', 'Chat', 'In-Person')
    or interaction_channel not in ('Sales', 'Support', 'Marketing')
    or outcome not in ('Won', 'Lost', 'Pending', 'Cancelled');
create index fact_inventory_new_values on warehouse.fact_inventory (load_id)
  where stock_status not in ('In Stock', 'Out of Stock', 'Coming Soon');
create index fact_procurement_new_values on warehouse.fact_procurement (load_id)
  where procurement_status not in ('Ordered', 'Received', 'Returned');

create view warehouse.facts_with_new_values as
select 'sales' as type, f.load_id, f.event_id, v.field, v.value
from warehouse.fact_sales f
cross join lateral (values
  ('sale_channel', f.sale_channel,
    f.sale_channel not in ('Dealership', 'Online', 'Auction', 'Private')),
  ('sale_status', f.sale_status,
    f.sale_status not in ('Completed', 'Pending', 'Cancelled')),
  ('payment_method', f.payment_method,
    f.payment_method not in ('Credit Card', 'Bank Transfer', 'Debit Card', 'Check'))
) v (field, value, is_new)
where v.is_new
  and (f.sale_channel not in ('Dealership', 'Online', 'Auction', 'Private')
    or f.sale_status not in ('Completed', 'Pending', 'Cancelled')
    or f.payment_method not in ('Credit Card', 'Bank Transfer', 'Debit Card', 'Check'))
union all
select 'payments', f.load_id, f.event_id, v.field, v.value
from warehouse.fact_payments f
cross join lateral (values
  ('payment_method', f.payment_method,
    f.payment_method not in ('Credit Card', 'Bank Transfer', 'Debit Card', 'Check')),
  ('payment_status', f.payment_status,
    f.payment_status not in ('Paid', 'Pending', 'Failed', 'Refunded'))
) v (field, value, is_new)
where v.is_new
  and (f.payment_method not in ('Credit Card', 'Bank Transfer', 'Debit Card', 'Check')
    or f.payment_status not in ('Paid', 'Pending', 'Failed', 'Refunded'))
union all
select 'interactions', f.load_id, f.event_id, v.field, v.value
from warehouse.fact_interactions f
cross join lateral (values
  ('interaction_type', f.interaction_type,
    f.interaction_type not in ('Phone', 'Email', 'Chat', 'In-Person')),
  ('interaction_channel', f.interaction_channel,
    f.interaction_channel not in ('Sales', 'Support', 'Marketing')),
  ('outcome', f.outcome,
    f.outcome not in ('Won', 'Lost', 'Pending', 'Cancelled'))
) v (field, value, is_new)
where v.is_new
  and (f.interaction_type not in ('Phone', 'Email', 'Chat', 'In-Person')
    or f.interaction_channel not in ('Sales', 'Support', 'Marketing')
    or f.outcome not in ('Won', 'Lost', 'Pending', 'Cancelled'))
union all
select 'inventory', f.load_id, f.event_id, 'stock_status', f.stock_status
from warehouse.fact_inventory f
where f.stock_status not in ('In Stock', 'Out of Stock', 'Coming Soon')
union all
select 'procurement', f.load_id, f.event_id, 'procurement_status', f.procurement_status
from warehouse.fact_procurement f
where f.procurement_status not in ('Ordered', 'Received', 'Returned');
comment on view warehouse.facts_with_new_values is
  'One row a value of a fact that is not in the set of its field; read by the indexes of new values.';

create view warehouse.new_values as
select
  n.type,
  n.field,
  n.value,
  count(*) as facts,
  count(distinct n.load_id) as files,
  min(l.loaded_at) as first_loaded_at,
  max(l.loaded_at) as last_loaded_at,
  (array_agg(l.key order by n.load_id))[1] as first_file
from warehouse.facts_with_new_values n
join warehouse.load_ledger l using (load_id)
group by n.type, n.field, n.value;
comment on view warehouse.new_values is
  'Values that are not in the set of their field: how many facts have each, in how many files, and where it was met first.';

-- Readings ----------------------------------------------------------------------------------------
-- Not valid: earlier versions took what is beyond, and what is loaded stays.

alter table warehouse.fact_telemetry
  add constraint speed_possible check (speed between 0 and 350) not valid,
  add constraint engine_temperature_possible
    check (engine_temperature between -50 and 250) not valid;

-- Views -------------------------------------------------------------------------------------------

create or replace view warehouse.interaction_conversion as
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
  ) as conversion,
  count(*) filter (where (outcome in ('Won', 'Lost', 'Pending')) is not true) as other
from warehouse.interaction_states
group by interaction_channel, interaction_type;
comment on view warehouse.interaction_conversion is
  'How many contacts of each channel and type were won: conversion is their share of the decided ones, null if none is. Other ones were cancelled, or have an outcome of another writer''s, or none.';

create or replace view warehouse.procurement_by_supplier as
select
  supplier_id,
  supplier,
  ordered,
  received,
  returned,
  received_cost,
  -- Of all that was delivered: what was returned had been received before.
  round(returned::numeric / nullif(received + returned, 0), 4) as return_rate,
  other
from (
  select
    s.supplier_id,
    coalesce(s.name, s.supplier_id) as supplier,
    coalesce(sum(p.quantity) filter (where p.procurement_status = 'Ordered'), 0) as ordered,
    coalesce(sum(p.quantity) filter (where p.procurement_status = 'Received'), 0) as received,
    coalesce(sum(p.quantity) filter (where p.procurement_status = 'Returned'), 0) as returned,
    coalesce(sum(p.quantity * p.cost_price) filter (where p.procurement_status = 'Received'), 0)
      as received_cost,
    coalesce(
      sum(p.quantity) filter (
        where (p.procurement_status in ('Ordered', 'Received', 'Returned')) is not true
      ),
      0
    ) as other
  from warehouse.procurement_states p
  join warehouse.dim_supplier s using (supplier_key)
  group by s.supplier_id, s.name
) supplied;
comment on view warehouse.procurement_by_supplier is
  'Quantities of each supplier''s orders by their present status, what the received ones cost, and the share of the delivered that was returned. Other ones were cancelled, say.';

-- The freshness of what flows ---------------------------------------------------------------------

create or replace view warehouse.pipeline_freshness as
with recent as (
  select load_id, type, loaded_at, landed_at at time zone 'UTC' as landed,
    -- The stamp of a landing in the name; an export of a year has none.
    key ~ '_\d{8}_\d{6}[^/]*$' as is_streamed
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
    count(*) filter (where flows) as events,
    percentile_cont(array[0.5, 0.95]) within group (
      order by extract(epoch from recent.loaded_at at time zone 'UTC' - fact.event_time)::float8
    ) filter (where flows) as seconds,
    count(*) filter (where not flows) as history
  from recent
  join fact using (load_id)
  cross join lateral (
    select recent.is_streamed and fact.event_time
      between recent.landed - interval '7 days' and recent.landed + interval '1 day' as flows
  ) age
  where fact.load_id >= (select min(load_id) from recent)
  group by recent.type
)
select
  ledger.type,
  coalesce(lag.events, 0) as events,
  lag.seconds[1] as p50_seconds,
  lag.seconds[2] as p95_seconds,
  ledger.last_loaded_at,
  coalesce(lag.history, 0) as history
from (
  select type, max(loaded_at) as last_loaded_at
  from warehouse.load_ledger
  where status = 'loaded'
  group by type
) ledger
left join lag using (type);
comment on view warehouse.pipeline_freshness is
  'How long the events that were loaded in the last 24 hours took from their own time into the warehouse, per type: those of streamed files, whose names have a stamp, without those that were more than seven days old when their file landed. History counts the others. And when a file of the type was last loaded, however long ago.';
