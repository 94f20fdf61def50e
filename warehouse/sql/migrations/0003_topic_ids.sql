-- A topic that was deleted and made again has another id: verify counts the files of the old one apart.

alter table warehouse.load_ledger add column topic_id text;
comment on column warehouse.load_ledger.topic_id is
  'Kafka''s id of the topic, by our consumer''s provenance; null for files of other writers, of earlier versions, and where Kafka gives none.';
