import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startStandingRules } from '../../src/access/index.js';
import { systemActor } from '../../src/audit/index.js';
import { openDatabase, sql, type Db } from '../../src/db/index.js';
import { decideSql, reasonsSql } from '../../src/disposition/due/decide-store.js';
import { foldTermCounts, listDue, reckonImpact, recomputeTerms, type DueDeps } from '../../src/disposition/index.js';
import { capture, openReading, readContent, returnReading, type RecordsDeps, type RuleVersion } from '../../src/records/index.js';
import { loadSchedules, parseSchedule, type Schedule } from '../../src/retention/index.js';
import { testDraft } from '../../test/support/archive.js';
import { median, percentile, seconds, type Figure } from './bench.js';
import { actor, prepareFilling, withCatalogue } from './catalogue.js';

/** `LANTAI_BENCH_RETENTION=1000000` for the figures that are promised; the rows are made by the database itself, some thousands a second. */
const RECORDS = Number(process.env['LANTAI_BENCH_RETENTION'] ?? 50_000);
const CHUNK = 50_000;
const PAGES = 120;
/** Readings while nothing else happens; and the pause between two of them, so that they measure waiting and are no load of their own. */
const READS = 60;
const PAUSE = 100;
const RULE = '018f0000-0000-7000-8000-00000000000a';

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const shipped = (await loadSchedules(root('retention'))).newest;

/** The shipped schedule with a longer term for most records, and a shorter one for some. */
function another(): Schedule {
  const { digest: _digest, name: _name, ...rest } = structuredClone(shipped);
  const years: Record<string, number> = { service: 4, communication: 4, feedback: 2 };
  const rules = rest.rules.map((rule) => (years[rule.id] === undefined ? rule : { ...rule, period: { years: years[rule.id] }, maximum: { years: 9 } }));
  return parseSchedule({ ...rest, version: '2027-01', rules });
}

/** Records with the terms and derivations that the shipped schedule gives them, and events of some; their ids grow with time, as those of captures do. Triggers are off for the filling only. */
async function fill(owner: Db): Promise<void> {
  for (const table of [sql`records`, sql`batches`, sql`record_events`]) await owner.run(sql`alter table ${table} disable trigger user`);
  await prepareFilling(owner);
  for (let from = 0; from < RECORDS; from += CHUNK) {
    const to = Math.min(RECORDS, from + CHUNK);
    await owner.run(sql`
      with made as materialized (
        select uuidv7() as id, i, closed as closed_at, (array['routine','routine','routine','special','complaint','survey','training'])[1 + pick(i, 1, 7)] as service_type,
          (array['individual','individual','enterprise','government','other'])[1 + pick(i, 2, 5)] as client_type, (array['electronic','electronic','electronic','paper'])[1 + pick(i, 3, 4)] as medium,
          (array['public','internal','internal','internal','sensitive','sensitive','highly_sensitive'])[1 + pick(i, 4, 7)] as sensitivity,
          (array['phone','chat','email','web','app','wechat'])[1 + pick(i, 5, 6)] as channel, case when pick(i, 8, 20) = 0 then array['反洗钱'] when pick(i, 8, 20) = 1 then array['platform_trade'] else '{}' end as tags,
          pick(i, 9, 4) = 0 as has_feedback, case when pick(i, 10, 50) = 0 then 'confirmed' else 'none' end as special_term
        from (select i, timestamptz '2020-01-01' + make_interval(secs => (i::bigint * 48271 % 2147483647) % 186000000) as closed from generate_series(${from}::int, ${to - 1}::int) i) g
      )
      insert into records (id, fonds, source_system, service_no, archival_code, state, complete, service_type, client_type, medium, sensitivity, channel, department,
        client_number, client_name_masked, client_phone_masked, client_phone_key, staff_number, staff_name, staff_account, title, tags, year, opened_at, closed_at, received_at,
        archived_at, returns_call, has_feedback, special_term, evaluation, scheme_version, schedule_version, purposes, version_id, batch_id, term_rule, term_until, term_minimum, term_maximum,
        term_reasons)
      select m.id, 'Z001', 'bench', 'S-' || i, 'Z001-CG·' || (2020 + i % 6) || '-D3-' || i, 'archived', true, m.service_type, m.client_type, m.medium, m.sensitivity, m.channel,
        'dept-' || pick(i, 6, 12), 'C-' || (i % 60000), '张*', '138****' || lpad((i % 10000)::text, 4, '0'), sha256(('p' || i % 60000)::bytea), 'A' || (i % 300), '坐席' || (i % 300),
        gen_random_uuid()::text, '宽带报修：晚间频繁掉线，第' || i || '号', m.tags, extract(year from m.closed_at at time zone 'Asia/Shanghai')::int, m.closed_at - interval '2 hours', m.closed_at,
        m.closed_at + interval '10 minutes', m.closed_at + interval '10 minutes', false, m.has_feedback, m.special_term, 1 + pick(i, 7, 5), '2026-01', ${shipped.name}, array['solve','improve'],
        gen_random_uuid(), '018f0000-0000-7000-8000-000000000001', d.rule, d.until, d.minimum, d.maximum, ${reasonsSql(shipped)}
      from made m join (${decideSql(shipped, sql`select * from made`, ['special_term'])}) d on d.id = m.id`);
  }
  // one record in twenty has a history that its term depends on
  await owner.run(sql`insert into record_events (record_id, kind, name, at, source, entry_id, recorded_at, recorded_by)
    select id, case when 'platform_trade' = any (tags) then 'event' else 'contact' end, case when 'platform_trade' = any (tags) then 'trade_completed' else '' end, closed_at + interval '40 days',
      'bench', gen_random_uuid(), closed_at, 'p-bench' from records where hashtext(service_no) % 20 = 0`);
  await owner.run(sql`select record_counts_anew()`);
  await owner.run(sql`insert into term_counts select date_trunc('month', term_until)::date, term_rule, service_type, department, sensitivity, state, restricted, held, count(*)
    from records group by 1, 2, 3, 4, 5, 6, 7, 8`);
  for (const table of [sql`records`, sql`batches`, sql`record_events`]) await owner.run(sql`alter table ${table} enable trigger user`);
  await owner.run(sql`vacuum analyze`);
}

