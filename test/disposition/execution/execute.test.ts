import test from 'ava';
import { sql } from '../../../src/db/index.js';
import { begin, carry, clearUnlocked, witness } from '../../../src/disposition/index.js';
import { systemActor } from '../../../src/audit/index.js';
import { isCoded } from '../../../src/errors/index.js';
import { afterLocks, checkedRegister, destroyed, registerState, stateOf, testExecution, type Execution } from './support.js';

let world: Execution;
test.before(async () => {
  world = await testExecution();
});
test.after.always(() => world.close());

test.serial('R70, R105: carried out step by step, signed by both supervisors, certified, closed; nothing of the records is left', async (t) => {
  const { archive, deps } = world;
  const register = await checkedRegister(archive, 3);
  const [bystander = ''] = (await checkedRegister(archive, 1)).records;
  afterLocks(archive);
  await destroyed(world, register);
  t.is(await registerState(archive, register.id), 'open', 'unsigned it stays open');
  for (const record of register.records) t.is(await stateOf(archive, record), 'destroyed');
  t.is(await stateOf(archive, bystander), 'approved');
  await witness(deps, register.supervisors[0], register.id);
  t.is(await registerState(archive, register.id), 'open');
  t.true(isCoded(await t.throwsAsync(witness(deps, register.supervisors[0], register.id)), 'wrong_state'), 'nobody signs twice');
  await witness(deps, register.supervisors[1], register.id);
  t.is(await registerState(archive, register.id), 'closed');
  const certificates = await archive.database.owner.many<{ kind: string; number: string }>(
    sql`select kind, number from destruction_certificates where register_id = ${register.id}`,
  );
  t.deepEqual(certificates, [{ kind: 'main', number: `Z${register.number.slice(1)}` }]);
  t.deepEqual(world.troubles, []);
});

test.serial('R70: what the store still locks is shredded, not destroyed, until a later run removes it and a supplement says so', async (t) => {
  const { archive, deps } = world;
  const register = await checkedRegister(archive, 2);
  await destroyed(world, register);
  for (const record of register.records) t.is(await stateOf(archive, record), 'shredded');
  await witness(deps, register.supervisors[0], register.id);
  await witness(deps, register.supervisors[1], register.id);
  t.is(await registerState(archive, register.id), 'open', 'copies remain');
  await clearUnlocked(deps, systemActor());
  t.is(await stateOf(archive, register.records[0] ?? ''), 'shredded', 'the lock has not ended');
  afterLocks(archive);
  await clearUnlocked(deps, systemActor());
  for (const record of register.records) t.is(await stateOf(archive, record), 'destroyed');
  t.is(await registerState(archive, register.id), 'closed');
  const certificates = await archive.database.owner.many<{ kind: string }>(
    sql`select kind from destruction_certificates where register_id = ${register.id} order by made_at`,
  );
  t.deepEqual(
    certificates.map((one) => one.kind),
    ['main', 'supplement'],
  );
});

test.serial('R73: who may not, who types another number, and what changed meanwhile: nothing begins, and it is on record', async (t) => {
  const { archive, deps } = world;
  const register = await checkedRegister(archive, 2);
  const input = { register: register.id, number: register.number };
  t.true(isCoded(await t.throwsAsync(begin(deps, register.supervisors[0], input)), 'forbidden'), 'a supervisor does not carry out');
  t.true(isCoded(await t.throwsAsync(begin(deps, archive.person('agent'), input)), 'forbidden'));
  t.true(isCoded(await t.throwsAsync(begin(deps, { ...register.executor, secondFactor: false }, input)), 'second_factor_required'));
  t.true(isCoded(await t.throwsAsync(begin(deps, register.executor, { ...input, number: 'X-2026-000000' })), 'invalid_field'));
  const superuser = archive.database.superuser;
  await superuser.tx(async (tx) => {
    await tx.run(sql`set local session_replication_role = replica`);
    await tx.run(sql`update records set version_number = version_number, held = true where id = ${register.records[1] ?? ''}`);
  });
  const refused = await t.throwsAsync(begin(deps, register.executor, input));
  t.true(isCoded(refused, 'items_changed'));
  t.deepEqual((refused as { params?: unknown } | undefined)?.params, { count: 1, items: '2:held' });
  t.is(await stateOf(archive, register.records[0] ?? ''), 'approved');
  t.is(await registerState(archive, register.id), 'checked');
  t.true(isCoded(await t.throwsAsync(carry(deps, register.id)), 'not_found'), 'nothing was begun');
});
