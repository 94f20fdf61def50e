-- Schema version 5: a vehicle is known by its VIN as well as by an id, a customer by an e-mail; master
-- data describes the members of the dimensions; a customer can be forgotten.

-- What identifies -----------------------------------------------------------------------------------

create function warehouse.vin_of(p_text text) returns text language sql immutable as $$
  select case when vin ~ '[0-9]' and length(vin) between 4 and 64 then vin end
  from (
    -- A real VIN has 17 characters, and may end with XX; what is not one, and does, was spoilt.
    select case when length(vin) <> 17 then regexp_replace(vin, '([0-9])XX$', '\1') else vin end as vin
    from (select upper(regexp_replace(p_text, '[\s-]', '', 'g')) as vin) plain
    where vin ~ '^[A-Z0-9]+$'
  ) clean
$$;
comment on function warehouse.vin_of is
  'A VIN as it identifies: in upper case, without blanks, hyphens and the XX of spoilt ones. Null for what identifies no vehicle: other characters, fewer than 4, no digit.';

create function warehouse.email_of(p_text text) returns text language sql immutable as $$
  select case when btrim(p_text) ~ '^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$' then btrim(p_text) end
$$;
comment on function warehouse.email_of is 'An e-mail address without blanks around it; null if it is none.';

create function warehouse.tidy(p_text text) returns text language sql immutable as $$
  select nullif(btrim(regexp_replace(p_text, '\?\?+\s*$', '')), '')
$$;
comment on function warehouse.tidy is
  'Text without blanks around it, and without the ?? at the end that some writers'' exports leave; null if nothing is left.';

create function warehouse.time_of(p_text text) returns timestamp language sql stable as $$
  select case
    when p_text ~ '^\d{4}-\d\d-\d\d' and pg_input_is_valid(p_text, 'timestamp') then p_text::timestamp
  end
$$;
comment on function warehouse.time_of is 'Text as a time, or null if it is none: a day that does not exist, another form.';

-- Members -------------------------------------------------------------------------------------------
-- A member that no id is told of has none. `member` tells it apart all the same, and is what a query
-- groups the versions of one customer or vehicle by.

alter table warehouse.dim_customer alter customer_id drop not null,
  add column member text collate "C" not null
    generated always as (coalesce(customer_id, 'email:' || lower(email))) stored,
  add column phone text,
  add column gender text,
  add column date_of_birth date,
  add column address text,
  add column city text,
  add column province text,
  add column postal_code text,
  add column country text,
  add column status text,
  add column stated_at timestamp not null default '-infinity';
create unique index dim_customer_member on warehouse.dim_customer (member, valid_from);
create unique index dim_customer_member_current on warehouse.dim_customer (member) where is_current;

-- Before the index: the same VIN was stored in several ways.
update warehouse.dim_vehicle set vin = warehouse.vin_of(vin) where vin <> warehouse.vin_of(vin);
alter table warehouse.dim_vehicle alter vehicle_id drop not null,
  add column member text collate "C" not null
    generated always as (coalesce(vehicle_id, 'vin:' || vin)) stored,
  add column year int,
  add column color text,
  add column engine_type text,
  add column transmission text,
  add column fuel text,
  add column country text,
  add column manufactured date,
  add column dealer_id text,
  add column status text,
  add column stated_at timestamp not null default '-infinity';
create unique index dim_vehicle_member on warehouse.dim_vehicle (member, valid_from);
create unique index dim_vehicle_member_current on warehouse.dim_vehicle (member) where is_current;

alter table warehouse.dim_dealer
  add column code text,
  add column type text,
  add column phone text,
  add column email text,
  add column address text,
  add column city text,
  add column province text,
  add column postal_code text,
  add column country text,
  add column status text,
  add column stated_at timestamp not null default '-infinity';
alter table warehouse.dim_supplier
  add column type text,
  add column contact_name text,
  add column contact_email text,
  add column contact_phone text,
  add column city text,
  add column province text,
  add column postal_code text,
  add column country text,
  add column status text,
  add column stated_at timestamp not null default '-infinity';

