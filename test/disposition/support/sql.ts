import { randomBytes } from 'node:crypto';
import { newId, sql, type Db, type Sql, type Tx } from '../../../src/db/index.js';
import { seal } from '../../../src/disposition/appraisal/seals.js';
import { capture } from '../../../src/records/index.js';
import { testArchive, testDraft, type TestArchive } from '../../support/archive.js';

/** Closed so long ago that the term of three years is over. */
export const OLD = { openedAt: '2019-03-01T09:00:00+08:00', closedAt: '2019-03-01T10:00:00+08:00' };

/** Runs statements as a role of the database, with an entry, as every change needs one. */
export async function withEntry<T>(archive: TestArchive, work: (tx: Tx) => Promise<T>, db: Db = archive.database.app): Promise<T> {
  return db.tx(async (tx) => {
    await archive.deps.audit.append(tx, {
      actor: archive.person('records_clerk', 'archive'),
      act: 'test.change',
      subject: { kind: 'archive', id: 'test' },
      decision: 'allow',
    });
    return work(tx);
  });
}

export const run = (archive: TestArchive, ...statements: Sql[]): Promise<void> =>
  withEntry(archive, async (tx) => {
    for (const one of statements) await tx.run(one);
  });

/** Records whose term is over and which a sweep has put on the list of what is due. */
export async function dueRecords(archive: TestArchive, count: number, change: Record<string, unknown> = {}): Promise<string[]> {
  const ids: string[] = [];
  const department = typeof change['department'] === 'string' ? change['department'] : 'hotline';
  for (let i = 0; i < count; i++)
    ids.push((await capture(archive.deps, archive.person('agent', department), { draft: testDraft({ ...OLD, ...change }), files: [] })).id);
  await withEntry(archive, (tx) => tx.run(sql`update records set state = 'due' where id = any (${ids}::uuid[])`), archive.database.owner);
  return ids;
}

export const digest = randomBytes(32);

/** An appraisal that was decided, by straight SQL: every record is to be destroyed. */
export async function appraised(archive: TestArchive, records: readonly string[]): Promise<string> {
  const id = newId();
  const number = `J-2026-${String(Math.trunc(Math.random() * 999_999) + 1).padStart(6, '0')}`;
  const at = archive.deps.now();
  await run(
    archive,
    sql`insert into appraisals (id, number, state, made_by, made_at) values (${id}, ${number}, 'draft', ${newId()}, ${at})`,
    ...records.map(
      (record, i) => sql`insert into appraisal_items (appraisal_id, record_id, position, department) values (${id}, ${record}, ${i + 1}, 'hotline')`,
    ),
    sql`insert into appraisal_steps (appraisal_id, step, made_by, made_at, proposal, reason_sealed, items) values (${id}, 1, ${newId()}, ${at}, 'destroy', ${seal(archive, `appraisal/${id}/step/1`, '保管期满')}, ${records.length})`,
    sql`update appraisal_items set step = 1 where appraisal_id = ${id}`,
    sql`insert into appraisal_members (appraisal_id, position, rule, role) values (${id}, 0, 'clerk', 'records_clerk')`,
    sql`update appraisals set state = 'signing', digest = ${digest}, item_count = ${records.length}, submitted_at = ${at}, rules = 'disposition@2026-01' where id = ${id}`,
    sql`update appraisal_members set person_id = ${newId()}, account_id = ${newId()}, answer = 'agree', digest = ${digest}, at = ${at}, entry_id = ${newId()} where appraisal_id = ${id}`,
    sql`update appraisal_items set outcome = 'destroy' where appraisal_id = ${id}`,
    sql`update appraisals set state = 'decided', decided_at = ${at}, ended_at = ${at} where id = ${id}`,
  );
  return id;
}

export { testArchive };
