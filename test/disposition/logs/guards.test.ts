import test from 'ava';
import { newId, sql } from '../../../src/db/index.js';
import {
  answerLogDestruction,
  appointForLog,
  beginLogDestruction,
  checkLogDestruction,
  listLogTerms,
  logsWaiting,
  makeHold,
  proposeLogDestruction,
  stopLogDestruction,
  viewLogRegister,
  watchLogRegisters,
} from '../../../src/disposition/index.js';
import { systemActor, type Actor } from '../../../src/audit/index.js';
import { dueRecords, run } from '../support/sql.js';
import { logRegister, OLD_YEAR, oldLog, stateOf, type OldLog } from './support.js';

const hold = (old: OldLog, id: string, columns: 'log' | 'list', log: string | null) => {
  const { archive } = old.world;
  return run(
    archive,
    sql`insert into holds (id, number, kind, matter, scope, log, reason_sealed, owner, review_on, proposed, state, made_by, made_at, in_force_at)
      values (${id}, ${`F-${id.slice(-8)}`}, 'hold', 'lawsuit', ${columns}, ${log}, ''::bytea, ${newId()}, '2027-01-01', false, 'in_force', ${newId()}, ${archive.clock.now}, ${archive.clock.now})`,
  );
};
const lift = (old: OldLog, id: string) =>
  run(
    old.world.archive,
    sql`update holds set state = 'lifting', lift_proposed_by = ${newId()}, lift_proposed_at = now(), lift_reason_sealed = ''::bytea where id = ${id}`,
    sql`update holds set state = 'lifted', lifted_by = ${newId()}, ended_at = now() where id = ${id}`,
  );

test('R90, R34: what stands against it refuses the proposal or voids it: a hold over the log, over every log, or over a record that it speaks of', async (t) => {
  const old = await oldLog(t);
  const { deps, maker, world } = old;
  for (const log of [OLD_YEAR, 'all']) {
    const id = newId();
    await hold(old, id, 'log', log);
    await t.throwsAsync(proposeLogDestruction(deps, maker, { log: OLD_YEAR }), { message: 'held' });
    t.like((await listLogTerms(deps, maker)).items[0], { due: false, against: ['held'] });
    t.deepEqual(await logsWaiting(deps, maker), { due: 0, registers: 0 });
    await lift(old, id);
  }
  const made = await logRegister(old, 'checked');
  const [record] = await dueRecords(world.archive, 1);
  const id = newId();
  await hold(old, id, 'list', null);
  await run(world.archive, sql`insert into hold_records (hold_id, record_id) values (${id}, ${record ?? ''})`);
  t.is(await watchLogRegisters(deps, systemActor()), 0, 'a hold over a record of which that log says nothing keeps it not');
  await world.archive.database.owner.tx(async (tx) => {
    await tx.run(sql`update audit_entries set record_id = ${record ?? ''} where log = ${OLD_YEAR} and sequence = 7`);
  });
  world.archive.clock.now = new Date(world.archive.clock.now.getTime() + 8 * 86_400_000);
  old.executor.shownAt = world.archive.clock.now;
  const direct = sql`update log_destructions set state = 'executing', executing_at = ${world.archive.clock.now}, policy = 'p' where id = ${made.id}`;
  await t.throwsAsync(run(world.archive, direct), { message: /hold stands/ }, 'the database refuses it by itself');
  await t.throwsAsync(beginLogDestruction(deps, old.executor, { registerId: made.id, number: made.number }), { message: 'held' });
  t.is(await stateOf(old, made.id), 'voided');
  await t.throwsAsync(proposeLogDestruction(deps, maker, { log: OLD_YEAR }), { message: 'held' });
});

