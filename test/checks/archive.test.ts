import { chmod, readFile, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import test from 'ava';
import { systemActor, type Actor } from '../../src/audit/index.js';
import { objectOwners, ORPHAN_AGE, type FaultRow } from '../../src/checks/index.js';
import { newId, sql } from '../../src/db/index.js';
import { makeHold, tellStore, type HoldsDeps } from '../../src/disposition/index.js';
import type { ObjectStore } from '../../src/storage/index.js';
import { testArchive, type TestArchive } from '../support/archive.js';
import { archiveDay } from '../support/day.js';
import { checksOf, DAY, keep, type Kept, looked, read, tamper } from './support.js';

let archive: TestArchive;
let agent: Actor;
let store: ObjectStore;
/** What was found before: each damage is told from those that stand already. */
let known = new Set<string>();
const spare: Kept[] = [];
const next = (): Kept => spare.pop() as Kept;
const nameOf = (one: FaultRow): string => `${one.kind} ${one.subject}`;

/** What a damage adds to what is found. */
async function adds(): Promise<string[]> {
  const { faults } = await looked(checksOf(archive, store));
  const now = new Set(faults.map(nameOf));
  const added = [...now].filter((one) => !known.has(one));
  known = now;
  return added.sort();
}
const file = (key: string): string => join(archive.storeFolder, key);
/** Changes a file of the store from below. */
async function overwrite(key: string, change: (bytes: Buffer) => Buffer): Promise<void> {
  await chmod(file(key), 0o600);
  const bytes = change(await readFile(file(key)));
  await writeFile(file(key), bytes);
  await utimes(file(key), new Date(), new Date('2099-01-01T00:00:00Z'));
}

test.before(async () => {
  archive = await testArchive();
  store = archive.store;
  agent = archive.person('agent');
  for (let i = 0; i < 16; i++) spare.push(await keep(archive, agent));
  for (const one of spare.slice(0, 4)) await read(archive, agent, one.record);
});
test.after.always(() => archive.close());

test.serial('R55: a sound archive is sound, and the result counts what was looked at and stands in the log', async (t) => {
  const { row, faults } = await looked(checksOf(archive, store));
  t.deepEqual(faults, []);
  t.is(row.result, 'whole');
  t.like(row.counts, {
    records: { done: 16, total: 16, bad: 0 },
    terms: { done: 16 },
    readings: { done: 4 },
    entries: { done: 8 },
    objects: { done: 32 },
    store: { done: 32 },
  });
  t.true(row.bytes > 32n * 72n);
  const entries = await archive.database.owner.many<{ facts: Record<string, unknown> }>(
    sql`select entry::jsonb -> 'facts' as facts from (select entry from audit_entries union all select entry from audit_pending) e where entry like '%"act":"archive.verify"%'`,
  );
  const ended = entries.map(({ facts }) => facts).find(({ step, run }) => step === 'end' && run === row.id);
  t.like(ended, { result: 'whole', faults: 0, records: 16, objects: 32 });
});

test.serial('an object that was deleted from the store', async (t) => {
  const { objects } = next();
  await unlink(file(objects[0]?.key ?? ''));
  t.deepEqual(await adds(), [`missing ${objects[0]?.id}`]);
  const { n } = await archive.database.owner.one<{ n: number }>(
    sql`select count(*)::int as n from objects where damaged_at is not null and id = ${objects[0]?.id}`,
  );
  t.is(n, 1, 'the damage is on record as any other');
});

test.serial('a byte of an object that was flipped', async (t) => {
  const { objects } = next();
  await overwrite(objects[1]?.key ?? '', (bytes) => {
    bytes[60] = (bytes[60] ?? 0) ^ 1;
    return bytes;
  });
  t.deepEqual(await adds(), [`changed ${objects[1]?.id}`]);
});

test.serial('an object that was cut short, or lengthened', async (t) => {
  const { objects } = next();
  await overwrite(objects[0]?.key ?? '', (bytes) => bytes.subarray(0, -1));
  await overwrite(objects[1]?.key ?? '', (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]));
  t.deepEqual(await adds(), objects.map((one) => `changed ${one.id}`).sort());
});

test.serial('a wrap that was taken, and one that is of another key', async (t) => {
  const { objects, record } = next();
  await tamper(archive, sql`update objects set wrapped_key = ${randomBytes(60)} where id = ${objects[0]?.id}`);
  t.deepEqual(await adds(), [`key_lost ${objects[0]?.id}`]);
  await archive.database.superuser.run(sql`alter table objects drop constraint objects_wrap_while_kept`);
  await tamper(archive, sql`update objects set wrapped_key = null where id = ${objects[1]?.id}`);
  t.deepEqual(await adds(), [`key_lost ${objects[1]?.id}`, `no_key ${record}`]);
});

test.serial('a term that was changed in SQL, to an earlier or a later day, or under another rule', async (t) => {
  const [earlier, minimum, rule] = [next(), next(), next()];
  await tamper(archive, sql`update records set term_until = term_until - 1 where id = ${earlier.record}`);
  await tamper(archive, sql`update records set term_minimum = term_minimum + 1 where id = ${minimum.record}`);
  await tamper(archive, sql`update records set term_rule = 'none-such' where id = ${rule.record}`);
  t.deepEqual(await adds(), [earlier, minimum, rule].map((one) => `term ${one.record}`).sort());
});

