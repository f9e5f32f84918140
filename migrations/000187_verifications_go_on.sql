-- A verification of the log goes on where it stopped when its process ended: how far it had come, sealed with a key that the database does not
-- have, so that nobody who writes here makes it leave anything out.
alter table log_verifications add column state bytea, add column times integer not null default 1;
alter table log_verifications add constraint log_verifications_state_of_one_under_way check (state is null or finished_at is null);
grant update (state, times) on log_verifications to lantai_app;
