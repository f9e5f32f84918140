import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { readYaml } from '../../../src/config/index.js';
import { sql } from '../../../src/db/index.js';
import {
  attachmentsIn,
  bufferSource,
  compareExport,
  moveBatch,
  dryRun,
  fileSource,
  importsOf,
  parseMapping,
  runImport,
  viewComparison,
  viewComparisons,
  viewRejects,
} from '../../../src/records/index.js';
import { testArchive, type TestArchive } from '../../support/archive.js';

const DATA = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url));
const MAPPINGS = fileURLToPath(new URL('../../../../policies/mappings/', import.meta.url));
const HEADER = '服务编号,服务日期,服务人员,客户编号,服务内容,服务结果,客户签名,服务评价';
const row = (no: string, day: string, content = '咨询'): string => `${no},${day},王敏,C-1,${content},已答复,本人,5`;
const table = (...rows: string[]): Buffer => Buffer.from([HEADER, ...rows, ''].join('\n'));
const told = { parameters: { source: 'crm', department: 'hotline' } };

async function archived(t: { teardown(act: () => Promise<void>): void }): Promise<TestArchive> {
  const archive = await testArchive();
  t.teardown(() => archive.close());
  return archive;
}

test('R8, R9: a file becomes records with codes, in a batch of its own; again, it changes nothing', async (t) => {
  const archive = await archived(t);
  const deps = importsOf(archive.deps);
  const clerk = archive.person('records_clerk');
  const source = bufferSource('a.csv', table(row('A-1', '2026-03-01'), row('A-2', '2026-03-02'), row('A-3', '2999-01-01')));
  const tried = await dryRun(deps, clerk, { source, options: told });
  t.like(tried, { counts: { captured: 2, rowsRejected: 1 }, byCode: { in_the_future: 1 } });
  const first = await runImport(deps, clerk, { source, options: told });
  t.like(first.counts, { captured: 2, rowsRejected: 1 });
  const rows = await archive.database.owner.many<{ archival_code: string; import_id: string; batch_id: string }>(
    sql`select archival_code, import_id, batch_id from records order by service_no`,
  );
  t.deepEqual(
    rows.map((one) => [one.import_id, one.batch_id]),
    [
      [first.id, first.batch?.id],
      [first.id, first.batch?.id],
    ] as [string, string][],
  );
  t.true(rows.every((one) => one.archival_code.startsWith('Z001-')));
  const again = await runImport(deps, clerk, { source, options: told });
  t.like(again.counts, { captured: 0, replayed: 2, rowsRejected: 1 });
  await t.throwsAsync(runImport(deps, archive.person('agent'), { source, options: told }), { message: 'forbidden' });
});

