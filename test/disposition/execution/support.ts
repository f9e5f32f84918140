import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Actor } from '../../../src/audit/index.js';
import { newId, sql } from '../../../src/db/index.js';
import { begin, carry, type DestructionIndex, type ExecutionDeps, itemDigest, type ItemFacts, registerDigest } from '../../../src/disposition/index.js';
import { createPostgresSearch, Follower, type SearchEngine, watchIndex } from '../../../src/search/index.js';
import type { ObjectStore } from '../../../src/storage/index.js';
import { FolderStore } from '../../../src/storage/folder/folder.js';
import { createCertificates, createVault, type VaultDeps } from '../../../src/vault/index.js';
import { Imports, importsOf } from '../../../src/records/index.js';
import { testArchive, type TestArchive } from '../../support/archive.js';
import { plainTexts } from '../../support/search.js';
import { appraised, dueRecords, run } from '../support/sql.js';

export const DAY = 86_400_000;

export interface Execution {
  archive: TestArchive;
  deps: ExecutionDeps;
  vaultDeps: VaultDeps;
  engine: SearchEngine;
  follower: Follower;
  index: DestructionIndex;
  troubles: string[];
  faults: unknown[];
  close(): Promise<void>;
}

/** An archive with everything that a destruction works on, its index followed by a follower of its own. The store has the archive's clock. */
export async function testExecution(change: { store?: ObjectStore; archive?: TestArchive; engine?: SearchEngine } = {}): Promise<Execution> {
  const archive = change.archive ?? (await testArchive());
  const { database, keystore } = archive;
  const { audit, now } = archive.deps;
  const store = change.store ?? new FolderStore({ folder: archive.storeFolder, now });
  const vaultDeps: VaultDeps = { db: database.app, store, keystore, audit, now, random: randomBytes };
  const vault = createVault(vaultDeps);
  await vault.prepare();
  archive.deps.vault = vault;
  const engine = change.engine ?? createPostgresSearch({ db: database.app });
  const follower = new Follower({ db: database.app, audit, vault, keystore, engine, texts: plainTexts, now, onTrouble: () => undefined });
  follower.start();
  const index = watchIndex({ db: database.app, engine, wake: () => follower.wake() });
  const troubles: string[] = [];
  const faults: unknown[] = [];
  const certificates = createCertificates({ db: database.app, audit, keystore, archiveName: '测试档案馆 Test Archive', now, random: randomBytes });
  await certificates.prepare();
  const deps: ExecutionDeps = {
    db: database.app,
    audit,
    access: archive.deps.access,
    vault,
    streams: archive.deps.streams,
    store,
    keystore,
    index,
    uploads: new Imports(importsOf(archive.deps), { folder: join(archive.storeFolder, '.uploads'), maxBytes: 2 ** 20, onStopped: () => undefined }),
    rawPlaces: () => [],
    signer: certificates,
    archiveName: '测试档案馆 Test Archive',
    settings: archive.deps.settings,
    namesOf: (persons) => Promise.resolve(new Map(persons.map((one) => [one, `某人 ${one.slice(-4)}`]))),
    now,
    random: randomBytes,
    onFault: (error) => faults.push(error),
    onTrouble: (_, facts) => troubles.push(`${String(facts['step'])}:${String(facts['why'])}`),
  };
  return {
    archive,
    deps,
    vaultDeps,
    engine,
    follower,
    index,
    troubles,
    faults,
    async close() {
      await follower.stop();
      if (!change.archive) await archive.close();
    },
  };
}

export interface Checked {
  id: string;
  number: string;
  records: string[];
  executor: Actor;
  supervisors: [Actor, Actor];
}