comment on column warehouse.dim_customer.customer_id is
  'Null for a customer who is known by the e-mail only.';
comment on column warehouse.dim_customer.member is
  'Tells customers apart: the id, or email: and the e-mail where no id is known.';
comment on column warehouse.dim_vehicle.vehicle_id is
  'Null for a vehicle that is known by its VIN only.';
comment on column warehouse.dim_vehicle.member is
  'Tells vehicles apart: the id, or vin: and the VIN where no id is known.';
comment on column warehouse.dim_vehicle.country is 'Where it was made.';
comment on column warehouse.dim_vehicle.dealer_id is 'The dealer that master data names.';
comment on column warehouse.dim_customer.stated_at is
  'The time of the latest row of master data about the member; -infinity if there was none.';
comment on column warehouse.dim_vehicle.stated_at is 'As in dim_customer.';
comment on column warehouse.dim_dealer.stated_at is 'As in dim_customer.';
comment on column warehouse.dim_supplier.stated_at is 'As in dim_customer.';
comment on table warehouse.dim_dealer is
  'Dealers as they are now (type 1): a dealer that is renamed stays one line in every report. What was overwritten is in former_values.';
comment on table warehouse.dim_supplier is 'Suppliers as they are now (type 1), as dim_dealer.';

create table warehouse.known_by (
  dimension text,
  key text collate "C",
  id varchar(64) collate "C",
  primary key (dimension, key)
);
comment on table warehouse.known_by is
  'What identifies a member besides its id: the VINs of vehicles, the e-mails of customers (in lower case). One that several ids have been told with identifies none of them: its id is null.';

insert into warehouse.known_by (dimension, key, id)
select 'vehicle', key, case when count(distinct vehicle_id) = 1 then min(vehicle_id) end
from (select warehouse.vin_of(vin) as key, vehicle_id from warehouse.dim_vehicle where vehicle_key > 0) v
where key is not null and vehicle_id <> ''
group by key
union all
select 'customer', key, case when count(distinct customer_id) = 1 then min(customer_id) end
from (
  select lower(warehouse.email_of(email)) as key, customer_id
  from warehouse.dim_customer where customer_key > 0
) c
where key is not null and customer_id <> ''
group by key;

-- Facts move from a member without an id to the one that it turns out to be.
create index fact_sales_customer on warehouse.fact_sales (customer_key);
create index fact_payments_customer on warehouse.fact_payments (customer_key);
create index fact_interactions_customer on warehouse.fact_interactions (customer_key);
create index fact_procurement_vehicle on warehouse.fact_procurement (vehicle_key);

-- What was told -------------------------------------------------------------------------------------

create table warehouse.former_values (
  dimension text not null,
  key bigint not null,
  attribute text not null,
  value text not null,
  primary key (dimension, key, attribute, value)
);
comment on table warehouse.former_values is
  'What a version of a member was told to be, and is not any more: names before the latest, attributes of a member that turned out to be another. No accepted value vanishes.';

create function warehouse.keep_former() returns trigger language plpgsql as $$
begin
  -- Forgetting does not keep what it blanks.
  if current_setting('warehouse.forgetting', true) = 'on' then return null; end if;
  insert into warehouse.former_values (dimension, key, attribute, value)
  select tg_argv[0], (to_jsonb(old) ->> (tg_argv[0] || '_key'))::bigint, was.key, was.value
  from jsonb_each_text(to_jsonb(old)) was
  where was.value is not null
    and was.key <> all (warehouse.bookkeeping(tg_argv[0]))
    and was.value is distinct from to_jsonb(new) ->> was.key
  on conflict do nothing;
  return null;
end $$;
comment on function warehouse.keep_former is 'Keeps what an update of a member overwrites.';

create function warehouse.bookkeeping(p_dimension text) returns text[] language sql immutable as $$
  select array[p_dimension || '_key', p_dimension || '_id', 'member', 'valid_from', 'valid_to', 'as_of',
    'stated_at', 'is_current']
$$;
comment on function warehouse.bookkeeping is 'The columns of a dimension that are no attributes of its members.';

