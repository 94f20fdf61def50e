-- Schema version 8: a load keeps the members from changing that it tells of, no longer their dimension;
-- a fact has the version of its time also where that began later; no text is too long for an index.

-- Loads that are under way lock dimensions: they are waited for, as by who forgets a customer.
lock table warehouse.forgotten in access exclusive mode;

-- What is too long ------------------------------------------------------------------------------------

-- A key of an index has room for 2.7 KB.
alter table warehouse.former_values drop constraint former_values_pkey;
create unique index former_values_once
  on warehouse.former_values (dimension, key, attribute, md5(value));

create or replace function warehouse.email_of(p_text text) returns text language sql immutable as $$
  select case
    when btrim(p_text) ~ '^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$' and length(btrim(p_text)) <= 254
      then btrim(p_text)
  end
$$;
comment on function warehouse.email_of is
  'An e-mail address without blanks around it; null if it is none, or longer than addresses can be (254 characters, RFC 5321).';

-- Locks -----------------------------------------------------------------------------------------------

create table warehouse.member_locks (lock bigint primary key);
comment on table warehouse.member_locks is
  'One row for each name that a member was told of by, a hash of it. Whoever is to change the member locks the row until the end of its transaction; the rows stay. Rows, as the server has room for some thousand advisory locks only.';

comment on column warehouse.member_locks.lock is 'The hash of dimension and name.';

create function warehouse.lock_members(p_dimension text, p_ids text[], p_keys text[]) returns void
language plpgsql volatile as $$
begin
  insert into warehouse.member_locks (lock)
    -- As a member that is known by the key only is called.
    select distinct hashtextextended(
      concat(p_dimension, ' ', case p_dimension when 'customer' then 'email:' else 'vin:' end, key), 0)
    from unnest(p_keys) key
    where key is not null
    order by 1
    -- The update never happens, but the row is locked for it.
    on conflict (lock) do update set lock = excluded.lock where false;
  -- Now nobody else changes whom the keys identify.
  insert into warehouse.member_locks (lock)
    select distinct hashtextextended(p_dimension || ' ' || id, 0)
    from (
      select unnest(p_ids) as id
      union select id from warehouse.known_by where dimension = p_dimension and key = any (p_keys)
    ) told
    where id <> ''
    order by 1
    on conflict (lock) do update set lock = excluded.lock where false;
end $$;
comment on function warehouse.lock_members is
  'Keeps other transactions from changing the members that ids and keys (VINs, e-mails) identify, or tie together; from changing others it keeps nobody. Transactions that call it once for each dimension, customers, vehicles, dealers and suppliers in this order, cannot deadlock.';

-- Observing -------------------------------------------------------------------------------------------

create function warehouse.move_facts(p_dimension text, p_from bigint, p_to bigint, p_since timestamp)
returns void language plpgsql volatile as $$
declare
  fact regclass;
begin
  for fact in
    select conrelid from pg_constraint
    where contype = 'f' and confrelid = ('warehouse.dim_' || p_dimension)::regclass
  loop
    execute format('update %1$s set %2$s_key = $2 where %2$s_key = $1 and event_time >= $3',
      fact, p_dimension) using p_from, p_to, p_since;
  end loop;
end $$;
comment on function warehouse.move_facts is
  'Facts of a member, which were there before the version of their time began, get this version.';

drop function warehouse.tie;
create function warehouse.tie(p_dimension text, p_id text, p_key text) returns boolean
language plpgsql volatile as $$
declare
  owner text;
  stray text;
  has_stray boolean;
  has_id boolean;
begin
  select id into owner from warehouse.known_by where dimension = p_dimension and key = p_key;
  -- Known; or shared by several: then who is known by it only stays a member of its own.
  if found and coalesce(owner = p_id, true) then return false; end if;
  if found then
    update warehouse.known_by set id = null where dimension = p_dimension and key = p_key;
    return true;
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
  if not has_stray then return false; end if;
  if has_id then
    perform warehouse.merge_member(p_dimension, stray, p_id);
  else
    execute format('update warehouse.dim_%1$s set %1$s_id = $1 where member = $2', p_dimension)
      using p_id, stray;
  end if;
  return false;
