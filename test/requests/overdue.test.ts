import test from 'ava';
import { systemActor, type Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { applyForReading, decideRequest, keepTime } from '../../src/requests/index.js';
import { archiveDay } from '../support/day.js';
import { office, type Office } from './support/office.js';

const DAY = 86_400_000;
let o: Office;
let agent: Actor;

test.before(async (t) => {
  t.timeout(120_000);
  o = await office();
  agent = o.hire('agent');
});
test.after.always(async () => {
  await o?.close();
});

test.serial('R45: however many owe their result, whoever is late next is reminded: what was told already stands in nobody’s way', async (t) => {
  const head = o.hire('supervisor', 'field');
  const manager = o.hire('records_manager', 'archive');
  const start = o.archive.clock.now;
  const day = (n: number): string => archiveDay(n, start);
  const asked = { purpose: 'dispute', reason: '处理', form: 'view' as const, from: day(0), to: day(2) };
  const { id } = await applyForReading(o.deps, agent, { ...asked, records: [await o.record({ department: 'field' })] });
  await decideRequest(o.deps, head, { requestId: id, step: 0, agree: true, reason: '同意' });
  await decideRequest(o.deps, manager, { requestId: id, step: 1, agree: true, reason: '同意' });
  const { owner } = o.archive.database;
  await owner.run(sql`alter table requests disable trigger user`);
  // a year ago, and told for each of the days since
  await owner.run(sql`insert into requests select (jsonb_populate_record(q, jsonb_build_object('id', gen_random_uuid(), 'number', 'Q-1999-' || lpad(i::text, 6, '0'), 'state', 'expired',
      'grant_id', null, 'left_ends_at', ${new Date(start.getTime() - 365 * DAY)}::timestamptz, 'overdue_reminders', 100000))).*
    from requests q cross join generate_series(1, 450) i where q.id = ${id}::uuid`);
  await owner.run(sql`alter table requests enable trigger user`);
  const told = async (): Promise<number> =>
    (await owner.one<{ n: number }>(sql`select count(*)::int as n from request_notices where request_id = ${id} and kind = 'overdue'`)).n;
  const after = async (days: number): Promise<number> => {
    o.archive.clock.now = new Date(start.getTime() + days * DAY);
    await keepTime(o.deps, systemActor());
    return told();
  };
  t.is(await after(1), 0);
  t.is(await after(4), 1);
  t.is(await after(4), 1, 'once');
  t.is(await after(8), 2, 'and again, though hundreds are older');
});
