import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { systemActor } from '../../../src/audit/index.js';
import { ident, newId, type Sql, sql } from '../../../src/db/index.js';
import { begin, carry, clearUnlocked, type ExecutionDeps, listDestructions, retryDestruction, witness } from '../../../src/disposition/index.js';
import { CodedError } from '../../../src/errors/index.js';
import type { ObjectEntry } from '../../../src/storage/index.js';
import { FolderStore } from '../../../src/storage/folder/folder.js';
import { afterLocks, checkedRegister, destroyed, type Execution, registerState, stateOf, testExecution } from './support.js';

let world: Execution;
test.before(async () => {
  world = await testExecution();
});
test.after.always(() => world.close());

interface Report {
  checked: { what: string; looked: number; found: number }[];
}
const reportOf = async (register: string): Promise<Report> =>
  (await world.archive.database.owner.one<{ report: Report }>(sql`select report from destruction_runs where register_id = ${register}`)).report;

/** Something that no guard of the database would let happen, for what a check must find. */
const force = (statement: Sql): Promise<void> =>
  world.archive.database.superuser.tx(async (tx) => {
    await tx.run(sql`set local session_replication_role = replica`);
    await tx.run(statement);
  });

test.serial('R69: the closure check that is kept is the one that was judged: it is not looked a second time', async (t) => {
  const register = await checkedRegister(world.archive, 2);
  afterLocks(world.archive);
  let asked = 0;
  const index = {
    ...world.index,
    // the step of the index asks once, the closure check once; what a later look would say was never judged
    stale: (records: readonly string[]) => (++asked > 2 ? Promise.resolve([...records]) : world.index.stale(records)),
  };
  await destroyed({ ...world, deps: { ...world.deps, index } }, register);
  t.is(asked, 2);
  const { checked } = await reportOf(register.id);
  t.deepEqual(
    checked.map((one) => [one.what, one.found]),
    ['keys', 'keystores', 'store', 'catalogue', 'index', 'uploads', 'previews'].map((what) => [what, 0]),
  );
});

