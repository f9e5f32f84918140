import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { systemActor, type Actor } from '../../src/audit/index.js';
import { loadCalendars } from '../../src/classification/index.js';
import { newId, sql } from '../../src/db/index.js';
import { loadOversightRules, loadSignalRules, type ReportsDeps } from '../../src/reports/index.js';
import { testArchive, type TestArchive } from '../support/archive.js';

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

export interface TestReports {
  archive: TestArchive;
  reports: ReportsDeps;
  /** A person who is on record, with a role. */
  person(role: string, department?: string): Promise<Actor>;
  close(): Promise<void>;
}

/** An archive with what reports need; rules act as shipped. */
export async function testReports(): Promise<TestReports> {
  const archive = await testArchive();
  const { deps, database } = archive;
  await database.app.tx(async (tx) => {
    for (const code of ['hotline', 'field', 'archive'])
      await tx.run(sql`insert into departments (code, name_zh, name_en, created_at) values (${code}, ${code}, ${code}, now())`);
    await deps.audit.append(tx, { actor: systemActor(), act: 'department.create', subject: { kind: 'department', id: 'hotline' }, decision: 'allow' });
  });
  const signalRules = await loadSignalRules(root('policies/signals'));
  const calendars = await loadCalendars(root('policies/calendar'));
  const reports: ReportsDeps = {
    ...deps,
    rules: { acting: (_kind, versions) => versions.at(-1) as (typeof versions)[number] },
    signalRules,
    oversightRules: await loadOversightRules(root('policies/oversight')),
    calendars,
    settings: { fonds: 'Z001', zone: 'Asia/Shanghai', archiveName: '测试档案室' },
    random: randomBytes,
    signer: { sign: (digest) => Promise.resolve(digest) },
  };
  return {
    archive,
    reports,
    async person(role, department = 'hotline') {
      const pseudonym = `p-${Array.from(randomBytes(16), (byte) => '0123456789abcdefghijklmnopqrstuv'[byte % 32]).join('')}`;
      const actor = { ...archive.person(role, department), personId: newId(), pseudonym };
      await database.app.tx(async (tx) => {
        await tx.run(
          sql`insert into persons (id, pseudonym, display_name, department, created_at) values (${actor.personId}, ${pseudonym}, ${role}, ${department}, now())`,
        );
        await deps.audit.append(tx, { actor, act: 'person.create', subject: { kind: 'person', id: actor.personId }, decision: 'allow' });
      });
      return actor;
    },
    close: () => archive.close(),
  };
}
