-- What ends a right ends the streams that run by it at once, in every process, at the commit: a role that is taken back, an account
-- that acts no longer, a session that is ended, a standing rule that is over. Grants and restrictions say so already.
create function right_ended() returns trigger language plpgsql as $$
begin
  perform pg_notify('lantai_grants', case tg_table_name when 'role_grants' then to_jsonb(new) ->> 'account_id' else to_jsonb(new) ->> 'id' end);
  return null;
end
$$;
create trigger role_ended after update of state on role_grants for each row when (old.state = 'active' and new.state <> 'active') execute function right_ended();
create trigger account_ended after update of state on accounts for each row when (old.state = 'active' and new.state <> 'active') execute function right_ended();
create trigger session_ended after update of ended_at on sessions for each row when (old.ended_at is null and new.ended_at is not null) execute function right_ended();
create trigger standing_ended after update of state on standing_rules for each row when (old.state = 'active' and new.state <> 'active') execute function right_ended();
