import { fileURLToPath } from 'node:url';
import { conditionFor, readPolicies } from '../../src/access/index.js';
import type { Actor } from '../../src/audit/index.js';
import { newId, sql, type Db } from '../../src/db/index.js';
import { capture, openReading, readContent, returnReading } from '../../src/records/index.js';
import type { EngineQuery } from '../../src/search/index.js';
import { testActor } from '../../test/support/audit.js';
import { testArchive, testDraft } from '../../test/support/archive.js';
import { median, percentile, type Figure } from './bench.js';
import { askEngine, buildIndex, fillCatalogue, withStage } from './search.js';
import { searchCorpus } from './search-corpus.js';

const GRANTS = Number(process.env['LANTAI_BENCH_GRANTS'] ?? 10_000);
const RECORDS = Math.max(GRANTS, Number(process.env['LANTAI_BENCH_GRANT_RECORDS'] ?? 50_000));
const ROUNDS = 120;

/** Live grants of one person, one record each, as issuing makes them. Triggers are off for the filling only. */
async function fillGrants(owner: Db, person: string, records: readonly string[]): Promise<void> {
  await owner.run(sql`alter table grants disable trigger user`);
  await owner.run(sql`alter table grant_records disable trigger user`);
  await owner.run(sql`with made as (
      insert into grants (id, kind, person_id, reader, acts, purpose, starts_at, ends_at, issued_by, issued_at, entry_id)
      select gen_random_uuid(), 'internal', ${person}::uuid, 'p-bench', array['view'], 'solve', now() - interval '1 day', now() + interval '30 days', ${newId()}::uuid, now(), gen_random_uuid()
      from generate_series(1, ${records.length}::int) returning id, acts, starts_at, ends_at
    ), numbered as (select made.*, row_number() over () as n from made)
    insert into grant_records (grant_id, record_id, person_id, acts, starts_at, ends_at)
    select m.id, r.id, ${person}::uuid, m.acts, m.starts_at, m.ends_at from numbered m join unnest(${[...records]}::uuid[]) with ordinality r (id, n) on r.n = m.n`);
  await owner.run(sql`alter table grants enable trigger user`);
  await owner.run(sql`alter table grant_records enable trigger user`);
  await owner.run(sql`vacuum analyze grants, grant_records`);
}

const spread = (list: readonly number[]): string => `p50 ${median(list).toFixed(1)} ms, p95 ${percentile(list, 0.95).toFixed(1)} ms`;

/** Opening a reading until its first byte, and handing it back. */
async function readings(): Promise<Figure[]> {
  const archive = await testArchive();
  try {
    const { deps, database } = archive;
    const author = archive.person('agent');
    const { id } = await capture(deps, author, { draft: testDraft(), files: [] });
    const other = await capture(deps, archive.person('agent', 'service'), { draft: testDraft({ department: 'service', sensitivity: 'sensitive' }), files: [] });
    await database.owner.run(sql`alter table records disable trigger user`);
    await database.owner
      .run(sql`insert into records select (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'service_no', 'G-' || i, 'archival_code', 'G-' || i))).*
      from records r cross join generate_series(2, ${GRANTS}::int) i where r.id = ${other.id}::uuid`);
    await database.owner.run(sql`alter table records enable trigger user`);
    const reader = (granted: boolean): Actor => testActor({ personId: newId(), accountId: newId(), pseudonym: `p-${granted ? 'many' : 'none'}`, granted });
    const [many, none] = [reader(true), reader(false)];
    const copies = await database.owner.many<{ id: string }>(sql`select id from records where department = 'service'`);
    await fillGrants(
      database.owner,
      many.personId ?? '',
      copies.map((one) => one.id),
    );
    await database.owner.run(sql`vacuum analyze records`);
    const read = async (actor: Actor, recordId: string): Promise<number> => {
      const start = performance.now();
      const reading = await openReading(deps, actor, { recordId, purpose: 'solve' });
      const { body } = await readContent(deps, actor, { readingId: reading.id, kind: 'view' });
      for await (const _ of body) break;
      const took = performance.now() - start;
      body.destroy();
      await returnReading(deps, actor, { readingId: reading.id, result: 'solved' });
      return took;
    };
    const [without, byRole, byGrant]: [number[], number[], number[]] = [[], [], []];
    for (let i = 0; i < ROUNDS + 10; i++) {
      archive.clock.now = new Date();
      const round = [await read(none, id), await read(many, id), await read(many, other.id)];
      if (i < 10) continue;
      for (const [list, took] of [without, byRole, byGrant].map((list, n) => [list, round[n] as number] as const)) list.push(took);
    }
    const added = (list: readonly number[]): number => percentile(list, 0.95) - percentile(without, 0.95);
    const figure = (what: string, list: readonly number[]): Figure => ({
      what,
      value: added(list),
      unit: 'ms p95 more',
      reach: '≤ 3 ms',
      reached: added(list) <= 3,
      detail: `${spread(list)}; without grants ${spread(without)}; ${ROUNDS} rounds in turns, ${GRANTS.toLocaleString('en')} live grants`,
    });
    return [figure('a reading by role, of a person with many grants', byRole), figure('a reading under one of many grants', byGrant)];
  } finally {
    await archive.close();
  }
}

