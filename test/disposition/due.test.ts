import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import {
  dueCalendar,
  dueReminders,
  exportDue,
  foldTermCounts,
  listDue,
  overRetained,
  remindOfDue,
  seeDueReminder,
  sweepDue,
  type DueDeps,
} from '../../src/disposition/index.js';
import { decide } from '../../src/retention/index.js';
import { testArchive, type TestArchive } from '../support/archive.js';
import { systemActor } from '../../src/audit/index.js';
import { why } from '../support/why.js';
import { fill, randomRecords, type RandomRecord } from './random.js';

type Kept = RandomRecord & { until: string; maximum: string };

/** An archive of random records, each with the term that \`decide\` gives it. */
async function filled(
  t: ExecutionContext,
  count: number,
  seed: number,
  states: RandomRecord['state'][] = ['archived'],
): Promise<{ archive: TestArchive; due: DueDeps; records: Kept[] }> {
  const archive = await testArchive();
  t.teardown(() => archive.close());
  const schedule = archive.deps.schedules.newest;
  const records = randomRecords(count, seed).map((one, i) => {
    const { until, maximum } = decide(one.subject, one.events, schedule, [], '2026-01-01');
    return { ...one, state: states[i % states.length] as RandomRecord['state'], until, maximum };
  });
  await fill(archive.database, records);
  return { archive, due: { ...archive.deps, rules: { list: () => Promise.resolve([]) } }, records };
}

const dueOn = (due: DueDeps, records: readonly Kept[], day: string): string[] =>
  records
    .filter((one) => decide(one.subject, one.events, due.schedules.newest, one.held ? [{ id: 'h' }] : [], day).due)
    .map(({ id }) => id)
    .sort();

async function listed(due: DueDeps, actor: Actor, day: string): Promise<{ ids: string[]; total: number; summed: number }> {
  const ids: string[] = [];
  let last = '';
  for (let after: string | undefined; ;) {
    const page = await listDue(due, actor, { day, after });
    for (const one of page.items) {
      if (`${one.until}_${one.id}` <= last) throw new Error('out of order');
      last = `${one.until}_${one.id}`;
      ids.push(one.id);
    }
    if (page.next === null) return { ids: ids.sort(), total: page.total, summed: page.counts.reduce((sum, { count }) => sum + count, 0) };
    after = page.next;
  }
}

test('R37: the list of any day, its totals and its pages, are those that decide gives record by record', async (t) => {
  const { archive, due, records } = await filled(t, 600, 21, ['archived', 'due', 'extended']);
  const manager = archive.person('records_manager', 'archive');
  await foldTermCounts(due.db);
  for (const day of ['2010-01-01', '2019-02-28', '2024-03-01', '2026-08-31', '2028-02-29', '2028-03-01', '2040-01-01']) {
    const expected = dueOn(due, records, day);
    const found = await listed(due, manager, day);
    t.deepEqual(found.ids, expected, day);
    t.deepEqual([found.total, found.summed], [expected.length, expected.length], day);
  }
  // with fewer rights fewer, in the totals as in the list
  const head = archive.person('supervisor', 'field');
  const own = await listed(due, head, '2040-01-01');
  t.true(own.ids.length > 0 && own.ids.length < dueOn(due, records, '2040-01-01').length);
  t.is(own.total, own.ids.length);
  t.is(await why(listDue(due, archive.person('agent'), {})), 'forbidden');
  t.is(await why(listDue(due, manager, { after: 'nonsense' })), 'invalid_field');
  const held = await listDue(due, manager, { day: '2040-01-01', held: true });
  t.is(held.total, records.filter((one) => one.held && one.until < '2040-01-01').length);
  let exported = 0;
  for await (const row of (await exportDue(due, manager, { day: '2040-01-01', type: 'complaint' }, 'csv')).rows)
    exported += row.serviceType === 'complaint' ? 1 : 1000;
  t.is(exported, (await listDue(due, manager, { day: '2040-01-01', type: 'complaint' })).total);
});

