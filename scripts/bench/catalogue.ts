import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accessControl, readPolicies } from '../../src/access/index.js';
import { createAudit, systemActor, type Actor } from '../../src/audit/index.js';
import { loadCalendars, loadSchemes } from '../../src/classification/index.js';
import { openKeystore } from '../../src/crypto/index.js';
import { migrateSchema, openDatabase, sql, startEmbedded, type Db } from '../../src/db/index.js';
import { browse, dossier, findRecords, listRecords, RunningStreams, type RecordFilter, type RecordsDeps } from '../../src/records/index.js';
import { loadSchedules } from '../../src/retention/index.js';
import { completeQuery, type CompletionDeps } from '../../src/search/index.js';
import { openStore } from '../../src/storage/index.js';
import { createVault } from '../../src/vault/index.js';
import { percentile, type Figure } from './bench.js';

const RECORDS = Number(process.env['LANTAI_BENCH_RECORDS'] ?? 1_000_000);
const CHUNK = 50_000;
const ROUNDS = 40;
const DEPARTMENTS = 12;

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** The batch of what a bench fills in, and a function whose values fall independently of each other, as they do in life. */
export async function prepareFilling(owner: Db): Promise<void> {
  await owner.run(
    sql`create function pick(i integer, salt integer, n integer) returns integer language sql immutable as 'select ((hashint4extended(i, salt) & 2147483647) % n)::int'`,
  );
  await owner.run(
    sql`insert into batches (id, kind, number, source_system, opened_at, state) values ('018f0000-0000-7000-8000-000000000001', 'import', 'B1', 'bench', now(), 'open')`,
  );
}

/** Rows as captures make them, without bodies: this measures lists. Triggers are off for the filling only. */
async function fill(owner: Db): Promise<void> {
  await owner.run(sql`alter table records disable trigger user`);
  await owner.run(sql`alter table batches disable trigger user`);
  await prepareFilling(owner);
  for (let from = 0; from < RECORDS; from += CHUNK) {
    const to = Math.min(RECORDS, from + CHUNK);
    await owner.run(sql`
      insert into records (id, fonds, source_system, service_no, archival_code, state, complete, service_type, client_type, medium, sensitivity, channel, department,
        client_number, client_name_masked, client_phone_masked, client_phone_key, staff_number, staff_name, staff_account, title, tags, year, opened_at, closed_at, received_at,
        archived_at, returns_call, has_feedback, evaluation, scheme_version, schedule_version, term_rule, term_until, term_minimum, term_reasons, purposes, version_id, batch_id)
      select gen_random_uuid(), 'Z001', 'bench', 'S-' || i, 'Z001-CG·' || (2020 + i % 6) || '-D3-' || i, 'archived', true,
        (array['routine','routine','routine','special','complaint','survey','training'])[1 + pick(i, 1, 7)], (array['individual','individual','enterprise','government','other'])[1 + pick(i, 2, 5)],
        (array['electronic','electronic','electronic','paper'])[1 + pick(i, 3, 4)], (array['public','internal','internal','internal','sensitive','sensitive','highly_sensitive'])[1 + pick(i, 4, 7)],
        (array['phone','chat','email','web','app','wechat'])[1 + pick(i, 5, 6)], 'dept-' || pick(i, 6, ${DEPARTMENTS}), 'C-' || (i % 60000), '张*', '138****' || lpad((i % 10000)::text, 4, '0'),
        sha256(('p' || i % 60000)::bytea), 'A' || (i % 300), '坐席' || (i % 300), gen_random_uuid()::text, '宽带报修：晚间频繁掉线，第' || i || '号', '{}', extract(year from closed at time zone 'Asia/Shanghai')::int,
        closed - interval '2 hours', closed, closed + interval '10 minutes', closed + interval '10 minutes', false, false, 1 + pick(i, 7, 5), '2026-01', 'general@2026-01', 'service',
        (closed + interval '3 years')::date, (closed + interval '3 years')::date, '[]', array['solve','improve'], gen_random_uuid(), '018f0000-0000-7000-8000-000000000001'
      from (select i, timestamptz '2020-01-01' + make_interval(secs => (i::bigint * 48271 % 2147483647) % 186000000) as closed from generate_series(${from}::int, ${to - 1}::int) i) g`);
  }
  await owner.run(sql`select record_counts_anew()`);
  await owner.run(sql`alter table records enable trigger user`);
  await owner.run(sql`alter table batches enable trigger user`);
  await owner.run(sql`vacuum analyze records, record_counts, record_cell_counts`);
}

export function actor(role: string, department: string): Actor {
  return { ...systemActor(), kind: 'person', personId: randomUUID(), accountId: randomUUID(), pseudonym: `p-${role}`, roles: [role], department };
}

async function timed(work: () => Promise<unknown>, rounds = ROUNDS): Promise<{ p50: number; p95: number }> {
  await work();
  const list: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    await work();
    list.push(performance.now() - start);
  }
  return { p50: percentile(list, 0.5), p95: percentile(list, 0.95) };
}

