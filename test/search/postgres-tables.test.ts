import test, { type ExecutionContext } from 'ava';
import { CodedError } from '../../src/errors/index.js';
import { sql, type Sql } from '../../src/db/index.js';
import { createPostgresSearch, type EngineQuery } from '../../src/search/index.js';
import { searchStatement, selectQuarters } from '../../src/search/postgres/query-store.js';
import { catalogueOf } from '../support/catalogue.js';
import { testDatabase } from '../support/database.js';
import { asking, plainDocument } from './suite/asking.js';

async function indexed(t: ExecutionContext, count: number) {
  const database = await testDatabase();
  t.teardown(() => database.close());
  const documents = Array.from({ length: count }, (_, i) =>
    plainDocument({ closedAt: new Date(Date.UTC(2026, i < 250 ? 2 : 3, 1 + (i % 27))), texts: { content: '秘密掉线 unspoken' } }),
  );
  await (
    await catalogueOf(database)
  )(documents);
  const engine = createPostgresSearch({ db: database.app });
  t.deepEqual(await engine.prepare(), { empty: true }, 'a first start has no index');
  const rebuild = await engine.rebuild();
  for (let i = 0; i < count; i += 500) await rebuild.put(documents.slice(i, i + 500));
  await rebuild.swap();
  return { database, engine };
}

async function plan(db: { many(statement: Sql): Promise<object[]> }, query: EngineQuery, quarters: readonly string[]): Promise<string> {
  const statement = searchStatement(
    query,
    query.text.all.map((clause) => ({ ...clause, typos: [] })),
    quarters,
  );
  return (await db.many(sql`explain (analyze, costs off, timing off) ${statement as Sql}`)).map((row) => String(Object.values(row)[0])).join('\n');
}

test('words are looked up in their index, quarter by quarter from the newest, and no further than the cap', async (t) => {
  const { database } = await indexed(t, 1_500);
  const quarters = await selectQuarters(database.app);
  t.deepEqual(quarters, ['2026-01-01', '2026-04-01']);
  const common = await plan(database.app, asking('掉线'), quarters);
  t.regex(common, /Bitmap Index Scan on search_documents_2026q2_\d+_words_idx \(actual/);
  t.regex(common, /search_documents_2026q1_\d+\S*( s_\d+)? \(never executed\)/, 'the newer quarter filled the cap');
  const rare = await plan(database.app, asking('不存在'), quarters);
  for (const quarter of ['2026q1', '2026q2']) t.regex(rare, new RegExp(`Bitmap Index Scan on search_documents_${quarter}_\\d+_words_idx \\(actual`));
  const days = await plan(database.app, asking('掉线', { filters: { closed: { before: new Date(Date.UTC(2026, 2, 20)) } } }), quarters);
  t.notRegex(days, /search_documents_2026q2/, 'a span of days leaves the other quarters alone');
});

test('the index is in no log of writes and in no statistics', async (t) => {
  const { database } = await indexed(t, 60);
  const logged = await database.owner.many(sql`
    select relname from pg_class where relkind = 'r' and relpersistence <> 'u' and relname ~ '^search_(documents|words|entries|gone_words|mark)'`);
  t.deepEqual(logged, []);
  await database.owner.run(sql`analyze`);
  const sampled = await database.superuser.many(sql`
    select c.relname, a.attname from pg_statistic s join pg_class c on c.oid = s.starelid join pg_attribute a on a.attrelid = c.oid and a.attnum = s.staattnum
    where c.relname ~ '^search_' and a.attname in ('cat', 'cat_text', 'words', 'text', 'title', 'solution', 'content', 'files', 'word', 'forms')`);
  t.deepEqual(sampled, []);
});

test('an index that was lost is known to be lost: searches say so, and the next start builds it', async (t) => {
  const { database, engine } = await indexed(t, 60);
  t.is((await engine.query(asking('掉线'))).total, 60);
  // what a crash does to unlogged tables
  await database.owner.run(sql`truncate search_mark, search_documents, search_words, search_entries`);
  const unavailable = (error: unknown): boolean => error instanceof CodedError && error.code === 'search_unavailable';
  t.true(unavailable(await t.throwsAsync(engine.query(asking('掉线')))));
  t.deepEqual(await createPostgresSearch({ db: database.app }).prepare(), { empty: true });
  await database.owner.run(sql`drop table search_documents, search_entries`);
  for (const act of [engine.query(asking('掉线')), engine.count(), engine.stamps(null, 1), engine.put([plainDocument()])])
    t.true(unavailable(await t.throwsAsync(act)));
});