export async function factsOf(archive: TestArchive, record: string, appraisal: string): Promise<ItemFacts> {
  const r = await archive.database.owner.one<Record<string, never> & { closed_at: Date; opened_at: Date; archived_at: Date }>(
    sql`select * from records where id = ${record}`,
  );
  const objects = await archive.database.owner.many<{ id: string; digest: Buffer }>(
    sql`select id, digest from objects where record_id = ${record} order by id`,
  );
  const { number } = await archive.database.owner.one<{ number: string }>(sql`select number from appraisals where id = ${appraisal}`);
  const text = (name: string): string => String(r[name]);
  return {
    record,
    archivalCode: text('archival_code'),
    serviceNo: text('service_no'),
    fonds: text('fonds'),
    class: {
      serviceType: text('service_type'),
      clientType: text('client_type'),
      sensitivity: text('sensitivity'),
      medium: text('medium'),
      department: text('department'),
    },
    dates: { opened: r.opened_at.toISOString(), closed: r.closed_at.toISOString(), archived: r.archived_at.toISOString() },
    term: { until: text('term_until'), minimum: text('term_minimum'), maximum: r['term_maximum'] ?? null },
    rule: text('term_rule'),
    schedule: text('schedule_version'),
    version: { id: text('version_id'), number: Number(r['version_number']) },
    appraisal: number,
    files: Number(r['file_count']),
    objects: objects.map((one) => ({ id: one.id, digest: `sha256:${one.digest.toString('hex')}` })),
  };
}

let serial = Math.trunc(Math.random() * 900_000);

/** A register over records that are due, as far as both supervisors have checked it, its pause over; by straight SQL with the right persons. */
export async function checkedRegister(archive: TestArchive, count: number, change: Record<string, unknown> = {}): Promise<Checked> {
  return registerOver(archive, await dueRecords(archive, count, change));
}

export async function registerOver(archive: TestArchive, records: string[], people?: { executor: Actor; supervisors: [Actor, Actor] }): Promise<Checked> {
  const appraisal = await appraised(archive, records);
  const executor = people?.executor ?? archive.person('records_clerk', 'archive');
  const supervisors: [Actor, Actor] = people?.supervisors ?? [archive.person('records_clerk', 'archive'), archive.person('supervisor', 'hotline')];
  const manager = newId();
  const id = newId();
  const signed = await entryOf(archive); // approvals and signatures stand in the log
  const number = `X-2026-${String((serial++ % 999_999) + 1).padStart(6, '0')}`;
  const at = archive.deps.now();
  const before = new Date(at.getTime() - 8 * DAY);
  const items: { position: number; facts: ItemFacts }[] = [];
  for (const [i, record] of records.entries()) items.push({ position: i + 1, facts: await factsOf(archive, record, appraisal) });
  const digest = registerDigest(
    number,
    items.map((one) => ({ ...one.facts, position: one.position })),
  );
  const appoint = (office: string, seat: number, who: Actor, outside: boolean) =>
    sql`insert into destruction_appointments (id, register_id, office, seat, person_id, outside, appointed_by, appointed_at, entry_id)
      values (${newId()}, ${id}, ${office}, ${seat}, ${who.personId}, ${outside}, ${newId()}, ${at}, ${signed})`;
  const check = (who: Actor) =>
    sql`update destruction_appointments set checked_at = ${at}, checked_digest = ${digest}, check_entry = ${signed} where register_id = ${id} and person_id = ${who.personId}`;
  await run(
    archive,
    sql`insert into destruction_registers (id, number, state, made_by_person, made_by_account, made_at) values (${id}, ${number}, 'draft', ${newId()}, ${newId()}, ${before})`,
    ...items.map(
      ({ position, facts }) =>
        sql`insert into destruction_items (register_id, position, record_id, appraisal_id, facts, digest)
          values (${id}, ${position}, ${facts.record}, ${appraisal}, ${JSON.stringify(facts)}::jsonb, ${itemDigest(facts)})`,
    ),
    sql`update destruction_registers set state = 'frozen', digest = ${digest}, item_count = ${records.length}, rules = 'disposition@2026-01', frozen_at = ${before} where id = ${id}`,
    sql`insert into destruction_approvals (register_id, round, position, step, role, state, opened_at) values (${id}, 1, 0, 'manager', 'records_manager', 'open', ${before})`,
    sql`update destruction_registers set state = 'approving' where id = ${id}`,
    sql`update destruction_approvals set state = 'agreed', answer = 'agree', person_id = ${manager}, account_id = ${newId()}, digest = ${digest}, at = ${before}, entry_id = ${signed} where register_id = ${id}`,
    sql`update destruction_registers set state = 'approved', approved_at = ${before}, execute_after = ${new Date(before.getTime() + 7 * DAY)} where id = ${id}`,
    sql`update records set state = 'approved' where id = any (${records}::uuid[])`,
    appoint('executor', 1, executor, false),
    appoint('supervisor', 1, supervisors[0], false),
    appoint('supervisor', 2, supervisors[1], true),
    check(supervisors[0]),
    check(supervisors[1]),
    sql`update destruction_registers set state = 'checked', checked_at = ${at} where id = ${id}`,
  );
  return { id, number, records, executor, supervisors };
}