/** An archive as the embedded default has it, filled and handed over with the roles that own its schema and its server. */
export async function withCatalogue<T>(
  fillIn: (owner: Db) => Promise<void>,
  work: (deps: RecordsDeps, roles: { owner: Db; superUrl: string }) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lantai-bench-catalogue-'));
  const server = await startEmbedded({ dataDir: join(folder, 'data') });
  await migrateSchema(server.ownerUrl);
  const owner = openDatabase({ connectionString: server.ownerUrl, max: 2, statementTimeout: 0 });
  const db = openDatabase({ connectionString: server.appUrl });
  const auditDb = openDatabase({ connectionString: server.auditUrl, max: 3 });
  const keystore = await openKeystore(join(folder, 'keys'), { create: true });
  const audit = createAudit({ db, auditDb, keystore, now: () => new Date(), random: randomBytes });
  try {
    await audit.startIntegrator();
    await fillIn(owner);
    const policies = await readPolicies(root('policies'), 'default');
    const calendars = await loadCalendars(root('policies/calendar'));
    const store = openStore({ kind: 'folder', folder: join(folder, 'objects') });
    const vault = createVault({ db, store, keystore, audit, now: () => new Date(), random: randomBytes });
    await vault.prepare();
    const deps: RecordsDeps = {
      db,
      audit,
      access: accessControl(() => policies),
      streams: new RunningStreams(),
      vault,
      keystore,
      schemes: await loadSchemes(root('policies/scheme')),
      schedules: await loadSchedules(root('retention')),
      calendar: () => calendars.newest,
      settings: {
        fonds: 'Z001',
        zone: 'Asia/Shanghai',
        limits: { fileBytes: 2 ** 20, filesPerRecord: 1, jsonBytes: 2 ** 20, importBytes: 1 },
        readingIdleMinutes: 60,
      },
      now: () => new Date(),
      onTrouble: () => undefined,
      assertOpen: () => Promise.resolve(),
    };
    return await work(deps, { owner, superUrl: server.superUrl });
  } finally {
    await audit.stop();
    await Promise.all([owner.close(), db.close(), auditDb.close()]);
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Lists and counts of a large catalogue under rights, each with its audit entry. */
export async function benchCatalogue(): Promise<Figure[]> {
  return withCatalogue(fill, async (deps) => {
    const agent = actor('agent', 'dept-3');
    const clerk = actor('records_clerk', 'archive');
    const figures: Figure[] = [];
    const add = (what: string, limit: number, { p50, p95 }: { p50: number; p95: number }): void => {
      figures.push({
        what,
        value: p95,
        unit: 'ms p95',
        reach: `≤ ${limit} ms`,
        reached: p95 <= limit,
        detail: `p50 ${p50.toFixed(1)} ms, ${RECORDS.toLocaleString('en')} records`,
      });
    };
    // what every figure contains besides its query: one audit entry in a transaction of its own
    const entry = await timed(() =>
      deps.db.tx((tx) => deps.audit.append(tx, { actor: agent, act: 'record.list', subject: { kind: 'list', id: 'records' }, decision: 'allow' })),
    );
    add('baseline: one audit entry', Infinity, entry);
    const filters: [string, RecordFilter][] = [
      ['newest', {}],
      ['of a type', { type: 'complaint' }],
      ['of a client', { client: 'C-4321' }],
      ['of a year and class', { year: 2023, sensitivity: 'internal' }],
      ['of a span of days', { from: '2022-03-01', to: '2022-03-31' }],
      ['rare together', { type: 'training', channel: 'email', medium: 'paper', evaluation: 5 }],
    ];
    for (const [who, viewer] of [
      ['agent', agent],
      ['clerk', clerk],
    ] as const) {
      for (const [what, filter] of filters) add(`list, ${who}: ${what}`, 50, await timed(() => listRecords(deps, viewer, filter)));
      const deep = await deepCursor(deps, viewer);
      add(`list, ${who}: page 40`, 50, await timed(() => listRecords(deps, viewer, { after: deep })));
      add(`find, ${who}: by client number`, 50, await timed(() => findRecords(deps, viewer, 'C-4321')));
      add(`dossier, ${who}`, 50, await timed(() => dossier(deps, viewer, 'C-4321')));
      add(`browse counts, ${who}`, 300, await timed(() => browse(deps, viewer), 20));
    }
    const completion: CompletionDeps = {
      ...deps,
      departments: () =>
        Promise.resolve(Array.from({ length: DEPARTMENTS }, (_, i) => ({ code: `dept-${i}`, names: { zh: `部门${i}`, en: `Department ${i}` } }))),
    };
    // the last one finds nothing: what is typed must not be looked for in all that others may see
    for (const [who, viewer] of [
      ['agent', agent],
      ['clerk', clerk],
      ['agent of an empty department', actor('agent', 'dept-none')],
    ] as const)
      for (const q of ['S-4', 'C-43', 'client:C-4', 'type:', '投诉', 'department:部门1', '2023'])
        add(`completion, ${who}: ${q}`, 30, await timed(() => completeQuery(completion, viewer, 'zh', q, q.length)));
    return figures;
  });
}

async function deepCursor(deps: RecordsDeps, viewer: Actor): Promise<string> {
  let after: string | undefined;
  for (let page = 0; page < 39; page++) after = (await listRecords(deps, viewer, after === undefined ? {} : { after })).next ?? undefined;
  if (after === undefined) throw new Error('too few records');
  return after;
}
