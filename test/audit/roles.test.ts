import test from 'ava';
import { ident, newId, sql, sqlState, type Db } from '../../src/db/index.js';
import { testAudit, testEntry } from '../support/audit.js';
import { testDatabase } from '../support/database.js';
import { fill } from './log-support.js';

const database = await testDatabase();
const { audit, stop } = await testAudit(database);
await fill(database, audit, 3);
test.after.always(async () => {
  await stop();
  await database.close();
});

const DENIED = '42501';
const TABLES = ['audit_pending', 'audit_entries', 'audit_tiles', 'audit_heads', 'audit_epochs', 'audit_side', 'audit_marks'];
const COLUMN: Record<string, string> = {
  audit_pending: 'entry',
  audit_entries: 'entry',
  audit_tiles: 'hashes',
  audit_heads: 'note',
  audit_epochs: 'holder',
  audit_side: 'sealed',
  audit_marks: 'xact',
};

for (const table of TABLES) {
  test(`R55: neither server nor integrator may update, delete or truncate ${table}`, async (t) => {
    const name = ident(table);
    const column = ident(COLUMN[table]!);
    for (const [role, db] of [
      ['server', database.app],
      ['integrator', database.audit],
    ] as [string, Db][]) {
      const deleting = role === 'integrator' && table === 'audit_pending';
      const tries = [sql`update ${name} set ${column} = ${column}`, sql`truncate ${name}`, ...(deleting ? [] : [sql`delete from ${name}`])];
      for (const statement of tries)
        t.is(sqlState(await t.throwsAsync(db.run(statement), undefined, `${role} ${statement.text}`)), DENIED, `${role} ${statement.text}`);
    }
  });
}

test('R58: the server cannot write into the log, forge a mark or turn a guard off', async (t) => {
  const tries = [
    sql`insert into audit_entries select * from audit_entries`,
    sql`insert into audit_heads select * from audit_heads`,
    sql`insert into audit_marks values (pg_current_xact_id())`,
    sql`insert into audit_pending (id, xact, entry) values (gen_random_uuid(), '3', '{}')`,
    sql`insert into audit_side values (gen_random_uuid(), '')`,
    sql`select from audit_marks`,
    sql`alter table audit_side disable trigger all`,
    sql`drop trigger audit_required on audit_side`,
    sql`create table public.another (id int)`,
    sql`create or replace function audit_required() returns trigger language plpgsql as 'begin return null; end'`,
    sql`set session_replication_role = replica`,
  ];
  for (const statement of tries) t.truthy(sqlState(await t.throwsAsync(database.app.run(statement), undefined, statement.text)), statement.text);
  for (const role of ['lantai_owner', 'lantai_integrator']) t.truthy(await t.throwsAsync(database.app.run(sql`set role ${ident(role)}`)));
});

test('a side row can be erased only together with an entry that says so', async (t) => {
  const pending = await database.app.tx((tx) => audit.append(tx, testEntry({ side: { note: 'call back' } })));
  await audit.settled(pending);
  t.is(sqlState(await t.throwsAsync(database.app.one(sql`select audit_erase_side(array[${pending.id}]::uuid[])`))), 'LT001');
  await database.app.tx(async (tx) => {
    await tx.one(sql`select audit_erase_side(array[${pending.id}]::uuid[])`);
    await audit.append(tx, testEntry({ act: 'audit.erase_side', subject: { kind: 'log', id: 'side' } }));
  });
  t.is(await database.owner.maybe(sql`select from audit_side where entry_id = ${pending.id}`), undefined);
  t.truthy(newId());
});