/** The version waits at first, and then acts; who approved it is another matter. */
async function propose(superUrl: string, next: Schedule, active: boolean): Promise<void> {
  const superuser = openDatabase({ connectionString: superUrl.replace(/\/postgres$/, '/lantai'), max: 1 });
  try {
    await superuser.tx(async (tx) => {
      await tx.run(sql`set local session_replication_role = replica`);
      await tx.run(sql`insert into rule_files (id, kind, name, digest, canonical, entry_id, first_seen, state, origin) values (${RULE}, 'schedule', ${next.name}, ${next.digest}, '{}',
        gen_random_uuid(), now(), 'proposed', 'proposed') on conflict do nothing`);
      if (active)
        await tx.run(sql`update rule_files set state = 'active', activated_at = now(), agreed_by = gen_random_uuid(), confirmed_by = gen_random_uuid(), shortens = true,
          consented_by = gen_random_uuid() where id = ${RULE}`);
    });
  } finally {
    await superuser.close();
  }
}

function withSchedules(deps: RecordsDeps, newest: Schedule, next: Schedule): DueDeps {
  const version: RuleVersion = {
    id: RULE,
    kind: 'schedule',
    name: next.name,
    digest: next.digest,
    state: 'proposed',
    firstSeen: new Date(),
    activatedAt: null,
    endedAt: null,
    agreedBy: null,
    confirmedBy: null,
    seen: false,
    shortens: true,
    consentedBy: null,
  };
  const all = [shipped, next];
  const get = (name: string): Schedule => all.find((one) => one.name === name) ?? shipped;
  return { ...deps, schedules: { versions: all, newest, get }, rules: { list: () => Promise.resolve([version]) } };
}

/** One update of all records, of the columns that a recompute writes, as any program would make it. */
function bareUpdate(deps: RecordsDeps): Promise<void> {
  return deps.db.tx(async (tx) => {
    await tx.run(sql`set local statement_timeout = 0`);
    await deps.audit.append(tx, { actor: systemActor(), act: 'schedule.recompute', subject: { kind: 'schedule', id: 'bench' }, decision: 'allow' });
    await tx.run(
      sql`update records set term_until = term_until + 1, term_minimum = term_minimum + 1, term_maximum = term_maximum + 1, schedule_version = 'bench@2026-01'`,
    );
  });
}

async function readOnce(deps: RecordsDeps, recordId: string): Promise<number> {
  const reader = actor('agent', 'hotline');
  const start = performance.now();
  const reading = await openReading(deps, reader, { recordId, purpose: 'solve' });
  const { body } = await readContent(deps, reader, { readingId: reading.id, kind: 'view' });
  for await (const _ of body) break;
  const took = performance.now() - start;
  body.destroy();
  await returnReading(deps, reader, { readingId: reading.id, result: 'solved' });
  return took;
}

/** Pages of the due list of days all over the years, with their totals; of the whole archive and of a department, first pages and those behind. */
async function duePages(deps: DueDeps): Promise<{ times: number[]; totals: number[] }> {
  const viewers = [actor('records_manager', 'archive'), actor('supervisor', 'dept-3')];
  const [times, totals]: [number[], number[]] = [[], []];
  for (let i = 0; i < PAGES; i++) {
    const day = new Date(Date.UTC(2021, (i * 29) % 144, 1 + ((i * 7) % 28))).toISOString().slice(0, 10);
    const viewer = viewers[i % 2] as (typeof viewers)[number];
    let after: string | undefined;
    for (let page = 0; page < 3; page++) {
      const start = performance.now();
      const found = await listDue(deps, viewer, { day, after });
      times.push(performance.now() - start);
      totals.push(found.total);
      if (found.next === null) break;
      after = found.next;
    }
  }
  return { times, totals };
}