test.serial('a reading whose row was deleted: its entries stay and name it', async (t) => {
  const { record } = next();
  const reading = await read(archive, agent, record);
  await archive.deps.audit.settled(await lastEntry());
  await tamper(archive, sql`delete from accesses where reading_id = ${reading}`, sql`delete from readings where id = ${reading}`);
  const { faults } = await looked(checksOf(archive, store));
  const added = faults.filter((one) => !known.has(nameOf(one)));
  t.deepEqual(added.map((one) => `${one.kind} ${String(one.facts['act'])} ${one.record_id}`).sort(), [
    `no_reading reading.open ${record}`,
    `no_reading reading.view.begin ${record}`,
  ]);
  known = new Set(faults.map(nameOf));
});

test.serial('a reading whose entries were deleted, or say something else', async (t) => {
  const [lost, other] = [next(), next()];
  const reading = await read(archive, agent, lost.record);
  const changed = await read(archive, agent, other.record);
  await archive.deps.audit.settled(await lastEntry());
  await tamper(archive, sql`delete from audit_entries where reading_id = ${reading}`);
  await tamper(archive, sql`update readings set purpose = 'complaint' where id = ${changed}`);
  const { faults } = await looked(checksOf(archive, store));
  const added = faults.filter((one) => !known.has(nameOf(one)));
  const access = added.filter((one) => one.record_id === lost.record).map((one) => `${one.kind} ${String(one.facts['what'])}`);
  t.deepEqual(access.sort(), ['no_entry begin', 'no_entry end', 'no_entry open', 'no_entry return']);
  t.deepEqual(
    added.filter((one) => one.record_id === other.record).map((one) => one.kind),
    ['entry_differs', 'entry_differs'],
  );
  known = new Set(faults.map(nameOf));
});

test.serial('versions and files that were taken from the catalogue, an object that nothing names', async (t) => {
  const [noFile, noVersion] = [next(), next()];
  await tamper(archive, sql`delete from record_files where record_id = ${noFile.record}`);
  await tamper(archive, sql`delete from record_versions where record_id = ${noVersion.record}`);
  t.deepEqual(
    await adds(),
    [
      `files ${noFile.record}`,
      `no_owner ${noFile.objects[1]?.id}`,
      `no_owner ${noVersion.objects[0]?.id}`,
      `no_version ${noVersion.record}`,
      `versions ${noVersion.record}`,
    ].sort(),
  );
});

test.serial('an object that no row names is left alone while it is young, and is found once the sweep should have had it', async (t) => {
  const key = (): string => `v1/${archive.keystore.archiveId}/Z001/${newId()}/${newId()}/${newId()}`;
  const [young, old] = [await store.put(key(), randomBytes(80), 80), await store.put(key(), randomBytes(80), 80)];
  const aged = new Proxy(store, {
    get(target, name: keyof ObjectStore) {
      if (name !== 'list') return typeof target[name] === 'function' ? (target[name] as () => unknown).bind(target) : target[name];
      return async function* (prefix: string) {
        for await (const one of target.list(prefix))
          yield one.key === old.key ? { ...one, modifiedAt: new Date(archive.clock.now.getTime() - ORPHAN_AGE - 1) } : one;
      };
    },
  });
  const { row, faults } = await looked(checksOf(archive, aged));
  const added = faults.map(nameOf).filter((one) => !known.has(one));
  t.deepEqual(added, [`orphan ${old.key}`]);
  t.is(row.counts.store?.young, 1, `${young.key} is young`);
  await store.put(`v1/${archive.keystore.archiveId}/Z001/readme`, Buffer.from('by hand'), 7);
  t.deepEqual(await adds(), [`stranger v1/${archive.keystore.archiveId}/Z001/readme`]);
});

test.serial('a lock in the store that ends too early, and a legal hold that was taken from the store', async (t) => {
  const [lock, held] = [next(), next()];
  const until = new Date('2030-01-01T00:00:00Z');
  await utimes(file(lock.objects[0]?.key ?? ''), new Date(), new Date(Date.now() + DAY));
  await tamper(archive, sql`update objects set locked_until = ${until} where id = ${lock.objects[0]?.id}`);
  const legal = { ...archive.person('legal', 'legal'), secondFactor: true };
  const holds = { ...archive.deps, store, people: { holdersOf: () => Promise.resolve([]) } } as unknown as HoldsDeps;
  await makeHold(holds, legal, 'set', {
    matter: 'lawsuit',
    reason: 'x'.repeat(20),
    scope: 'list',
    records: [held.record],
    owner: legal.personId,
    reviewOn: archiveDay(30),
  } as never);
  await tellStore(holds, systemActor());
  t.deepEqual(await adds(), [`lock_short ${lock.objects[0]?.id}`], 'the hold stands');
  await store.setLegalHold(held.objects[0] as { key: string; version: string }, false);
  t.deepEqual(await adds(), [`hold_missing ${held.objects[0]?.id}`]);
  await tamper(archive, sql`update records set held = false where id = ${held.record}`);
  t.deepEqual(await adds(), [`hold_flag ${held.record}`]);
});

test('what owns objects is asked of the database: records, corrections, papers, certificates', async (t) => {
  const owners = (await objectOwners(archive.database.owner)).map(({ table, column }) => `${table}.${column}`);
  for (const name of [
    'record_versions.body_object',
    'record_files.object_id',
    'corrections.body_object',
    'request_papers.object_id',
    'destruction_certificates.object_id',
  ])
    t.true(owners.includes(name), name);
  t.false(owners.some((name) => /^(accesses|hold_objects|destruction_copies|key_destruction_objects)\./.test(name)));
});

async function lastEntry(): Promise<{ id: string }> {
  return archive.deps.db.tx((tx) =>
    archive.deps.audit.append(tx, { actor: systemActor(), act: 'test.mark', subject: { kind: 'archive', id: 'test' }, decision: 'allow' }),
  );
}