end $$;
comment on function warehouse.tie is
  'Notes that a VIN or an e-mail is that of an id. What was known by it only is the member with the id from now on. Its caller has locked both. Whether it identifies nobody any more, and did before.';

drop function warehouse.observe_customer;
drop function warehouse.observe_vehicle;
drop function warehouse.observe_dealer;
drop function warehouse.observe_supplier;

-- One text for all dimensions, so that each has functions of static SQL, whose plans are kept: a file may
-- bring thousands of new members. DIM is the dimension, ATTRIBUTES are the columns that describe a member.
do $do$
declare
  dimension text;
  attributes text;
  observe constant text := $template$
create function warehouse.observe_DIM(
  p_id text, p_key text, p_told jsonb, p_at timestamp, p_landed timestamp default null
) returns boolean language plpgsql volatile
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
  is_shared boolean := false;
  former bigint;
  latest bigint;
  attribute text;
  value jsonb;
begin
  p_id := nullif(p_id, '');
  if p_id is null and p_key is null then return false; end if;
  -- A caller that has locked all its members before has these already.
  perform warehouse.lock_members('DIM', array[p_id], array[p_key]);
  if p_id is not null and p_key is not null then
    is_shared := warehouse.tie('DIM', p_id, p_key);
  end if;
  -- First, for itself: in the query it would be asked for each row.
  v_member := warehouse.member_of('DIM', p_id, p_key);
  select to_jsonb(d) into known from warehouse.dim_DIM d where MATCH;

  if known is null then
    insert into warehouse.dim_DIM (DIM_id, as_of, stated_at, ATTRIBUTES)
      select p_id, case when p_told ?| of_events then p_at else '-infinity' end,
        case when from_master then p_at else '-infinity' end, ATTRIBUTES
      from jsonb_populate_record(null::warehouse.dim_DIM, p_told);
    return is_shared;
  end if;

  -- Types are loaded independently, so rows come late. What is not known yet any of them fills in; what
  -- is known only a later one changes: history is never rewritten.
  late_master := p_at < (known ->> 'stated_at')::timestamp;
  if from_master and p_at = (known ->> 'stated_at')::timestamp then
    -- An export that dates its rows by when they were made tells a change by the time of the file only.
    late_master := exists (
      select from warehouse.master_rows m join warehouse.load_ledger l using (load_id)
      where m.type = 'DIMs' and m.id = v_member and m.stated_at = p_at
        and l.landed_at at time zone 'UTC' > p_landed
    );
    if not late_master then at := greatest(p_at, p_landed); end if;
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
    return is_shared;
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
    former := (known ->> 'DIM_key')::bigint;
    update warehouse.dim_DIM set valid_to = at where DIM_key = former;
    insert into warehouse.dim_DIM (DIM_id, valid_from, as_of, stated_at, ATTRIBUTES)
      select DIM_id, at, as_of, stated_at, ATTRIBUTES
      from jsonb_populate_record(null::warehouse.dim_DIM, known)
      returning DIM_key into latest;
    perform warehouse.move_facts('DIM', former, latest, at);
  else
    update warehouse.dim_DIM set (as_of, stated_at, ATTRIBUTES) = (
      select as_of, stated_at, ATTRIBUTES from jsonb_populate_record(null::warehouse.dim_DIM, known)
    ) where DIM_key = (known ->> 'DIM_key')::bigint;
  end if;
  return is_shared;
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
      'Takes what a row at p_at tells of a member into the history: makes the member, fills in what was not known, or begins a new version. p_key is the VIN or the e-mail; p_told has no nulls; p_landed is given for master data only, and is when its file landed. Whether p_key identifies nobody any more, and did before. Callers that observe many call lock_members for all of them before.'
    );
  end loop;
end $do$;
