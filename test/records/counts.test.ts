import test from 'ava';
import { sql } from '../../src/db/index.js';
import { browse, capture, captureMany, foldRecordCounts, openImportBatch, reclassify } from '../../src/records/index.js';
import { countsOf } from '../../src/search/find/store.js';
import { testArchive, testDraft } from '../support/archive.js';

const COUNTED_COLUMNS = ['service_type', 'client_type', 'year', 'department', 'channel', 'sensitivity', 'medium', 'state'] as const;

test('R91: kept counts equal counted records, before, while and after they are folded, also under parallel captures', async (t) => {
  const archive = await testArchive();
  try {
    const agent = archive.person('agent');
    const clerk = archive.person('records_clerk', 'archive');
    const batch = await openImportBatch(archive.deps, clerk, 'crm');
    let folding = true;
    const folder = (async () => {
      while (folding) await foldRecordCounts(archive.deps);
    })();
    await Promise.all([
      ...Array.from({ length: 10 }, () => capture(archive.deps, agent, { draft: testDraft(), files: [] })),
      captureMany(
        archive.deps,
        clerk,
        Array.from({ length: 60 }, (_, i) => ({ draft: testDraft({ serviceType: i % 2 ? 'routine' : 'training', department: i % 3 ? 'hotline' : 'field' }) })),
        { batchId: batch.id, importId: null },
      ),
    ]);
    const one = await capture(archive.deps, agent, { draft: testDraft(), files: [] });
    await reclassify(archive.deps, clerk, { recordId: one.id, sensitivity: 'highly_sensitive' });
    folding = false;
    await folder;
    const compare = async (): Promise<void> => {
      const counted = await archive.database.owner.many(
        sql`select service_type, client_type, year, count(*)::int as n from records group by 1, 2, 3 order by 1, 2, 3`,
      );
      const tree = await browse(archive.deps, clerk);
      const kept = tree.types.flatMap((type) =>
        type.clientTypes.flatMap((client) =>
          client.years.map((year) => ({ service_type: type.serviceType, client_type: client.clientType, year: year.year, n: year.count })),
        ),
      );
      t.deepEqual(kept, counted);
      // each column by itself, within the cells that rights speak of: what the policies' own rights read, and what others would
      const { reach, ...rights } = archive.deps.access.counted(agent, 'record.list');
      t.is(reach, 'cells');
      const [cells, columns, records] = await Promise.all(
        (['cells', 'columns', 'records'] as const).map((one) => countsOf(archive.deps.db, { ...rights, reach: one }, COUNTED_COLUMNS)),
      );
      t.deepEqual(cells, records);
      t.deepEqual(columns, records);
      t.true((records?.length ?? 0) > 8);
    };
    await compare();
    await capture(archive.deps, agent, { draft: testDraft(), files: [] }); // stands in no counts that are folded
    await compare();
    await foldRecordCounts(archive.deps);
    await compare();
    const [left] = await archive.database.owner.many<{ n: bigint }>(sql`select count(*) as n from record_count_deltas`);
    t.is(left?.n, 0n);
    await archive.database.owner.run(sql`select record_counts_anew()`);
    await compare();
    // rights hold inside the counts: the agent never counts the highly sensitive record, nor sensitive ones of others
    const mine = await browse(archive.deps, agent);
    const [visible] = await archive.database.owner.many<{
      n: bigint;
    }>(sql`select count(*) as n from records where (department = 'hotline' and sensitivity in ('public', 'internal', 'sensitive'))
      or (sensitivity in ('public', 'internal') and state in ('archived', 'due', 'extended', 'approved', 'transferred'))`);
    t.is(BigInt(mine.total), visible?.n ?? -1n);
  } finally {
    await archive.close();
  }
});
