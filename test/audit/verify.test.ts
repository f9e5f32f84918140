import test from 'ava';
import { canonicalJson } from '../../src/crypto/index.js';
import { leafHash } from '../../src/audit/log/tree.js';
import { sql, type Sql } from '../../src/db/index.js';
import { testAudit, testEntry } from '../support/audit.js';
import { testDatabase } from '../support/database.js';
import { check, fill } from './log-support.js';

const database = await testDatabase();
const { audit, keystore, stop } = await testAudit(database);
test.after.always(async () => {
  await stop();
  await database.close();
});

const TABLES = ['audit_entries', 'audit_tiles', 'audit_heads', 'audit_side'] as const;

test.before(async () => {
  await fill(database, audit, 300, { together: true });
  await fill(database, audit, 300, { together: true });
  const pending = await database.app.tx((tx) => audit.append(tx, testEntry({ side: { note: 'ticket 9' } })));
  await audit.settled(pending);
  await audit.stop();
  for (const table of TABLES) await database.owner.run(copy(table));
});

function copy(table: (typeof TABLES)[number]): Sql {
  if (table === 'audit_entries') return sql`create table kept_entries as select * from audit_entries`;
  if (table === 'audit_tiles') return sql`create table kept_tiles as select * from audit_tiles`;
  if (table === 'audit_heads') return sql`create table kept_heads as select * from audit_heads`;
  return sql`create table kept_side as select * from audit_side`;
}

async function putBack(): Promise<void> {
  await database.owner.tx(async (tx) => {
    await tx.run(sql`truncate audit_entries, audit_tiles, audit_heads, audit_side`);
    await tx.run(sql`insert into audit_entries select * from kept_entries`);
    await tx.run(sql`insert into audit_tiles select * from kept_tiles`);
    await tx.run(sql`insert into audit_heads select * from kept_heads`);
    await tx.run(sql`alter table audit_side disable trigger all`);
    await tx.run(sql`insert into audit_side select * from kept_side`);
    await tx.run(sql`alter table audit_side enable trigger all`);
  });
}

/** What verification finds first, after the owner of the database did this. */
async function found(...attack: Sql[]): Promise<[string, bigint | null] | 'whole'> {
  await database.owner.tx(async (tx) => {
    await tx.run(sql`alter table audit_side disable trigger all`);
    for (const statement of attack) await tx.run(statement);
  });
  const { faults } = await check(database, keystore);
  await putBack();
  const [first] = faults;
  return first ? [first.kind, first.sequence] : 'whole';
}

async function forged(sequence: number): Promise<{ text: string; leaf: Buffer }> {
  const { entry } = await database.owner.one<{ entry: string }>(sql`select entry from audit_entries where sequence = ${sequence}`);
  const text = canonicalJson({ ...(JSON.parse(entry) as object), actor: 'p-innocent' });
  return { text, leaf: leafHash(text) };
}

test.serial('R55: an untouched log is whole', async (t) => {
  t.is(await found(), 'whole');
  const report = await check(database, keystore);
  t.is(report.entries, 602);
  t.true(report.heads >= 2);
  t.is(report.tiles, 2);
});

test.serial('R55: a changed entry is found and named', async (t) => {
  const { text, leaf } = await forged(100);
  t.deepEqual(await found(sql`update audit_entries set entry = replace(entry, '"allow"', '"deny"') where sequence = 100`), ['leaf', 100n]);
  t.deepEqual(await found(sql`update audit_entries set entry = ${text}, leaf_hash = ${leaf}, actor = 'p-innocent' where sequence = 100`), ['tile', 100n]);
  t.deepEqual(await found(sql`update audit_entries set actor = 'p-innocent' where sequence = 100`), ['column', 100n]);
  t.deepEqual(await found(sql`update audit_entries set entry = entry || ' ' where sequence = 7`), ['leaf', 7n]);
  t.deepEqual(await found(sql`update audit_entries set t = t + interval '1 second' where sequence = 7`), ['column', 7n]);
});

test.serial('R55: a removed, swapped or inserted entry is found and named', async (t) => {
  t.deepEqual(await found(sql`delete from audit_entries where sequence = 200`), ['gap', 200n]);
  t.deepEqual(await found(sql`delete from audit_entries where sequence = 0`), ['gap', 0n]);
  const swap = [
    sql`update audit_entries set sequence = 100000 where sequence = 20`,
    sql`update audit_entries set sequence = 20 where sequence = 21`,
    sql`update audit_entries set sequence = 21 where sequence = 100000`,
  ];
  t.deepEqual(await found(...swap), ['tile', 20n]);
  const insert = [
    sql`update audit_entries set sequence = sequence + 100000 where sequence >= 50`,
    sql`update audit_entries set sequence = sequence - 99999 where sequence >= 100000`,
    sql`insert into audit_entries select log, 50, gen_random_uuid(), entry, leaf_hash, t, actor, act, subject_kind, subject_id, decision, purpose, request, record_id, reading_id, client_id from audit_entries where sequence = 49`,
  ];
  t.deepEqual(await found(...insert), ['not_canonical', 50n]);
});

test.serial('R55: a cut tail and a rolled back database are found by the signer’s memory', async (t) => {
  t.deepEqual(await found(sql`delete from audit_entries where sequence >= 601`), ['short', 601n]);
  t.deepEqual(await found(sql`delete from audit_entries where sequence >= 601`, sql`delete from audit_heads where size > 601`), ['short', 601n]);
  t.deepEqual(await found(sql`delete from audit_entries`, sql`delete from audit_heads`, sql`delete from audit_tiles`), ['short', null]);
});

test.serial('R55: changed tiles, heads and signatures are found', async (t) => {
  t.deepEqual(await found(sql`update audit_tiles set hashes = overlay(hashes placing '\\x00' from 32 * 5 + 3) where index = 1`), ['tile', 261n]);
  t.deepEqual(await found(sql`delete from audit_tiles where index = 0`), ['tile', 0n]);
  t.is((await found(sql`update audit_heads set root = sha256('x')`))[0], 'head');
  t.is((await found(sql`update audit_heads set note = replace(note, '2', '3')`))[0], 'signature');
});

test.serial('a side row changed, or moved to another entry, is found; its entry still verifies', async (t) => {
  t.deepEqual(await found(sql`update audit_side set sealed = set_byte(sealed, 40, 255 - get_byte(sealed, 40))`), ['side', 601n]);
  t.deepEqual(await found(sql`update audit_side set entry_id = (select id from audit_entries where sequence = 5)`), ['side', 5n]);
  t.is(await found(sql`delete from audit_side`), 'whole');
});