/** The same search with and without grants, in turns. */
async function searches(): Promise<Figure[]> {
  const policies = await readPolicies(fileURLToPath(new URL('../../../policies', import.meta.url)), 'default');
  return withStage(async (stage) => {
    await buildIndex(stage.engine, searchCorpus(RECORDS));
    await fillCatalogue(stage.owner);
    const actor = testActor({ department: 'dept-3', personId: newId(), granted: true });
    const granted = await stage.owner.many<{ id: string }>(
      sql`select id from records where department <> 'dept-3' and sensitivity = 'sensitive' order by id limit ${GRANTS}`,
    );
    await fillGrants(
      stage.owner,
      actor.personId ?? '',
      granted.map((one) => one.id),
    );
    const at = new Date();
    const rights = (who: Actor): Pick<EngineQuery, 'read' | 'list'> => ({
      read: conditionFor(policies, who, 'record.read', at),
      list: conditionFor(policies, who, 'record.list', at),
    });
    const of = (words: readonly string[], who: Actor): EngineQuery[] =>
      Array.from({ length: 60 }, (_, i) => ({
        text: { all: [{ phrases: [words[i % words.length] ?? ''], forgiving: false }], none: [] },
        filters: { service_type: ['complaint', 'routine'] },
        ...rights(who),
        sort: 'relevance',
        offset: 0,
        limit: 20,
        facets: ['service_type', 'department', 'year'],
        exclude: [],
      }));
    const figures: Figure[] = [];
    for (const [kind, words] of Object.entries({
      common: ['宽带', '客户', '处理'],
      middling: ['光猫', '发票', '退款'],
      rare: ['稀有词甲', '稀有词乙', 'zirconium'],
    })) {
      const [with_, without]: [number[], number[]] = [[], []];
      for (let round = 0; round < 5; round++) {
        without.push((await askEngine(stage, of(words, { ...actor, granted: false }))).p95);
        with_.push((await askEngine(stage, of(words, actor))).p95);
      }
      const ratio = median(with_) / median(without);
      figures.push({
        what: `search of ${kind} words, with many grants`,
        value: ratio,
        unit: '× p95 without',
        reach: '≤ 1.2',
        reached: ratio <= 1.2,
        detail: `${median(with_).toFixed(1)} ms over ${median(without).toFixed(1)} ms, median of 5 in turns, ${granted.length.toLocaleString('en')} live grants, ${RECORDS.toLocaleString('en')} records`,
      });
    }
    return figures;
  });
}

/** What many live grants of one person add to a reading and to a search. */
export async function benchGrants(): Promise<Figure[]> {
  return [...(await readings()), ...(await searches())];
}
