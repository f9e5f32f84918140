import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { systemActor, type Actor } from '../../src/audit/index.js';
import { ArchiveChecks, type CheckRow, type ChecksDeps, type FaultRow } from '../../src/checks/index.js';
import { sql, type Sql } from '../../src/db/index.js';
import { capture, openReading, readContent, returnReading } from '../../src/records/index.js';
import type { ObjectStore } from '../../src/storage/index.js';
import { testDraft, type TestArchive } from '../support/archive.js';

export const DAY = 86_400_000;

export function checksOf(archive: TestArchive, store: ObjectStore = archive.store, change: Partial<ChecksDeps> = {}): ArchiveChecks {
  const { db, audit, access, schedules, now } = archive.deps;
  return new ArchiveChecks({
    db,
    store,
    keystore: archive.keystore,
    audit,
    now,
    random: randomBytes,
    authorize: (actor, right) => access.authorize(actor, right),
    schedules,
    onTrouble: () => undefined,
    ...change,
  });
}

/** Looks at everything, and gives what was found. */
export async function looked(
  checks: ArchiveChecks,
  input: Parameters<ArchiveChecks['work']>[1] = { mode: 'whole' },
): Promise<{ row: CheckRow; faults: FaultRow[] }> {
  const row = await checks.work(systemActor(), input);
  if (!row) throw new Error('it did not end');
  return { row, faults: (await checks.view(systemActor(), row.id)).faults };
}

export interface Kept {
  record: string;
  /** The body first, then the file. */
  objects: { id: string; key: string; version: string }[];
}

/** An archived record with one file. */
export async function keep(archive: TestArchive, agent: Actor, change: Record<string, unknown> = {}): Promise<Kept> {
  const { id } = await capture(archive.deps, agent, {
    draft: testDraft(change),
    files: [{ name: 'note.txt', body: Readable.from([Buffer.from(`note ${randomBytes(4).toString('hex')}`)], { objectMode: false }), size: null }],
  });
  return { record: id, objects: await objectsOf(archive, id) };
}

export async function objectsOf(archive: TestArchive, record: string): Promise<Kept['objects']> {
  return archive.database.owner.many(sql`
    select o.id, store_key as key, store_version as version from objects o where record_id = ${record}
    order by exists (select from record_versions v where v.body_object = o.id) desc, o.id`);
}

/** A reading with one whole access, handed back. */
export async function read(archive: TestArchive, agent: Actor, record: string): Promise<string> {
  const { id } = await openReading(archive.deps, agent, { recordId: record, purpose: 'solve' });
  await buffer((await readContent(archive.deps, agent, { readingId: id, kind: 'view' })).body);
  await new Promise((done) => setTimeout(done, 50)); // its end is written after the last byte
  await returnReading(archive.deps, agent, { readingId: id, result: 'solved' });
  return id;
}

/** As whoever owns the machine: no trigger and no key of the database stands in the way. */
export async function tamper(archive: TestArchive, ...statements: Sql[]): Promise<void> {
  await archive.database.superuser.tx(async (tx) => {
    await tx.run(sql`set local session_replication_role = 'replica'`);
    for (const one of statements) if ((await tx.run(one)) === 0) throw new Error('changed nothing');
  });
}