test.serial('R69: sealed uploads, their keys and rejected rows of the imports behind go, and the closure check looks for each', async (t) => {
  const { archive, deps } = world;
  const register = await checkedRegister(archive, 1);
  afterLocks(archive);
  const id = newId();
  await force(sql`
    insert into imports (id, state, reason, batch_number, source_system, format, encoding, mapping_name, mapping_digest, source_mac, source_sealed, spool_key, bytes, rows_total, pseudonym, started_at, updated_at, ended_at)
    values (${id}, 'stopped', 'asked', 'B-1', 'crm', 'csv', 'utf-8', 'm', 'd', ${Buffer.alloc(32)}, ${Buffer.alloc(40)}, ${Buffer.alloc(60)}, 1, 1, 'p-0000000000000001', now(), now(), now())`);
  await force(sql`insert into import_rejects (import_id, row_number, code, fields, row_sealed) values (${id}, 1, 'invalid_field', '[]', ${Buffer.alloc(40)})`);
  await force(sql`update records set import_id = ${id} where id = any (${register.records}::uuid[])`);
  const folder = join(archive.storeFolder, '.uploads');
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${id}.sealed`);
  await writeFile(file, 'sealed bytes of an upload');
  await begin(deps, register.executor, { register: register.id, number: register.number });
  const stubborn = { ...deps, uploads: { lying: (ids: readonly string[]) => deps.uploads.lying(ids), removeLying: () => Promise.resolve() } };

  t.deepEqual(await carry(stubborn, register.id), { state: 'stuck', step: 'closure', why: 'something_left' }, 'a file that lies there is found');
  t.is(await stateOf(archive, register.records[0] ?? ''), 'shredded', 'nothing is called destroyed meanwhile');
  await deps.uploads.removeLying([id]);
  t.deepEqual(await carry(deps, register.id), { state: 'executed' });
  await t.throwsAsync(access(file));
  t.deepEqual(
    (await reportOf(register.id)).checked.find((one) => one.what === 'uploads'),
    { what: 'uploads', looked: 1, found: 0 },
  );
  const left = await archive.database.owner.one<{ rejects: number; keys: number }>(sql`
    select (select count(*)::int from import_rejects where import_id = ${id}) as rejects, (select count(*)::int from imports where id = ${id} and spool_key is not null) as keys`);
  t.deepEqual(left, { rejects: 0, keys: 0 });
});

test.serial('R71: whatever the tombstone is emptied of, the closure check misses nothing of it', async (t) => {
  const { archive } = world;
  const register = await checkedRegister(archive, 2);
  afterLocks(archive);
  await destroyed(world, register);
  const [record = '', other = ''] = register.records;
  const unerased = async (): Promise<Record<string, number>> => {
    const rows = await archive.database.app.many<{ relation: string; n: bigint }>(sql`select relation::text, n from destruction_unerased(${register.id})`);
    return Object.fromEntries(rows.map((row) => [row.relation, Number(row.n)]));
  };
  t.deepEqual(await unerased(), {});
  const samples: Record<string, unknown> = {
    text: '某某',
    'text[]': ['某某'],
    jsonb: '["x"]',
    bytea: Buffer.alloc(32, 1),
    smallint: 4,
    uuid: other,
    'timestamp with time zone': new Date(),
  };
  const emptied = await archive.database.owner.many<{ relation: string; key: string; attribute: string; type: string }>(sql`
    select f.relation::text, f.key::text, f.attribute::text, format_type(a.atttypid, null) as type from record_fates f
    join pg_attribute a on a.attrelid = f.relation::text::regclass and a.attname = f.attribute where f.fate = 'emptied' and f.relation <> 'corrections' and f.key <> 'similar_to' order by 1, 3`);
  t.true(emptied.length > 20);
  await force(
    sql`insert into record_history (record_id, by_pseudonym, entry_id, field, at) values (${record}, 'p-0000000000000001', ${newId()}, 'title', now())`,
  );
  const object = (await archive.database.owner.one<{ id: string }>(sql`select id from objects where record_id = ${record} limit 1`)).id;
  await force(
    sql`insert into record_files (id, record_id, object_id, position, first_version, name, extension, media_type, size) values (${newId()}, ${record}, ${object}, 1, 1, '', '', '', 1)`,
  );
  t.deepEqual(await unerased(), {});
  for (const { relation, key, attribute, type } of emptied) {
    await force(sql`update ${ident(relation)} set ${ident(attribute)} = ${samples[type]} where ${ident(key)} = ${record}`);
    t.deepEqual(await unerased(), { [relation]: 1 }, `${relation}.${attribute}`);
    await force(sql`select destruction_erase(${[record]}::uuid[])`);
    t.deepEqual(await unerased(), {}, `${relation}.${attribute}`);
  }
});

test.serial('R71: every column near a record that can hold content has its fate: it is emptied, or kept because of something', async (t) => {
  const undecided = await world.archive.database.owner.many<{ column: string }>(sql`
    with near as (
      select conrelid as oid from pg_constraint where contype = 'f' and confrelid in ('records'::regclass, 'record_files'::regclass, 'record_versions'::regclass, 'readings'::regclass)
      union select 'records'::regclass
      union select a.attrelid from pg_attribute a join pg_class c on c.oid = a.attrelid where a.attname = 'record_id' and c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace)
    select k.table_name || '.' || k.column_name as column from near n join information_schema.columns k on k.table_schema = 'public' and k.table_name = n.oid::regclass::text
    where k.data_type in ('text', 'character varying', 'character', 'jsonb', 'json', 'bytea', 'ARRAY', 'tsvector', 'inet', 'xml')
      -- a closed set of codes says nothing of a person
      and not exists (select from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
        where c.conrelid = n.oid and c.contype = 'c' and a.attname = k.column_name and pg_get_constraintdef(c.oid) ~ 'ARRAY\\[')
      and not exists (select from record_fates f where f.relation = k.table_name and (f.attribute = k.column_name or f.fate = 'removed'))
    order by 1`);
  t.deepEqual(
    undecided.map((one) => one.column),
    [],
    'add what becomes of it to record_fates, in the migration that adds the column',
  );
  t.true((await world.archive.database.owner.many(sql`select relation from record_fates where fate = 'kept' and length(because) < 10`)).length === 0);
});

test.serial('R69: a version or a mark of removal beside the ones of the catalogue is found, and goes where the store lets go of it', async (t) => {
  const { archive, deps } = world;
  const register = await checkedRegister(archive, 1);
  const [record = ''] = register.records;
  const { store_key: key } = await archive.database.owner.one<{ store_key: string }>(sql`select store_key from objects where record_id = ${record} limit 1`);
  const beside: ObjectEntry[] = [
    { key, version: 'other', size: 20, modifiedAt: new Date() },
    { key, version: 'mark', size: 0, modifiedAt: new Date(), marker: true },
  ];
  const removed: string[] = [];
  let locked = true;
  // a folder keeps one version of a key: this one answers as a store with versions, over one of ours that is still locked
  class Versions extends FolderStore {
    override async *list(prefix: string, options?: { markers?: boolean }): AsyncIterable<ObjectEntry> {
      yield* super.list(prefix);
      for (const one of beside)
        if (one.key.startsWith(prefix) && !removed.includes(one.version) && (one.marker !== true || options?.markers === true)) yield one;
    }
    override async remove(ref: ObjectEntry): Promise<void> {
      if (!beside.some((one) => one.version === ref.version)) return super.remove(ref);
      if (ref.version === 'other' && locked) throw new CodedError('conflict');
      removed.push(ref.version);
    }
  }
  const store = new Versions({ folder: archive.storeFolder, now: deps.now });
  await begin(deps, register.executor, { register: register.id, number: register.number });
  t.deepEqual(await carry({ ...deps, store }, register.id), { state: 'stuck', step: 'closure', why: 'something_left' });
  t.deepEqual(removed, ['mark']);
  locked = false;
  t.deepEqual(await carry({ ...deps, store }, register.id), { state: 'executed' });
  t.deepEqual(removed, ['mark', 'other']);
  t.is(await stateOf(archive, record), 'shredded', 'the version of the catalogue is under lock and stays until its end');
  await store.close();
});

test.serial('R70: a register that fails does not keep the others from being cleared and closed', async (t) => {
  const { archive, deps } = world;
  const registers = [await checkedRegister(archive, 1), await checkedRegister(archive, 1)];
  afterLocks(archive);
  for (const register of registers) await destroyed(world, register);
  // both have their signatures, and nobody came to make the certificate
  for (const register of registers)
    for (const who of register.supervisors)
      await t.throwsAsync(
        witness({ ...deps, signer: { sign: () => Promise.reject(new Error('away')) } }, who, register.id).then(() => Promise.reject(new Error('signed'))),
      );
  let signed = 0;
  const first: ExecutionDeps = {
    ...deps,
    signer: { sign: (...given) => (signed++ === 0 ? Promise.reject(new CodedError('store_unavailable')) : deps.signer.sign(...given)) },
  };
  await clearUnlocked(first, systemActor());
  t.deepEqual(await Promise.all(registers.map((one) => registerState(archive, one.id))), ['open', 'closed']);
  t.true(world.troubles.includes('certificate:store_unavailable'));
  await clearUnlocked(deps, systemActor());
  t.is(await registerState(archive, registers[0]?.id ?? ''), 'closed');
});

test.serial('R70: one object that cannot be removed does not keep the rest; the step stays open, and a retry answers at once', async (t) => {
  const { archive, deps } = world;
  const register = await checkedRegister(archive, 3);
  afterLocks(archive);
  const [record = ''] = register.records;
  class Stuck extends FolderStore {
    override remove(ref: ObjectEntry): Promise<void> {
      return ref.key.includes(record) ? Promise.reject(new CodedError('store_unavailable')) : super.remove(ref);
    }
  }
  const store = new Stuck({ folder: archive.storeFolder, now: deps.now });
  await begin(deps, register.executor, { register: register.id, number: register.number });
  t.deepEqual(await carry({ ...deps, store }, register.id), { state: 'stuck', step: 'objects', why: 'store_unavailable' });
  const summary = await retryDestruction(deps, register.executor, register.id);
  t.is(summary.copies.gone, summary.copies.all - 1);
  t.deepEqual(summary.stuck, { step: 'objects', why: 'store_unavailable' });
  const run = await archive.database.owner.one<{ again_at: Date | null }>(sql`select again_at from destruction_runs where register_id = ${register.id}`);
  t.is(run.again_at, null, 'due now, for whatever process takes it up');
  t.deepEqual(await carry(deps, register.id), { state: 'executed' });
  const listed = (await listDestructions(deps, archive.person('records_manager', 'archive'), null)).items.find((one) => one.id === register.id);
  t.deepEqual([listed?.state, listed?.done, listed?.stuck, listed?.copies.gone], ['open', 10, null, listed?.copies.all]);
  await store.close();
});
