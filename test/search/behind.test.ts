import { randomUUID } from 'node:crypto';
import test from 'ava';
import { sql } from '../../src/db/index.js';
import { capture } from '../../src/records/index.js';
import { searchRecords } from '../../src/search/index.js';
import { testArchive, testDraft } from '../support/archive.js';
import { PlainEngine, testSearch } from '../support/search.js';

test('R48: an empty answer says where the index has not heard of everything yet', async (t) => {
  const archive = await testArchive();
  const search = testSearch(archive, new PlainEngine());
  t.teardown(async () => {
    await search.stop();
    await archive.close();
  });
  const agent = archive.person('agent');
  const { db } = archive.deps;
  await capture(archive.deps, agent, { draft: testDraft({ title: '路由器指示灯不亮' }), files: [] });
  await search.settled();
  const ask = (q: string) => searchRecords(search.deps, agent, 'zh', { q });
  t.false((await ask('查无此词')).behind);
  await db.run(sql`insert into search_outbox (record_id, kind, not_before) values (${randomUUID()}, 'new', now() + interval '1 hour')`);
  t.false((await ask('查无此词')).behind, 'a moment is what it takes as a rule');
  await db.run(sql`update search_outbox set at = now() - interval '10 seconds'`);
  t.true((await ask('查无此词')).behind);
  const some = await ask('路由器');
  t.is(some.items.length, 1);
  t.false(some.behind, 'what was found speaks for itself');
  await db.run(sql`delete from search_outbox`);
  t.false((await ask('查无此词')).behind);
});
