-- Whether the whole text of a version of the rules, or of a standing rule, stands in the log: what was in force on a past day is
-- told from the log alone. What acted before this is put on record at the next start.
alter table policy_versions add column text_on_record boolean not null default false;
alter table standing_rules add column text_on_record boolean not null default false;
grant update (text_on_record) on policy_versions, standing_rules to lantai_app;
