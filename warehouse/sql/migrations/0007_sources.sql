-- How files of other writers were read: what their columns were taken for must be found later.

alter table warehouse.load_ledger add column source jsonb;
comment on column warehouse.load_ledger.source is
  'How a file of another writer was read: format, gzip, delimiter or sheet, the zone of its times without one (time_zone), the columns that were taken for fields of another name (columns), and whether its dates have the day or the month first (dates). Null for files of our consumer, but for columns of other names.';