create trigger keep_former after update on warehouse.dim_customer
  for each row execute function warehouse.keep_former('customer');
create trigger keep_former after update on warehouse.dim_vehicle
  for each row execute function warehouse.keep_former('vehicle');
create trigger keep_former after update on warehouse.dim_dealer
  for each row execute function warehouse.keep_former('dealer');
create trigger keep_former after update on warehouse.dim_supplier
  for each row execute function warehouse.keep_former('supplier');

create table warehouse.master_rows (
  type text not null,
  id text not null,
  content bigint not null,
  load_id bigint not null references warehouse.load_ledger,
  line int not null,
  stated_at timestamp not null,
  told jsonb not null,
  left_out text[],
  primary key (type, id, content)
);
create index master_rows_load on warehouse.master_rows using brin (load_id);
comment on table warehouse.master_rows is
  'One row a row of master data, as it was told; the same again, in whatever file or format, is a repeat. What of it holds now is in the dimension.';
comment on column warehouse.master_rows.type is 'customers, vehicles, dealers or suppliers.';
comment on column warehouse.master_rows.id is 'The member: its id, or as dim_customer.member and dim_vehicle.member.';
comment on column warehouse.master_rows.content is 'A hash of the row, by which a repeat is known.';
comment on column warehouse.master_rows.stated_at is
  'What the row is dated by: updated_at, else created_at, else when its file landed.';
comment on column warehouse.master_rows.told is 'Its cells that are not empty.';
comment on column warehouse.master_rows.left_out is
  'Cells that the dimension did not get, because they are not what they should be.';

create table warehouse.forgotten (
  what text not null,
  value text collate "C" not null,
  forgotten_at timestamptz not null default clock_timestamp(),
  primary key (what, value)
);
comment on table warehouse.forgotten is
  'Customers whose personal data was blanked, by id (what is customer_id) and by the SHA-256 of their e-mails in lower case (what is email): what a later row says of them is not taken.';

-- Observing -----------------------------------------------------------------------------------------

drop function warehouse.observe_customer;
drop function warehouse.observe_vehicle;
drop function warehouse.observe_dealer;
drop function warehouse.observe_supplier;

create function warehouse.member_of(p_dimension text, p_id text, p_key text) returns text
language sql stable as $$
  select coalesce(
    p_id,
    (select id from warehouse.known_by where dimension = p_dimension and key = p_key),
    case p_dimension when 'customer' then 'email:' when 'vehicle' then 'vin:' end || p_key
  )
$$;
comment on function warehouse.member_of is
  'The member that an id, else a VIN or an e-mail, identifies; as the column member has it.';

-- One text for all dimensions, so that each has functions of static SQL, whose plans are kept: a file may
-- bring thousands of new members. DIM is the dimension, ATTRIBUTES are the columns that describe a member.
do $do$
declare
  dimension text;
  attributes text;
  observe constant text := $template$
create function warehouse.observe_DIM(
  p_id text, p_key text, p_told jsonb, p_at timestamp, p_landed timestamp default null
) returns void language plpgsql volatile
-- A plan that was made while the dimension was small must not read all of it when it is large.
set enable_seqscan = off
as $body$
declare
  -- What events tell; all else only master data does.
  of_events constant text[] := array['name', 'email', 'vin', 'make', 'model'];
  has_history constant boolean := HISTORY;
  from_master constant boolean := p_landed is not null;
  v_member text;
  known jsonb;
  changes jsonb := '{}';
  is_new_version boolean := false;
  at timestamp := p_at;
  late_event boolean;
  late_master boolean;
  attribute text;
  value jsonb;