test('R7: files come along with their rows; a program in disguise costs its row only', async (t) => {
  const archive = await archived(t);
  const deps = importsOf(archive.deps);
  const folder = await mkdtemp(join(tmpdir(), 'intake-archive-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'note.txt'), '通话要点');
  await writeFile(join(folder, 'bad.pdf'), Buffer.from('7f454c4602010100', 'hex'));
  const source = bufferSource(
    'f.csv',
    Buffer.from([`${HEADER},附件`, `${row('F-1', '2026-03-01')},note.txt`, `${row('F-2', '2026-03-01')},bad.pdf`].join('\n')),
  );
  const input = { source, options: told, attachments: await attachmentsIn(folder) };
  t.like(await dryRun(deps, archive.person('records_clerk'), input), { byCode: { refused_file: 1 } });
  const receipt = await runImport(deps, archive.person('records_clerk'), input);
  t.like(receipt.counts, { captured: 1, rowsRejected: 1 });
  t.deepEqual(await archive.database.owner.many(sql`select name, media_type from record_files`), [{ name: 'note.txt', media_type: 'text/plain' }]);
  t.like((await runImport(deps, archive.person('records_clerk'), { ...input, attachments: await attachmentsIn(folder) })).counts, { replayed: 1 });
});

test("R97: a day's export of the old system is compared with the archive both ways", async (t) => {
  const archive = await archived(t);
  const deps = importsOf(archive.deps);
  const clerk = archive.person('records_clerk');
  await runImport(deps, clerk, {
    source: bufferSource('a', table(row('A-1', '2026-03-01'), row('A-2', '2026-03-01'), row('A-3', '2026-03-01'), row('B-1', '2026-03-02'))),
    options: told,
  });
  const source = bufferSource('b', table(row('A-1', '2026-03-01'), row('A-2', '2026-03-01', '改了'), row('A-4', '2026-03-01'), row('A-5', 'never')));
  const window = { from: new Date('2026-03-01T00:00:00+08:00'), to: new Date('2026-03-02T00:00:00+08:00') };
  const found = await compareExport(deps, clerk, { source, options: told, system: 'crm', window });
  t.like(found, { exported: 4, equal: 1, onlyInSource: 1, onlyInArchive: 1, different: 1, unreadable: 1 });
  const { differences, next } = await viewComparison(deps, clerk, found.id);
  t.is(next, null);
  t.deepEqual(
    differences.map(({ kind, serviceNo, record }) => [kind, serviceNo, record !== null]),
    [
      ['different', 'A-2', true],
      ['only_in_archive', 'A-3', true],
      ['only_in_source', 'A-4', false],
      ['unreadable', 'A-5', false],
    ],
  );
  // who may not find the records is told of numbers that he brought or may know, never of records
  const unseeing = { ...deps, authorize: () => undefined, findable: () => sql`r.department = 'nowhere'` };
  await t.throwsAsync(viewComparison(unseeing, archive.person('records_clerk'), found.id), { code: 'not_found' });
  const own = await viewComparison({ ...unseeing, authorize: () => undefined }, clerk, found.id);
  t.true(own.differences.every((one) => one.record === null));
  t.is((await viewComparisons(deps, clerk)).items.length, 1);
  t.deepEqual(await archive.database.owner.many(sql`select 1 from import_comparison_keys`), []);
});

const SETS: [string, string, number, { captured: number; received: number }, Record<string, number>][] = [
  ['service-requests-en.csv.gz', 'baltimore-311', 7000, { captured: 6855, received: 0 }, { open_case: 145 }],
  ['service-messages-en.tsv.gz', 'multidogo', 23_841, { captured: 2850, received: 0 }, {}],
  ['service-dialogues-zh.jsonl.gz', 'crosswoz', 500, { captured: 500, received: 0 }, {}],
];
for (const [file, name, rows, counts, rejects] of SETS)
  (existsSync(DATA) ? test.serial : test.serial.skip)(`R8: ${file} goes into the archive whole; every reject is explained`, async (t) => {
    const archive = await archived(t);
    const deps = importsOf(archive.deps);
    const clerk = archive.person('records_clerk');
    const mapping = parseMapping(await readYaml(`${MAPPINGS}${name}.yaml`));
    const began = performance.now();
    const receipt = await runImport(deps, clerk, { source: await fileSource(join(DATA, file)), options: { mapping } });
    t.log(`${Math.round((counts.captured / (performance.now() - began)) * 1000)} records/s`);
    const { byCode } = await viewRejects(deps, clerk, receipt.id);
    t.deepEqual(Object.fromEntries(byCode.map((one) => [one.code, one.rows])), rejects);
    t.is(receipt.counts.rowsTotal, rows);
    t.like(receipt.counts, counts);
    t.deepEqual(receipt.unmapped, []);
  });

test('R96: an import whose batch was handed over while it stood still goes on in a batch of its own', async (t) => {
  const archive = await archived(t);
  const deps = importsOf(archive.deps);
  const clerk = archive.person('records_clerk');
  const source = bufferSource('a', table(...Array.from({ length: 300 }, (_, i) => row(`A-${i}`, '2026-03-01'))));
  const stopped = await runImport(deps, clerk, { source, options: told, signal: AbortSignal.abort('asked') });
  t.is(stopped.state, 'stopped');
  t.is(stopped.counts.rowsTaken, 256);
  await moveBatch(archive.deps, clerk, { batchId: stopped.batch?.id ?? '', step: 'hand_over' });
  const resumed = await runImport(deps, clerk, { source, options: told, resume: true });
  t.is(resumed.id, stopped.id);
  t.is(resumed.state, 'finished');
  t.is(resumed.counts.rowsTaken, 300);
  t.not(resumed.batch?.id, stopped.batch?.id);
  const batches = await archive.database.owner.many<{ n: number }>(sql`select count(*)::int as n from records group by batch_id order by 1`);
  t.deepEqual(
    batches.map((one) => one.n),
    [44, 256],
  );
});