async function entryOf(archive: TestArchive): Promise<string> {
  const actor = archive.person('records_manager', 'archive');
  return (
    await archive.deps.db.tx((tx) => archive.deps.audit.append(tx, { actor, act: 'test.change', subject: { kind: 'archive', id: 'test' }, decision: 'allow' }))
  ).id;
}

/** Moves the archive's clock past the lock that the store gives every object, and past the statutory minimum. */
export function afterLocks(archive: TestArchive): void {
  archive.clock.now = new Date(archive.clock.now.getTime() + 2 * DAY);
}

export async function destroyed(world: Execution, register: Checked): Promise<void> {
  await begin(world.deps, register.executor, { register: register.id, number: register.number });
  const carried = await carry(world.deps, register.id);
  if (carried.state !== 'executed') throw new Error(JSON.stringify([carried, world.troubles]), { cause: world.faults.at(-1) });
}

export const stateOf = async (archive: TestArchive, record: string): Promise<string> =>
  (await archive.database.owner.one<{ state: string }>(sql`select state from records where id = ${record}`)).state;

export const registerState = async (archive: TestArchive, register: string): Promise<string> =>
  (await archive.database.owner.one<{ state: string }>(sql`select state from destruction_registers where id = ${register}`)).state;

/** What of a register contradicts itself: something called shredded or destroyed that is not. */
export async function lies(world: Execution, register: Checked): Promise<string[]> {
  const { owner } = world.archive.database;
  const found: string[] = [];
  const rows = await owner.many<{ id: string; state: string; item: string; wraps: number; kept: number; copies: number }>(sql`
    select r.id, r.state, i.state as item, (select count(*)::int from objects o where o.record_id = r.id and o.wrapped_key is not null) as wraps,
      (select count(*)::int from objects o where o.record_id = r.id and o.state <> 'destroyed') as kept,
      (select count(*)::int from destruction_copies c where c.record_id = r.id and c.state <> 'gone') as copies
    from records r join destruction_items i on i.record_id = r.id where i.register_id = ${register.id}`);
  const closed = new Map(
    (await owner.many<{ bucket: string; through: number }>(sql`select bucket, through from key_destruction_buckets where destruction_id = ${register.id}`)).map(
      (one) => [one.bucket, one.through],
    ),
  );
  const living = (await world.deps.keystore.keks()).filter((one) => one.generation <= (closed.get(one.bucket) ?? 0) && one.state !== 'destroyed').length;
  for (const row of rows) {
    const says = [row.state, row.item];
    if (says.some((one) => one === 'shredded' || one === 'destroyed') && (row.wraps > 0 || living > 0 || closed.size === 0))
      found.push(`${row.id} is ${row.state} with a key`);
    if (says.includes('destroyed') && (row.kept > 0 || row.copies > 0)) found.push(`${row.id} is destroyed with a copy`);
    for (const object of await owner.many<{ store_key: string; store_version: string }>(
      sql`select store_key, store_version from objects where record_id = ${row.id}`,
    )) {
      const there = await world.deps.store.stat({ key: object.store_key, version: object.store_version });
      if (there && says.includes('destroyed')) found.push(`${row.id} is destroyed, and its bytes are in the store`);
    }
  }
  const state = await registerState(world.archive, register.id);
  if ((state === 'open' || state === 'closed') && rows.some((row) => row.state === 'destroying')) found.push(`the register is ${state} too early`);
  if (state === 'closed' && rows.some((row) => row.state !== 'destroyed')) found.push('the register is closed too early');
  return found;
}