begin
  p_id := nullif(p_id, '');
  if p_id is null and p_key is null then return; end if;
  perform pg_advisory_xact_lock('warehouse.dim_DIM'::regclass::bigint);
  if p_id is not null and p_key is not null then perform warehouse.tie('DIM', p_id, p_key); end if;
  -- First, for itself: in the query it would be asked for each row.
  v_member := warehouse.member_of('DIM', p_id, p_key);
  select to_jsonb(d) into known from warehouse.dim_DIM d where MATCH;

  if known is null then
    insert into warehouse.dim_DIM (DIM_id, as_of, stated_at, ATTRIBUTES)
      select p_id, case when p_told ?| of_events then p_at else '-infinity' end,
        case when from_master then p_at else '-infinity' end, ATTRIBUTES
      from jsonb_populate_record(null::warehouse.dim_DIM, p_told);
    return;
  end if;

  -- Types are loaded independently, so rows come late. What is not known yet any of them fills in; what
  -- is known only a later one changes: history is never rewritten.
  late_master := p_at < (known ->> 'stated_at')::timestamp;
  if from_master and p_at = (known ->> 'stated_at')::timestamp then
    -- An export that dates its rows by when they were made tells a change by the time of the file only.
    at := greatest(p_at, p_landed);
  end if;
  late_event := at < (known ->> 'as_of')::timestamp;
  for attribute, value in select * from jsonb_each(p_told) loop
    if coalesce(known -> attribute, 'null') = 'null' then
      -- What was not known is no change.
      changes := changes || jsonb_build_object(attribute, value);
    elsif known -> attribute <> value
      and not (attribute = 'email' and lower(known ->> attribute) = lower(p_told ->> attribute))
      and not (case when attribute = any (of_events) then late_event else late_master end)
    then
      changes := changes || jsonb_build_object(attribute, value);
      is_new_version := is_new_version or at > case
        when attribute = any (of_events) then (known ->> 'as_of')::timestamp
        else (known ->> 'stated_at')::timestamp
      end;
    end if;
  end loop;
  if changes = '{}' and not (from_master and p_at > (known ->> 'stated_at')::timestamp) then
    return;
  end if;
  known := known || changes;
  if changes ?| of_events then
    known := known || jsonb_build_object('as_of', greatest((known ->> 'as_of')::timestamp, at));
  end if;
  if from_master then
    known := known
      || jsonb_build_object('stated_at', greatest((known ->> 'stated_at')::timestamp, p_at));
  end if;
  if is_new_version and has_history and at > (known ->> 'valid_from')::timestamp then
    update warehouse.dim_DIM set valid_to = at where DIM_key = (known ->> 'DIM_key')::bigint;
    insert into warehouse.dim_DIM (DIM_id, valid_from, as_of, stated_at, ATTRIBUTES)
      select DIM_id, at, as_of, stated_at, ATTRIBUTES
      from jsonb_populate_record(null::warehouse.dim_DIM, known);
  else
    update warehouse.dim_DIM set (as_of, stated_at, ATTRIBUTES) = (
      select as_of, stated_at, ATTRIBUTES from jsonb_populate_record(null::warehouse.dim_DIM, known)
    ) where DIM_key = (known ->> 'DIM_key')::bigint;
  end if;
end $body$
$template$;
begin
  foreach dimension in array array['customer', 'vehicle', 'dealer', 'supplier'] loop
    select string_agg(quote_ident(attname), ', ' order by attnum) into attributes
    from pg_attribute
    where attrelid = ('warehouse.dim_' || dimension)::regclass and attnum > 0 and not attisdropped
      and attname <> all (warehouse.bookkeeping(dimension));
    execute replace(replace(replace(replace(observe,
      'ATTRIBUTES', attributes),
      'HISTORY', (dimension in ('customer', 'vehicle'))::text),
      'MATCH', case when dimension in ('customer', 'vehicle')
        then 'member = v_member and is_current'
        else 'DIM_id = v_member' end),
      'DIM', dimension);
    execute format(
      'comment on function warehouse.observe_%s is %L', dimension,
      'Takes what a row at p_at tells of a member into the history: makes the member, fills in what was not known, or begins a new version. p_key is the VIN or the e-mail; p_told has no nulls; p_landed is given for master data only, and is when its file landed. Callers that observe customers, vehicles, dealers and suppliers in this order cannot deadlock.'
    );
  end loop;
end $do$;

create function warehouse.tie(p_dimension text, p_id text, p_key text) returns void
language plpgsql volatile as $$
declare
  owner text;
  stray text;
  has_stray boolean;
  has_id boolean;
