-- Versions of the access rules: the canonical JSON of each that ever acted, and who approved it.
create table policy_versions (
  id uuid primary key,
  name text not null check (name in ('roles')),
  digest text not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
  canonical text not null,
  profile text not null,
  state text not null check (state in ('proposed', 'agreed', 'active', 'superseded', 'refused')),
  -- the shipped version of the first start is approved by the bootstrap entry
  origin text not null check (origin in ('bootstrap', 'proposed')),
  proposed_at timestamptz not null,
  agreed_by uuid references persons (id),
  agreed_at timestamptz,
  confirmed_by uuid references persons (id),
  activated_at timestamptz,
  refused_by uuid references persons (id),
  ended_at timestamptz,
  constraint second_person_confirms check (confirmed_by <> agreed_by),
  constraint acts_only_when_approved check (
    state not in ('active') or activated_at is not null and (origin = 'bootstrap' or (agreed_by is not null and confirmed_by is not null)))
);
create unique index policy_versions_active on policy_versions (name) where state = 'active';
create unique index policy_versions_waiting on policy_versions (name) where state in ('proposed', 'agreed');
create unique index policy_versions_bootstrap on policy_versions (name) where origin = 'bootstrap';
create index policy_versions_by_time on policy_versions (name, proposed_at);

create trigger audit_required after insert or update or delete on policy_versions for each statement execute function audit_required();
grant select, insert on policy_versions to lantai_app;
grant update (state, agreed_by, agreed_at, confirmed_by, activated_at, refused_by, ended_at) on policy_versions to lantai_app;
