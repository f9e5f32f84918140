-- Standing rules 常设授权 over their life: the records manager proposes, the security administrator agrees, the audit administrator
-- sees it, another person confirms. A changed or renewed rule is another one of the same name.

-- Its change as it waits in front of the audit administrator.
alter table standing_rules add column change_id uuid unique references pending_changes (id);
-- When its owner was told that it ends soon.
alter table standing_rules add column reminded_at timestamptz;
grant update (reminded_at) on standing_rules to lantai_app;

-- A rule that begins later may wait, confirmed, beside the one that it will follow.
drop index standing_rules_in_force;
create index standing_rules_in_force on standing_rules (name) where state = 'active';
create index standing_rules_ending on standing_rules (ends_on) where state = 'active';
create index readings_by_rule on readings (standing_rule, opened_at desc, id desc) where standing_rule is not null;

-- Whatever the program does: no rule comes in force another way.
create function standing_goes_its_way() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.origin = 'bootstrap' then
      if exists (select from standing_rules s where s.xmin <> pg_current_xact_id()::xid) then
        raise exception 'the shipped rules begin an archive, and nothing else' using errcode = 'check_violation', constraint = 'standing_bootstrap_once';
      end if;
    elsif new.origin <> 'proposed' or new.state <> 'proposed' or new.change_id is null
      or num_nonnulls(new.agreed_by, new.agreed_at, new.confirmed_by, new.activated_at, new.seen_by, new.seen_at, new.ended_by, new.ended_at) > 0 then
      raise exception 'a standing rule begins as a proposal' using errcode = 'check_violation', constraint = 'standing_is_proposed';
    end if;
    return new;
  end if;
  if (new.id, new.name, new.says_zh, new.says_en, new.readers, new.departments, new.types, new.sensitivities, new.purposes, new.states, new.starts_on, new.ends_on, new.digest,
      new.origin, new.proposed_at) is distinct from
     (old.id, old.name, old.says_zh, old.says_en, old.readers, old.departments, old.types, old.sensitivities, old.purposes, old.states, old.starts_on, old.ends_on, old.digest,
      old.origin, old.proposed_at) or new.proposed_by is distinct from old.proposed_by or new.change_id is distinct from old.change_id then
    raise exception 'a standing rule stays what was proposed' using errcode = 'check_violation', constraint = 'standing_stays';
  end if;
  if new.state = old.state then
    if (new.agreed_by, new.agreed_at, new.confirmed_by, new.activated_at, new.seen_by, new.seen_at, new.ended_by, new.ended_at) is distinct from
       (old.agreed_by, old.agreed_at, old.confirmed_by, old.activated_at, old.seen_by, old.seen_at, old.ended_by, old.ended_at) then
      raise exception 'who decided stays' using errcode = 'check_violation', constraint = 'standing_stays';
    end if;
    return new;
  end if;
  if not ((old.state = 'proposed' and new.state in ('agreed', 'refused')) or (old.state = 'agreed' and new.state in ('active', 'refused'))
      or (old.state = 'active' and new.state = 'ended')) then
    raise exception 'no step of a standing rule is skipped' using errcode = 'check_violation', constraint = 'standing_steps';
  end if;
  if old.state <> 'proposed' and (new.agreed_by is distinct from old.agreed_by or new.agreed_at is distinct from old.agreed_at) then
    raise exception 'who decided stays' using errcode = 'check_violation', constraint = 'standing_stays';
  end if;
  if new.state = 'agreed' and (new.agreed_by is null or not exists (
      select from role_grants g where g.person_id = new.agreed_by and g.role = 'security_admin' and g.state = 'active')) then
    raise exception 'the security administrator agrees first' using errcode = 'check_violation', constraint = 'standing_agreed_by_security';
  end if;
  if new.state = 'active' then
    if not exists (select from pending_changes c where c.id = new.change_id and c.kind = 'standing' and c.facts ->> 'rule' = new.id
        and c.seen_by = new.seen_by and c.seen_at = new.seen_at and c.closed_at is null) then
      raise exception 'the audit administrator sees a change before it acts' using errcode = 'check_violation', constraint = 'seen_first';
    end if;
    if new.starts_on <= new.activated_at and exists (select from standing_rules s where s.name = new.name and s.id <> new.id and s.state = 'active') then
      raise exception 'one version of a standing rule is in force' using errcode = 'check_violation', constraint = 'standing_one_in_force';
    end if;
  end if;
  return new;
end
$$;
create trigger standing_goes_its_way before insert or update on standing_rules for each row execute function standing_goes_its_way();