begin
  select id into owner from warehouse.known_by where dimension = p_dimension and key = p_key;
  -- Known; or shared by several: then who is known by it only stays a member of its own.
  if found and coalesce(owner = p_id, true) then return; end if;
  if found then
    update warehouse.known_by set id = null where dimension = p_dimension and key = p_key;
    return;
  end if;
  insert into warehouse.known_by (dimension, key, id) values (p_dimension, p_key, p_id);
  stray := case p_dimension when 'customer' then 'email:' when 'vehicle' then 'vin:' end || p_key;
  if p_dimension = 'customer' then
    select exists (select from warehouse.dim_customer where member = stray),
      exists (select from warehouse.dim_customer where member = p_id) into has_stray, has_id;
  else
    select exists (select from warehouse.dim_vehicle where member = stray),
      exists (select from warehouse.dim_vehicle where member = p_id) into has_stray, has_id;
  end if;
  if not has_stray then return; end if;
  if has_id then
    perform warehouse.merge_member(p_dimension, stray, p_id);
  else
    execute format('update warehouse.dim_%1$s set %1$s_id = $1 where member = $2', p_dimension)
      using p_id, stray;
  end if;
end $$;
comment on function warehouse.tie is
  'Notes that a VIN or an e-mail is that of an id. What was known by it only is the member with the id from now on. Its caller holds the lock of the dimension.';

create function warehouse.merge_member(p_dimension text, p_from text, p_into text) returns void
language plpgsql volatile as $$
declare
  version jsonb;
  fact regclass;
begin
  -- Whoever is inserting facts of it is waited for; whoever comes later finds it gone, and begins again.
  execute format('select from warehouse.dim_%s where member = $1 for update', p_dimension) using p_from;
  for version in execute format(
    'select jsonb_strip_nulls(to_jsonb(d)) from warehouse.dim_%s d where member = $1 order by valid_from',
    p_dimension
  ) using p_from
  loop
    execute format('select warehouse.observe_%s($1, null, $2, $3)', p_dimension)
      using p_into, version - warehouse.bookkeeping(p_dimension), (version ->> 'as_of')::timestamp;
  end loop;
  execute format(
    'update warehouse.dim_%1$s d set stated_at = greatest(d.stated_at, was.stated_at)
     from (select max(stated_at) as stated_at from warehouse.dim_%1$s where member = $1) was
     where d.member = $2 and d.is_current', p_dimension
  ) using p_from, p_into;
  for fact in
    select conrelid from pg_constraint
    where contype = 'f' and confrelid = ('warehouse.dim_' || p_dimension)::regclass
  loop
    execute format(
      'update %1$s f set %2$s_key = v.%2$s_key
       from warehouse.dim_%2$s old, warehouse.dim_%2$s v
       where old.member = $1 and f.%2$s_key = old.%2$s_key and v.member = $2
         and f.event_time >= v.valid_from and f.event_time < v.valid_to',
      fact, p_dimension
    ) using p_from, p_into;
  end loop;
  execute format(
    'insert into warehouse.former_values (dimension, key, attribute, value)
     select $1, v.%1$s_key, told.key, told.value
     from warehouse.dim_%1$s old
     join warehouse.dim_%1$s v on v.member = $3
       and greatest(old.as_of, old.valid_from) >= v.valid_from
       and greatest(old.as_of, old.valid_from) < v.valid_to
     cross join lateral jsonb_each_text(to_jsonb(old)) told
     where old.member = $2 and told.value is not null
       and told.key <> all (warehouse.bookkeeping($1))
       and told.value is distinct from to_jsonb(v) ->> told.key
     union
     select $1, v.%1$s_key, f.attribute, f.value
     from warehouse.former_values f
     join warehouse.dim_%1$s old on f.dimension = $1 and f.key = old.%1$s_key and old.member = $2
     join warehouse.dim_%1$s v on v.member = $3 and v.is_current
     on conflict do nothing', p_dimension
  ) using p_dimension, p_from, p_into;
  execute format(
    'delete from warehouse.former_values f using warehouse.dim_%1$s old
     where f.dimension = $1 and f.key = old.%1$s_key and old.member = $2', p_dimension
  ) using p_dimension, p_from;
  execute format('delete from warehouse.dim_%s where member = $1', p_dimension) using p_from;
