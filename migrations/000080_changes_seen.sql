-- Changes of roles, of rules and of what may be read wait in front of the audit administrator before anybody can put them in force.
-- A change bears the id of the row that it is about: a role's grant, a version of rules, a standing rule.

create table pending_changes (
  id uuid primary key,
  kind text not null check (kind ~ '^[a-z_]{1,30}$'),
  -- codes and ids that say what it is about; no personal data
  facts jsonb not null check (jsonb_typeof(facts) = 'object' and octet_length(facts::text) <= 2000),
  -- nobody: the program found a changed file, or a rule that two persons approved proposes it
  proposed_by uuid references persons (id),
  proposed_at timestamptz not null,
  seen_by uuid references persons (id),
  seen_at timestamptz,
  -- last time that it was put in front again because it had waited too long
  reminded_at timestamptz,
  -- refused, withdrawn or taken before it acted: waits no longer
  closed_at timestamptz,
  check ((seen_by is null) = (seen_at is null)),
  constraint seen_by_another check (seen_by <> proposed_by)
);
create index pending_changes_unseen on pending_changes (proposed_at, id) where seen_at is null and closed_at is null;

-- What waits already when this version is installed.
insert into pending_changes (id, kind, facts, proposed_by, proposed_at)
  select id, 'role', jsonb_build_object('role', role, 'account', account_id, 'person', person_id), given_by, given_at from role_grants where state = 'proposed';
insert into pending_changes (id, kind, facts, proposed_at)
  select id, 'policy', jsonb_build_object('digest', digest, 'profile', profile), proposed_at from policy_versions where state in ('proposed', 'agreed');
insert into pending_changes (id, kind, facts, proposed_at)
  select id, kind, jsonb_build_object('name', name, 'digest', digest), first_seen from rule_files where state in ('proposed', 'agreed');

create trigger audit_required after insert or update or delete on pending_changes for each statement execute function audit_required();
grant select, insert on pending_changes to lantai_app;
grant update (seen_by, seen_at, reminded_at, closed_at) on pending_changes to lantai_app;

-- Only an audit administrator sees for the archive, and once.
create function change_seen_by_audit() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.seen_at is not null and (new.seen_at is distinct from old.seen_at or new.seen_by is distinct from old.seen_by) then
    raise exception 'a change is seen once' using errcode = 'check_violation', constraint = 'seen_once';
  end if;
  if new.seen_by is not null and (tg_op = 'INSERT' or old.seen_by is null) and not exists (
      select from role_grants g where g.person_id = new.seen_by and g.role = 'audit_admin' and g.state = 'active') then
    raise exception 'only an audit administrator sees a change for the archive' using errcode = 'check_violation', constraint = 'seen_by_audit';
  end if;
  return null;
end
$$;
create constraint trigger change_seen_by_audit after insert or update on pending_changes for each row execute function change_seen_by_audit();

-- For `create constraint trigger … after insert or update on T for each row when (new acts) execute function change_seen_first()`:
-- whatever the program does, no change acts that no audit administrator has seen.
create function change_seen_first() returns trigger language plpgsql as $$
begin
  if not exists (select from pending_changes c where c.id = new.id and c.seen_at is not null and c.closed_at is null) then
    raise exception 'the audit administrator sees a change before it acts' using errcode = 'check_violation', constraint = 'seen_first';
  end if;
  return null;
end
$$;
-- A change that has been acting goes on when other columns of its row change; so each trigger asks at the step itself.
create constraint trigger role_seen_first_given after insert on role_grants for each row
  when (new.state = 'active' and new.origin = 'given') execute function change_seen_first();
create constraint trigger role_seen_first after update on role_grants for each row
  when (new.state = 'active' and old.state <> 'active') execute function change_seen_first();
create constraint trigger policy_seen_first_made after insert on policy_versions for each row
  when (new.state = 'active' and new.origin = 'proposed') execute function change_seen_first();
create constraint trigger policy_seen_first after update on policy_versions for each row
  when (new.state = 'active' and old.state <> 'active') execute function change_seen_first();
create constraint trigger rule_seen_first_made after insert on rule_files for each row
  when (new.state = 'active' and new.origin = 'proposed') execute function change_seen_first();
create constraint trigger rule_seen_first after update on rule_files for each row
  when (new.state = 'active' and old.state <> 'active') execute function change_seen_first();

-- Every role that somebody gives needs a second person, not only those of weight. Roles that act already are left as they are.
alter table role_grants add constraint roles_are_confirmed check (state <> 'active' or origin <> 'given' or decided_by is not null) not valid;
