-- Schema version 4: the freshness of what flows. Files of years past, and years that somebody has
-- mistyped, said that events take months (p50 of 28 million seconds). An event that was more than
-- seven days old when its file landed, which is as long as Kafka keeps one by default, is history
-- that was brought in. One from the future says nothing either; the loader rejects them now, but
-- has not always.

create or replace view warehouse.pipeline_freshness as
with recent as (
  select load_id, type, loaded_at, landed_at at time zone 'UTC' as landed
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
    select fact.event_time
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
  'How long the events that were loaded in the last 24 hours took from their own time into the warehouse, per type; without those that were more than seven days old when their file landed, which history counts. And when a file of the type was last loaded, however long ago.';