end $$;
comment on function warehouse.merge_member is
  'Makes one member of two: p_into learns what was told of p_from, gets its facts, and is left.';

-- A vehicle that is merged into another is deleted, and nothing but this trigger keeps a reading from
-- referring to it: the lock makes the deletion wait, or this statement fail, as enforced keys do.
create or replace function warehouse.check_telemetry_keys() returns trigger language plpgsql as $$
declare
  stray record;
begin
  perform from warehouse.dim_vehicle
    where vehicle_key in (select distinct vehicle_key from inserted)
    order by vehicle_key for key share;
  select * into stray
    from (select distinct load_id, date_key, vehicle_key from inserted) used
    where not exists (select from warehouse.load_ledger l where l.load_id = used.load_id)
      or not exists (select from warehouse.dim_date d where d.date_key = used.date_key)
      or not exists (select from warehouse.dim_vehicle v where v.vehicle_key = used.vehicle_key)
    limit 1;
  if found then
    raise foreign_key_violation using
      message = 'fact_telemetry refers to a load, a day or a vehicle that is not there',
      detail = format('load_id %s, date_key %s, vehicle_key %s',
        stray.load_id, stray.date_key, stray.vehicle_key),
      schema = 'warehouse', table = 'fact_telemetry';
  end if;
  return null;
end $$;

-- Views ---------------------------------------------------------------------------------------------
-- By member, which vehicles without an id have, too; with the VIN, by which these are told apart.

create or replace view warehouse.stock as
select
  latest.dealer_id,
  latest.dealer,
  v.vehicle_id,
  v.make,
  v.model,
  latest.quantity,
  latest.stock_status,
  latest.as_of,
  v.vin
from (
  select distinct on (d.dealer_id, version.member)
    d.dealer_id,
    coalesce(d.name, d.dealer_id) as dealer,
    version.member,
    i.quantity,
    i.stock_status,
    coalesce(i.last_updated, i.event_time) as as_of
  from warehouse.fact_inventory i
  join warehouse.dim_dealer d using (dealer_key)
  join warehouse.dim_vehicle version using (vehicle_key)
  -- Counts that name no vehicle are of different ones: none replaces another.
  where i.vehicle_key <> 0
  order by d.dealer_id, version.member, as_of desc, i.event_time desc, i.event_id desc
) latest
join warehouse.dim_vehicle v on v.member = latest.member and v.is_current;
create or replace view warehouse.days_in_stock as
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
  ) as days,
  v.vin
from (
  select
    version.member,
    min(count.at) filter (where count.in_stock) as since,
    max(count.at) filter (where count.in_stock) as last_in,
    max(count.at) as last_count
  from warehouse.fact_inventory i
  join warehouse.dim_vehicle version using (vehicle_key)
  cross join lateral (
    select
      coalesce(i.last_updated, i.event_time) as at,
      case
        when i.stock_status = 'In Stock' then true
        when i.stock_status in ('Out of Stock', 'Coming Soon') then false
        -- Nothing is said, or a word of another writer, such as Reserved.
        else i.quantity > 0
      end as in_stock
  ) count
  where i.vehicle_key <> 0
  group by version.member
) stay
join warehouse.dim_vehicle v on v.member = stay.member and v.is_current
cross join lateral (
  select min(coalesce(s.sale_date, s.event_time)) as sold_at
  from warehouse.dim_vehicle version
  join warehouse.sale_states s using (vehicle_key)
  where version.member = stay.member
    and s.sale_status = 'Completed'
    and coalesce(s.sale_date, s.event_time) >= stay.since
) sold
where stay.since is not null;
create or replace view warehouse.telemetry_health as
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
    member,
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
      version.member,
      t.*,
      row_number() over (
        partition by version.member
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
  group by member
) health
join warehouse.dim_vehicle v on v.member = health.member and v.is_current;
