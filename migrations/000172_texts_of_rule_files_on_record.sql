-- Whether the whole text of a version of scheme, schedule and the other rule files stands in the log: why a record is kept until a day
-- follows from the log alone. What was there before is put on record at the next start.
alter table rule_files add column text_on_record boolean not null default false;
grant update (text_on_record) on rule_files to lantai_app;
