import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { foldCounts } from '../../src/audit/index.js';
import { exceptionOn, loadCalendars } from '../../src/classification/index.js';
import { readYaml, workCalendar } from '../../src/config/index.js';
import { openDatabase, sql, type Db } from '../../src/db/index.js';
import { capture, listRecords } from '../../src/records/index.js';
import { askWhoCouldRead, listUsage, makeReport, viewUsage, type UsageDeps, type UsageQuestion } from '../../src/reports/index.js';
import { testReports, type TestReports } from '../../test/reports/support.js';
import { testDraft } from '../../test/support/archive.js';
import { fillLog, PERSONS, YEAR } from './fill-log.js';
import { median, percentile, seconds, type Figure } from './bench.js';

/** `LANTAI_BENCH_ENTRIES` for fewer: ten million take some ten minutes to make, and fifteen gigabytes. */
const ENTRIES = Number(process.env['LANTAI_BENCH_ENTRIES'] ?? 10_000_000);
const RECORDS = Number(process.env['LANTAI_BENCH_LOG_RECORDS'] ?? 200_000);
const READINGS = Math.round(ENTRIES / 10);
const ROUNDS = 30;

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Records and readings that a report counts, as copies of ones that the program made. Triggers are off for the filling only. */
async function fillCatalogue(owner: Db, record: string): Promise<void> {
  await owner.run(sql`alter table records disable trigger user`);
  await owner.run(sql`alter table readings disable trigger user`);
  await owner.run(sql`
    insert into records select (jsonb_populate_record(r, jsonb_build_object('id', md5('r' || i)::uuid, 'service_no', 'L-' || i, 'archival_code', 'L-' || i,
      'department', 'dept-' || pick(i, 7, 12), 'opened_at', at - interval '1 hour', 'closed_at', at, 'received_at', at, 'archived_at', at + make_interval(hours => pick(i, 8, 40))))).*
    from records r cross join lateral (select i, ${`${YEAR}-01-01`}::timestamptz + make_interval(secs => pick(i, 9, 31000000)) as at from generate_series(1, ${RECORDS}::int) i) g where r.id = ${record}::uuid`);
  await owner.run(sql`
    insert into readings (id, record_id, version_id, account_id, person_id, pseudonym, purpose, may_download, may_print, policy, entry_id, opened_at, last_used_at, expires_at, state, ended_at, result)
    select md5('g' || i)::uuid, r.id, r.version_id, md5('a' || pick(i, 1, ${PERSONS}))::uuid, md5('p' || pick(i, 1, ${PERSONS}))::uuid, 'p-' || lpad(pick(i, 1, ${PERSONS})::text, 16, '0'),
      (array['solve','improve','quality'])[1 + pick(i, 4, 3)], false, false, 'bench', gen_random_uuid(), at, at, at, 'returned', at + interval '10 minutes', 'solved'
    from generate_series(1, ${READINGS}::int) i cross join lateral (select ${`${YEAR}-01-01`}::timestamptz + make_interval(secs => i * ${(365 * 86_400) / READINGS}::float8) as at) g
    join records r on r.id = ${record}::uuid`);
  await owner.run(sql`alter table records enable trigger user`);
  await owner.run(sql`alter table readings enable trigger user`);
  await owner.run(sql`vacuum analyze records, readings`);
}

/** Views as people ask for them: the last thirty days, narrowed in one way or another. */
function questions(): [string, UsageQuestion][] {
  const month = { from: `${YEAR}-11-15`, to: `${YEAR}-12-15` };
  return [
    ['thirty days', month],
    ['a person', { ...month, actors: ['p-0000000000000007'] }],
    ['refusals outside hours', { ...month, decision: 'deny', hours: 'outside' }],
    ['a department, read, for a purpose', { ...month, department: 'dept-3', use: 'read', purpose: 'solve' }],
    ['the whole year', { from: `${YEAR}-01-01`, to: `${YEAR}-12-31` }],
    ['a record', { records: [] }],
  ];
}

