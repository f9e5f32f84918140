import { setTimeout as sleep } from 'node:timers/promises';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { systemActor } from '../../../src/audit/index.js';
import { silentLogger } from '../../../src/config/index.js';
import { sql } from '../../../src/db/index.js';
import { appraisalReport, listAppraisals, sealReports } from '../../../src/disposition/index.js';
import { CodedError } from '../../../src/errors/index.js';
import { createJobs } from '../../../src/jobs/index.js';
import { pdfText } from '../../support/pdf.js';
import { withEntry } from '../support/sql.js';
import { appraisedRecords, crew, type Crew } from '../support/way.js';

let people: Crew;
test.before(async () => {
  people = await crew();
});
test.after.always(() => people.world.close());

const deps = () => people.world.deps;
const owner = () => people.world.archive.database.owner;
const kept = async (): Promise<string[]> =>
  (await owner().many<{ id: string }>(sql`select subject_id as id from disposition_papers where kind = 'appraisal' order by made_at`)).map((one) => one.id);
const newest = async (): Promise<string> => (await listAppraisals(deps(), people.manager)).items[0]?.id ?? '';
const asked = async (): Promise<number> =>
  (await owner().one<{ n: number }>(sql`select count(*)::int as n from graphile_worker.jobs where task_identifier = 'sealReports'`)).n;

test.serial(
  'R66, R104: the last signature queues the report in its own transaction; it is made within seconds, of what everybody signed, and stays so',
  async (t) => {
    const jobs = createJobs({
      connectionString: people.world.archive.database.urls.app,
      log: silentLogger,
      // by itself it comes never here: what is seen was called for
      tasks: { sealReports: { parse: () => ({}), run: async () => void (await sealReports(deps(), systemActor())) } },
    });
    t.teardown(() => jobs.stop());
    const [record = ''] = await appraisedRecords(people, 1, { title: '签署时的题名' });
    const id = await newest();
    t.is(await asked(), 1);
    t.deepEqual(await kept(), [], 'nobody has worked yet');
    await jobs.start();
    const until = Date.now() + 30_000; // on a machine that does much else
    while ((await kept()).length === 0 && Date.now() < until) await sleep(50);
    t.deepEqual(await kept(), [id]);
    const { entry } = await owner().one<{ entry: Record<string, unknown> }>(sql`select entry::jsonb as entry from
    (select entry from audit_pending union all select entry from audit_entries) x where entry::jsonb ->> 'act' = 'appraisal.report'`);
    t.like(entry, { subject: { kind: 'appraisal', id }, decision: 'allow' });
    // asked for after the title was corrected, it is the one of before
    await withEntry(people.world.archive, (tx) => tx.run(sql`update records set title = '后来更正的题名' where id = ${record}`));
    const pdf = await buffer((await appraisalReport(deps(), people.manager, id)).body);
    t.true(pdf.includes('/ByteRange'), 'signed');
    const text = pdfText(pdf);
    if (text === undefined) t.log('skipped: needs pdftotext');
    else t.true(text.includes('签署时的题名') && !text.includes('后来更正的题名'), text);
    t.is(await sealReports(deps(), systemActor()), 0, 'and it is made once');
  },
);

test.serial('R66: a report that fails keeps no other back and is made by the next look', async (t) => {
  await owner().run(sql`delete from graphile_worker._private_jobs`);
  const before = await kept();
  await appraisedRecords(people, 1);
  const first = await newest();
  await appraisedRecords(people, 1);
  const second = await newest();
  t.is(await asked(), 2);
  let calls = 0;
  const stage: ReturnType<typeof deps>['vault']['stage'] = (input) =>
    ++calls === 1 ? Promise.reject(new CodedError('unavailable')) : deps().vault.stage(input);
  const vault = new Proxy(deps().vault, { get: (to, key) => (key === 'stage' ? stage : (Reflect.get(to, key, to) as unknown)) });
  const failed = await t.throwsAsync<AggregateError>(sealReports({ ...deps(), vault }, systemActor()));
  t.is((failed?.errors[0] as CodedError | undefined)?.code, 'unavailable');
  t.deepEqual(await kept(), [...before, second]);
  t.is(await sealReports(deps(), systemActor()), 1);
  t.deepEqual((await kept()).toSorted(), [...before, first, second].toSorted());
});
