-- Schema version 8: a load keeps the members from changing that it tells of, no longer their dimension.

create table warehouse.member_locks (lock bigint primary key);
comment on table warehouse.member_locks is
  'One row for each name that a member was told of by, a hash of it. Whoever is to change the member locks the row until the end of its transaction; the rows stay. Rows, as the server has room for some thousand advisory locks only.';

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

comment on function warehouse.tie is
  'Notes that a VIN or an e-mail is that of an id. What was known by it only is the member with the id from now on. Its caller has locked both.';

-- The functions stay as they are, but for the lock. A caller that has locked all its members before has
-- these already.
do $do$
declare
  dimension text;
  function regproc;
  definition text;
  was text;
begin
  foreach dimension in array array['customer', 'vehicle', 'dealer', 'supplier'] loop
    function := 'warehouse.observe_' || dimension;
    was := format('pg_advisory_xact_lock(''warehouse.dim_%s''::regclass::bigint)', dimension);
    definition := pg_get_functiondef(function);
    if strpos(definition, was) = 0 then raise '% does not lock its dimension', function; end if;
    execute replace(definition, was,
      format('warehouse.lock_members(''%s'', array[p_id], array[p_key])', dimension));
    execute format(
      'comment on function %s is %L', function,
      'Takes what a row at p_at tells of a member into the history: makes the member, fills in what was not known, or begins a new version. p_key is the VIN or the e-mail; p_told has no nulls; p_landed is given for master data only, and is when its file landed. Callers that observe many call lock_members for all of them before.'
    );
  end loop;
end $do$;
