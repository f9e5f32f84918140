import test from 'ava';
import { sql } from '../../src/db/index.js';
import { isCoded } from '../../src/errors/index.js';
import { recordRuleFiles } from '../../src/app/rule-files.js';
import { testServer } from '../support/server.js';

test('R18, R33: scheme and schedule stand on record before they act; an edited version is refused', async (t) => {
  const server = await testServer();
  try {
    const { archive } = server.serving;
    const rows = await server.database.owner.many<{ kind: string; name: string; logged: boolean }>(
      sql`select kind, name, exists (select from audit_pending p where p.id = f.entry_id) or exists (select from audit_entries e where e.id = f.entry_id) as logged from rule_files f order by kind`,
    );
    t.deepEqual(
      rows.map((row) => row.kind),
      ['schedule', 'scheme'],
    );
    t.true(rows.every((row) => row.logged));
    await recordRuleFiles(archive); // again: nothing to do
    const edited = {
      ...archive,
      records: {
        ...archive.records,
        schedules: {
          ...archive.records.schedules,
          versions: archive.records.schedules.versions.map((one) => ({ ...one, digest: `sha256:${'0'.repeat(64)}` })),
        },
      },
    };
    t.true(isCoded(await recordRuleFiles(edited).catch((error: unknown) => error), 'policy_invalid'));
  } finally {
    await server.close();
  }
});