test('R90: only a log whose term is over, of the past, by different persons, in order, over the very digest', async (t) => {
  const old = await oldLog(t);
  const { deps, maker, manager, executor, insider, outsider, executive } = old;
  await t.throwsAsync(proposeLogDestruction(deps, maker, { log: '2026' }), { message: 'not_found' }, 'the log that is being written');
  await t.throwsAsync(proposeLogDestruction(deps, manager, { log: OLD_YEAR }), { message: 'forbidden' });
  const waits = async (who: Actor) => Object.values(await logsWaiting(deps, who));
  t.deepEqual(
    [await waits(maker), await waits(manager), await waits(outsider)],
    [
      [1, 0],
      [0, 0],
      [0, 0],
    ],
    'due for those who may propose',
  );
  const made = await proposeLogDestruction(deps, maker, { log: OLD_YEAR });
  t.deepEqual(
    [await waits(maker), await waits(manager), await waits(executive)],
    [
      [0, 0],
      [0, 1],
      [0, 0],
    ],
    'for whoever is asked',
  );
  await t.throwsAsync(proposeLogDestruction(deps, maker, { log: OLD_YEAR }), { message: 'conflict' }, 'one register over a log');
  const answer = { registerId: made.id, step: 0, digest: made.digest, agree: true };
  await t.throwsAsync(answerLogDestruction(deps, maker, answer), { message: 'forbidden' });
  await t.throwsAsync(answerLogDestruction(deps, executive, answer), { message: 'forbidden' }, 'not asked');
  await t.throwsAsync(answerLogDestruction(deps, { ...manager, secondFactor: false }, answer), { message: 'second_factor_required' });
  await t.throwsAsync(answerLogDestruction(deps, { ...manager, personId: maker.personId }, answer), { message: 'same_person' });
  await t.throwsAsync(answerLogDestruction(deps, manager, { ...answer, digest: '0'.repeat(64) }), { message: 'changed' });
  await t.throwsAsync(viewLogRegister(deps, outsider, made.id), { message: 'not_found' }, 'whoever takes no part does not learn of it');
  t.deepEqual(await answerLogDestruction(deps, manager, answer), { state: 'approved' });
  t.deepEqual(await waits(manager), [0, 1], 'nobody is appointed yet');
  const appoint = (office: 'executor' | 'supervisor', personId: string | null) =>
    appointForLog(deps, manager, { registerId: made.id, office, personId: personId ?? '' });
  await t.throwsAsync(appoint('executor', maker.personId), { message: 'same_person' });
  await appoint('executor', executor.personId);
  await t.throwsAsync(appoint('supervisor', executor.personId), { message: 'same_person' });
  await appoint('supervisor', insider.personId);
  await appoint('supervisor', outsider.personId);
  await t.throwsAsync(beginLogDestruction(deps, executor, { registerId: made.id, number: made.number }), { message: 'wrong_state' });
  t.deepEqual(
    [await waits(manager), await waits(insider), await waits(executor)],
    [
      [0, 0],
      [0, 1],
      [0, 0],
    ],
  );
  for (const who of [insider, outsider]) await checkLogDestruction(deps, who, { registerId: made.id, digest: made.digest });
  t.deepEqual(
    [await waits(insider), await waits(executor)],
    [
      [0, 0],
      [0, 0],
    ],
    'the pause runs',
  );
  await t.throwsAsync(beginLogDestruction(deps, executor, { registerId: made.id, number: made.number }), { message: 'wrong_state' }, 'the pause');
  await t.throwsAsync(stopLogDestruction(deps, executive, { registerId: made.id, reason: 'no' }), { message: 'forbidden' });
  await stopLogDestruction(deps, outsider, { registerId: made.id, reason: 'a question of the auditor' });
  t.like(await viewLogRegister(deps, manager, made.id), { state: 'stopped', endReason: 'a question of the auditor' });
  t.truthy(await proposeLogDestruction(deps, maker, { log: OLD_YEAR }), 'and it can be proposed again');
});

test('R90: the database itself refuses to certify, to remove, to skip a step or to fill two places with one person', async (t) => {
  const old = await oldLog(t);
  const { archive } = old.world;
  const made = await logRegister(old, 'approved');
  const attempts = [
    sql`update log_destructions set state = 'checked', checked_at = now() where id = ${made.id}`,
    sql`update log_destructions set state = 'executing', executing_at = now() + interval '30 days', policy = 'p' where id = ${made.id}`,
    sql`insert into audit_gone (log, size, root, tail, first_at, last_at, procedure, rule, at, note) select log, size, root, ''::bytea, first_at, last_at, number, schedule, now(), 'n' from log_destructions`,
    sql`select audit_remove_entries(${OLD_YEAR}, 10)`,
    sql`delete from audit_entries where log = ${OLD_YEAR}`,
    sql`insert into log_destruction_persons select id, ${newId()}::uuid from log_destructions`,
    sql`insert into log_destruction_appointments (id, register_id, office, seat, person_id, outside, appointed_by, appointed_at, entry_id)
      select ${newId()}, id, 'supervisor', 1, made_by_person, false, ${newId()}, now(), ${newId()} from log_destructions`,
  ];
  for (const one of attempts) await t.throwsAsync(run(archive, one));
  await t.throwsAsync(old.deps.auditDb.run(sql`update audit_published set removed_at = now() where key like '%/tile/entries/%' and full_at is null`), {
    message: /kept/,
  });
  t.true((await old.count()) > 0);
});

test('R34: a hold over a log is set like any other, takes no record, and is lifted by two persons', async (t) => {
  const old = await oldLog(t);
  const holds = { ...old.deps, search: {}, store: old.deps.store } as unknown as Parameters<typeof makeHold>[0];
  const legal = old.world.hire('legal');
  const input = { matter: 'inspection', reason: 'The inspector asks for that year', reviewOn: '2027-01-01' };
  await t.throwsAsync(makeHold(holds, legal, 'set', { ...input, log: 'nineteen' }), { message: 'invalid_field' });
  t.like(await makeHold(holds, legal, 'set', { ...input, log: OLD_YEAR }), { records: 0 });
  t.like((await listLogTerms(old.deps, old.maker)).items[0], { due: false, against: ['held'] });
  await t.throwsAsync(proposeLogDestruction(old.deps, old.maker, { log: OLD_YEAR }), { message: 'held' });
});
