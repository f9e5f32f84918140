-- The roles of Lantai in a PostgreSQL of your own (≥ 15). As a superuser, connected to the database that is to hold
-- the archive (made with encoding UTF8):
--
--   psql -d lantai -v owner_password=… -v app_password=… -v integrator_password=… -f create-roles.sql
--
-- lantai_owner owns the schema and runs migrations; lantai_app is the server and may only what migrations grant it;
-- lantai_integrator moves entries into the audit log, which nobody else can write. lantai_replay signs in nowhere: under it the owner
-- takes over, at a start after a restore, what the ledger of destructions says. The script may be run again, for an upgrade.
\set ON_ERROR_STOP on

select format('create role %I login', name) from unnest(array['lantai_owner', 'lantai_app', 'lantai_integrator']) as name
where not exists (select from pg_roles where rolname = name) \gexec

alter role lantai_owner login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :'owner_password';
alter role lantai_app login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :'app_password';
alter role lantai_integrator login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :'integrator_password';

select 'create role lantai_replay' where not exists (select from pg_roles where rolname = 'lantai_replay') \gexec
alter role lantai_replay nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
grant lantai_replay to lantai_owner;

create extension if not exists pg_trgm;
create extension if not exists pgcrypto;

select format('alter database %I owner to lantai_owner', current_database()) \gexec
select format('revoke all on database %I from public', current_database()) \gexec
select format('grant connect on database %I to lantai_app, lantai_integrator', current_database()) \gexec
revoke all on schema public from public;
grant usage on schema public to lantai_app, lantai_integrator;

-- Row content must not reach the server's log (it quotes failing rows and parameters).
alter role lantai_owner set log_error_verbosity = terse;
alter role lantai_owner set log_min_error_statement = panic;
alter role lantai_app set log_error_verbosity = terse;
alter role lantai_app set log_min_error_statement = panic;
alter role lantai_integrator set log_error_verbosity = terse;
alter role lantai_integrator set log_min_error_statement = panic;
