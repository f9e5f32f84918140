import test from 'ava';
import { sql, sqlState } from '../../src/db/index.js';
import { testAudit, testActor, testEntry } from '../support/audit.js';
import { testDatabase } from '../support/database.js';

const database = await testDatabase();
const { audit, stop } = await testAudit(database);
test.after.always(async () => {
  await stop();
  await database.close();
});

test('R54: an entry is settled once it stands under a signed head', async (t) => {
  const pending = await database.app.tx((tx) => audit.append(tx, testEntry({ actor: testActor({ address: '192.0.2.7' }) })));
  const settled = await audit.settled(pending);
  const row = await database.app.one<{ entry: string; size: bigint }>(sql`
    select entry, (select max(size) from audit_heads) as size from audit_entries where id = ${pending.id}`);
  t.true(row.size > settled.sequence);
  const entry = JSON.parse(row.entry) as Record<string, unknown>;
  t.is(entry['id'], pending.id);
  t.regex(String(entry['t']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  t.false(row.entry.includes('192.0.2.7'), 'the address stands in the side row only');
});

test('what was rolled back is not logged, and nobody gets a receipt for it', async (t) => {
  const short = await testAudit(database, { timeout: 300 });
  let pending: { id: string } | undefined;
  await t.throwsAsync(
    database.app.tx(async (tx) => {
      pending = await short.audit.append(tx, testEntry());
      throw new Error('no');
    }),
  );
  await t.throwsAsync(short.audit.settled(pending as { id: string }), { message: 'audit_unavailable' });
  await short.stop();
});

test('a change without an entry is refused at commit, for the server role too', async (t) => {
  await database.owner.run(sql`create table things (id int primary key)`);
  await database.owner.run(sql`grant insert, update, delete, select on things to lantai_app`);
  await database.owner.run(sql`create trigger audit_required after insert or update or delete on things for each statement execute function audit_required()`);
  const error = await t.throwsAsync(database.app.tx((tx) => tx.run(sql`insert into things values (1)`)));
  t.is(sqlState(error), 'LT001');
  await database.app.tx(async (tx) => {
    for (let i = 0; i < 50; i++) await tx.run(sql`insert into things values (${i})`);
    await audit.append(tx, testEntry());
    await tx.run(sql`delete from things where id = 3`);
  });
  t.is((await database.app.one<{ n: number }>(sql`select count(*)::int as n from things`)).n, 49);
  t.is((await database.owner.one<{ n: number }>(sql`select count(*)::int as n from audit_marks`)).n, 0, 'no mark is left behind');
  t.is(sqlState(await t.throwsAsync(database.app.tx((tx) => tx.run(sql`delete from things`)))), 'LT001');
});
