-- The report of an appraisal 鉴定工作报告 is made and signed as soon as its group has decided, while records and titles are what everybody
-- signed: the decision itself queues the work, in its own transaction, whatever program takes it. A regular look stays as a net.
create function appraisal_decided() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if to_regnamespace('graphile_worker') is not null then
    execute 'select 1 from graphile_worker.add_job(identifier := ''sealReports'', payload := ''{}''::json, max_attempts := 3, job_key := $1)'
      using 'report:' || new.id::text;
  end if;
  return null;
end
$$;
revoke all on function appraisal_decided() from public;
create trigger appraisal_decided after update of state on appraisals for each row
  when (old.state <> 'decided' and new.state = 'decided') execute function appraisal_decided();