test('R37: what is foreseen for a day is what the sweep does when that day has come, and nothing is destroyed', async (t) => {
  const { archive, due, records } = await filled(t, 500, 33);
  const manager = archive.person('records_manager', 'archive');
  const stateOf = async (state: string): Promise<string[]> =>
    (await archive.database.owner.many<{ id: string }>(sql`select id from records where state = ${state} order by id`)).map(({ id }) => id);
  const random = fc.sample(fc.date({ min: new Date('2013-01-01'), max: new Date('2040-12-31'), noInvalidDate: true }), { numRuns: 6, seed: 33 });
  const days = ['2019-12-31', '2022-02-28', '2024-02-29', '2027-01-01', '2034-06-30', ...random.map((one) => one.toISOString().slice(0, 10))].sort();
  for (const day of days) {
    const foreseen = (await listed(due, manager, day)).ids;
    archive.clock.now = new Date(`${day}T04:00:00Z`);
    const before = (await stateOf('due')).length;
    const swept = await sweepDue(due, systemActor());
    t.deepEqual(await stateOf('due'), foreseen, day);
    t.deepEqual(await stateOf('due'), dueOn(due, records, day), day);
    t.is(swept.due, foreseen.length - before);
    t.like(await sweepDue(due, manager), { due: 0, kept: 0 }, 'a second look finds nothing new');
  }
  t.is((await archive.database.owner.one<{ n: number }>(sql`select count(*)::int as n from records`)).n, 500);
  const history = await archive.database.owner.one<{ n: number; entries: number }>(
    sql`select count(*)::int as n, count(distinct entry_id)::int as entries from record_history where field = 'state' and new_value = 'due'`,
  );
  t.is(history.n, (await stateOf('due')).length);
  // a later date takes a record off the list again
  const [id = ''] = await stateOf('due');
  await due.db.tx(async (tx) => {
    await due.audit.append(tx, { actor: manager, act: 'retention.sweep', subject: { kind: 'list', id: 'due' }, decision: 'allow' });
    await tx.run(sql`update records set term_until = '2050-01-01' where id = ${id}`);
  });
  t.like(await sweepDue(due, manager), { due: 0, kept: 1 });
  t.is(await why(sweepDue(due, archive.person('legal'))), 'forbidden');
});

test('R34: what is under hold never falls due, whoever asks for it', async (t) => {
  const { archive, due, records } = await filled(t, 60, 4);
  archive.clock.now = new Date('2045-01-01T04:00:00Z');
  await sweepDue(due, systemActor());
  for (const { id, held, until } of records) {
    const { state } = await archive.database.owner.one<{ state: string }>(sql`select state from records where id = ${id}`);
    t.is(state, held || until > '2045' ? 'archived' : 'due');
  }
  const id = records.find(({ held }) => held)?.id ?? '';
  const straight = await t.throwsAsync(
    due.db.tx(async (tx) => {
      await due.audit.append(tx, { actor: systemActor(), act: 'retention.due', subject: { kind: 'list', id: 'due' }, decision: 'allow' });
      await tx.run(sql`update records set state = 'due' where id = ${id}`);
    }),
  );
  t.is((straight as { code?: string }).code, '23514');
});

test('R40: the calendar counts the ends of terms by month; what is kept beyond its maximum is told with the reason', async (t) => {
  const { archive, due, records } = await filled(t, 400, 12, ['archived', 'due']);
  const manager = archive.person('records_manager', 'archive');
  archive.clock.now = new Date('2026-11-27T04:00:00Z');
  const calendar = await dueCalendar(due, manager, { from: '2025-01-01' });
  t.is(calendar.months.length, 24);
  const free = records.filter(({ held }) => !held);
  for (const { month, count } of calendar.months) t.is(count, free.filter(({ until }) => until.slice(0, 7) === month.slice(0, 7)).length, month);
  t.is(calendar.overdue, free.filter(({ until }) => until < '2025-01-01').length);

  const over = await overRetained(due, manager, {});
  const beyond = records.filter(({ maximum }) => maximum < '2026-11-27');
  t.is(over.total, beyond.length);
  for (const { reason, rule, department, n } of over.counts) {
    const same = (await overRetained(due, manager, { reason, rule, department })).items;
    t.true(same.length === Math.min(n, 50) && same.every((one) => one.reason === reason && one.rule === rule && one.department === department));
  }
  const sum = (reason: string): number => over.counts.filter((one) => one.reason === reason).reduce((all, { n }) => all + n, 0);
  t.is(sum('held'), beyond.filter(({ held }) => held).length);
  t.is(sum('waits'), beyond.filter(({ held, state }) => !held && state === 'due').length);
});

test('R35: a department is told once, some time before its records fall due', async (t) => {
  const { archive, due, records } = await filled(t, 4000, 8);
  const soon = records.find((one) => !one.held && one.department === 'field' && one.until > '2020' && one.until < '2040')?.until ?? '';
  const after = (days: number): string => new Date(Date.parse(`${soon}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
  const ending = (from: string, to: string): number =>
    records.filter((one) => !one.held && one.department === 'field' && one.until >= from && one.until <= to).length;
  archive.clock.now = new Date(`${after(-3)}T04:00:00Z`);
  await remindOfDue(due, systemActor());
  t.is(await remindOfDue(due, systemActor()), 0, 'not twice');
  const head = archive.person('supervisor', 'field');
  const [told] = await dueReminders(due, head);
  t.deepEqual({ ...told, id: '' }, { id: '', department: 'field', from: after(-3), to: after(27), records: ending(after(-3), after(27)) });
  archive.clock.now = new Date(`${after(60)}T04:00:00Z`);
  await remindOfDue(due, systemActor());
  const later = (await dueReminders(due, head)).find(({ from }) => from === after(60));
  t.is(later?.records ?? 0, ending(after(60), after(90)));
  t.is(await why(seeDueReminder(due, archive.person('supervisor', 'hotline'), told?.id ?? '')), 'not_found');
  await seeDueReminder(due, head, told?.id ?? '');
  t.false((await dueReminders(due, head)).some(({ id }) => id === told?.id));
  t.deepEqual(await dueReminders(due, archive.person('agent', 'field')), []);
});