/** Due list, impact, recompute and reading meanwhile, over one archive. */
export async function benchRetention(): Promise<Figure[]> {
  const next = another();
  const filling = performance.now();
  return withCatalogue(fill, async (deps, { owner, superUrl }) => {
    console.log(`  ${RECORDS.toLocaleString('en')} records made in ${((performance.now() - filling) / 1000).toFixed(0)} s`);
    await startStandingRules(deps, root('policies/standing'));
    const author = actor('agent', 'hotline');
    const ids: string[] = [];
    for (let i = 0; i < 20; i++) ids.push((await capture(deps, author, { draft: testDraft({ serviceNo: `R-${i}` }), files: [] })).id);
    const waiting = withSchedules(deps, shipped, next);
    await duePages(waiting);
    const pages = await duePages(waiting);
    await propose(superUrl, next, false);
    const impact = await reckonImpact(waiting, systemActor(), RULE);
    console.log(`  due list and impact measured: ${impact.totals.later} would move to a later day, ${impact.totals.earlier} to an earlier one`);

    const read = (i: number): Promise<number> => readOnce(deps, ids[i % ids.length] ?? '');
    const idle: number[] = [];
    for (let i = 0; i < READS + 10; i++) {
      const took = await read(i);
      if (i >= 10) idle.push(took);
      await sleep(PAUSE);
    }
    const settle = (): Promise<unknown> => owner.run(sql`vacuum records`).then(() => owner.run(sql`checkpoint`).catch(() => 0));
    await settle();
    const bare = [await seconds(() => bareUpdate(deps))];
    console.log(`  bare update ${bare[0]?.toFixed(1)} s`);
    await settle();
    await propose(superUrl, next, true);
    const acting = withSchedules(deps, next, next);
    const meanwhile: number[] = [];
    let running = true;
    const reading = (async () => {
      for (let i = 0; running; i++) {
        meanwhile.push(await read(i));
        await sleep(PAUSE);
      }
    })();
    const full = await seconds(() => recomputeTerms(acting, systemActor()));
    running = false;
    await reading;
    console.log(`  recomputed in ${full.toFixed(1)} s`);
    const { wrong } = await owner.one<{
      wrong: number;
    }>(sql`select count(*)::int as wrong from records r join (${decideSql(next, sql`select * from records`)}) d on d.id = r.id
      where (r.term_until, r.term_minimum, r.term_rule, r.schedule_version) is distinct from (d.until, d.minimum, d.rule, ${next.name}::text)`);
    if (wrong > 0) throw new Error(`${wrong} records have another term than the schedule gives them`);
    await settle();
    bare.push(await seconds(() => bareUpdate(deps)));
    await foldTermCounts(deps.db);

    const spread = (list: readonly number[]): string => `p50 ${median(list).toFixed(1)} ms, p95 ${percentile(list, 0.95).toFixed(1)} ms`;
    const all = RECORDS.toLocaleString('en');
    const page = percentile(pages.times, 0.95);
    const ratio = (full * bare.length) / bare.reduce((sum, one) => sum + one, 0);
    const slower = percentile(meanwhile, 0.95) / percentile(idle, 0.95);
    return [
      {
        what: 'due list of any day, a page with totals',
        value: page,
        unit: 'ms p95',
        reach: '≤ 200 ms',
        reached: page <= 200,
        detail: `${spread(pages.times)}; totals up to ${Math.max(...pages.totals).toLocaleString('en')} of ${all} records`,
      },
      {
        what: 'impact preview of another version',
        value: impact.milliseconds / 1000,
        unit: 's',
        reach: '≤ 20 s',
        reached: impact.milliseconds <= 20_000,
        detail: `${all} records`,
      },
      {
        what: 'all terms decided anew under another version',
        value: ratio,
        unit: 'of one bare update of the same rows',
        reach: '≤ 1.5',
        reached: ratio <= 1.5,
        detail: `${full.toFixed(1)} s, bare ${bare.map((one) => one.toFixed(1)).join(' and ')} s; ${all} records, each as the schedule says`,
      },
      {
        what: 'reading meanwhile',
        value: slower,
        unit: 'of the idle p95',
        reach: '≤ 2',
        reached: slower <= 2,
        detail: `idle ${spread(idle)}; meanwhile ${spread(meanwhile)}, ${meanwhile.length} readings`,
      },
    ];
  });
}