async function audited(made: TestReports, deps: UsageDeps): Promise<Figure[]> {
  const officer = await made.person('compliance_officer');
  const record = (
    await made.archive.database.owner.one<{ record_id: string }>(sql`select record_id from audit_entries where log = ${String(YEAR)} and sequence = 7`)
  ).record_id;
  const baseline: number[] = [];
  const figures: Figure[] = [];
  const single = (): Promise<unknown> =>
    deps.db
      .tx((tx) => deps.audit.append(tx, { actor: officer, act: 'usage.view', subject: { kind: 'log', id: 'usage' }, decision: 'allow' }))
      .then((one) => deps.audit.settled(one));
  for (const [what, question] of questions()) {
    const asked = what === 'a record' ? { records: [record] } : question;
    const times: number[] = [];
    const failures: string[] = [];
    for (let i = 0; i < ROUNDS + 3; i++) {
      const entry = 1000 * (await seconds(single));
      // what the page asks: the sums, and the first entries behind them
      let failed = '';
      const took =
        1000 *
        (await seconds(async () => {
          await viewUsage(deps, officer, asked);
          await listUsage(deps, officer, asked, {});
        }).catch((error: unknown) => {
          failed = String(error);
          return NaN;
        }));
      if (failed !== '') {
        failures.push(`${what}: ${failed}`);
        break; // its figure says that it failed; the others go on
      }
      if (i < 3) continue;
      baseline.push(entry);
      times.push(took);
    }
    const p95 = percentile(times, 0.95);
    figures.push({
      what: `access audit page, ${what}`,
      value: p95,
      unit: 'ms p95',
      reach: '≤ 500 ms',
      reached: p95 <= 500,
      detail:
        failures[0] ??
        `p50 ${median(times).toFixed(0)} ms, ${(median(times) / median(baseline)).toFixed(1)} × one signed entry (p50 ${median(baseline).toFixed(1)} ms); ${ENTRIES.toLocaleString('en')} entries`,
    });
  }
  return figures;
}

/** A report, and what everybody else waits meanwhile. */
async function reported(made: TestReports): Promise<Figure[]> {
  const officer = await made.person('compliance_officer');
  const clerk = await made.person('records_clerk', 'archive');
  const other = (): Promise<number> => seconds(() => listRecords(made.archive.deps, clerk, {})).then((one) => 1000 * one);
  const alone: number[] = [];
  for (let i = 0; i < 60; i++) alone.push(await other());
  const meanwhile: number[] = [];
  let done = false;
  const took = seconds(() => makeReport(made.reports, officer, `${YEAR}-11-01`)).finally(() => (done = true));
  while (!done) {
    meanwhile.push(await other());
    await sleep(5);
  }
  const time = await took;
  const ratio = percentile(meanwhile, 0.95) / percentile(alone, 0.95);
  const many = `${ENTRIES.toLocaleString('en')} entries, ${READINGS.toLocaleString('en')} readings, ${RECORDS.toLocaleString('en')} records`;
  return [
    { what: 'monthly report, signed', value: time, unit: 's', reach: '≤ 60 s', reached: time <= 60, detail: many },
    {
      what: 'a list of records meanwhile',
      value: ratio,
      unit: '× p95 of itself alone',
      reach: '≤ 5, others are not blocked',
      reached: ratio <= 5,
      detail: `p95 ${percentile(meanwhile, 0.95).toFixed(0)} ms of ${meanwhile.length}, longest ${Math.max(...meanwhile).toFixed(0)} ms; alone p95 ${percentile(alone, 0.95).toFixed(0)} ms`,
    },
  ];
}

/** Who could have read a record, replayed over the long log. */
async function replayed(made: TestReports, deps: UsageDeps, record: string): Promise<Figure> {
  const officer = await made.person('compliance_officer');
  const day = deps.hours.dayOf(deps.now());
  const times: number[] = [];
  for (let i = 0; i < 5; i++) times.push(await seconds(() => askWhoCouldRead(deps, officer, { record, day })));
  return {
    what: 'who could have read a record, replayed',
    value: median(times),
    unit: 's',
    reach: 'told',
    reached: true,
    detail: `${times.map((one) => one.toFixed(2)).join(', ')} s; ${ENTRIES.toLocaleString('en')} entries`,
  };
}

/** The access audit and the monthly report over a long log. */
export async function benchLongLog(): Promise<Figure[]> {
  const made = await testReports();
  const { archive } = made;
  const owner = openDatabase({ connectionString: archive.database.urls.owner, max: 1, statementTimeout: 0 });
  const auditDb = openDatabase({ connectionString: archive.database.urls.audit, max: 1, statementTimeout: 0 });
  try {
    const { id } = await capture(archive.deps, archive.person('agent'), { draft: testDraft(), files: [] });
    await fillLog(owner, ENTRIES, RECORDS);
    await fillCatalogue(owner, id);
    const calendar = (await loadCalendars(root('policies/calendar'))).newest;
    const source = await readYaml(root('policies/hours/default.yaml'));
    const hours = workCalendar(source, 'Asia/Shanghai', { version: calendar.digest, on: (day) => exceptionOn(calendar, day) });
    const counting = await seconds(() => foldCounts(auditDb, hours));
    const deps: UsageDeps = { db: archive.deps.db, audit: archive.deps.audit, access: archive.deps.access, hours, now: archive.deps.now };
    const counted: Figure = {
      what: 'counting the log for the first time',
      value: ENTRIES / counting,
      unit: 'entries/s',
      reach: 'told',
      reached: true,
      detail: `${counting.toFixed(0)} s for ${ENTRIES.toLocaleString('en')} entries`,
    };
    return [counted, ...(await audited(made, deps)), ...(await reported(made)), await replayed(made, deps, id)];
  } finally {
    await owner.close();
    await auditDb.close();
    await made.close();
  }
}
