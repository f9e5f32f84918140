import test from 'ava';
import { countLog, foldCounts, listCounted, streamCounted, type CountFilter } from '../../src/audit/index.js';
import { workCalendar } from '../../src/config/index.js';
import { newId, sql } from '../../src/db/index.js';
import { testActor, testAudit, testEntry } from '../support/audit.js';
import { testDatabase } from '../support/database.js';

const day = ['08:30-12:00', '13:30-18:00'];
const hours = workCalendar({ week: { mon: day, tue: day, wed: day, thu: day, fri: day, sat: [], sun: [] } }, 'Asia/Shanghai', {
  version: 'none',
  on: () => null,
});

test('R53: the entries behind the sums are those that were counted, each once, on pages and in exports', async (t) => {
  const database = await testDatabase();
  t.teardown(() => database.close());
  let now = Date.parse('2025-12-20T00:00:00Z');
  const { audit, stop } = await testAudit(database, { now: () => new Date(now) });
  t.teardown(stop);
  const record = newId();
  for (let i = 0; i < 260; i++) {
    now += 18_777_000; // over more days than a page asks for at first
    await database.app.tx((tx) =>
      audit.append(
        tx,
        testEntry({
          actor: testActor({ pseudonym: `p-${i % 3}`, department: i % 2 ? 'hotline' : 'branch' }),
          act: i % 5 ? 'reading.open' : 'reading.refused',
          decision: i % 5 ? 'allow' : 'deny',
          purpose: i % 4 ? 'complaint' : 'audit',
          facts: i % 7 ? {} : { record },
        }),
      ),
    );
    if (i === 150) await foldCounts(database.audit, hours);
  }
  const last = await database.app.tx((tx) => audit.append(tx, testEntry()));
  await audit.settled(last);
  const questions: CountFilter[] = [
    {},
    { outside: true },
    { outside: false, departments: ['hotline'] },
    { decisions: ['deny'], actors: ['p-0', 'p-1'] },
    { purposes: ['audit'], acts: ['reading.open'] },
    { records: [record] },
    { records: [record], outside: true, from: '2025-12-25' },
    { from: '2025-12-29', to: '2026-01-02' },
    { actors: [] },
    { acts: ['nothing.there'] },
  ];
  for (const filter of questions) {
    const note = JSON.stringify(filter);
    const [sum] = await countLog(database.app, hours, filter, []);
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page: Awaited<ReturnType<typeof listCounted>> = await listCounted(database.app, hours, filter, { after, limit: 17 });
      seen.push(...page.items.map((one) => `${one.log}/${one.sequence}`));
      after = page.next ?? undefined;
    } while (after !== undefined);
    t.is(seen.length, sum?.count ?? 0, note);
    t.is(new Set(seen).size, seen.length, note);
    const exported: string[] = [];
    for await (const batch of streamCounted(database.app, hours, filter)) exported.push(...batch.map((one) => `${one.log}/${one.sequence}`));
    t.deepEqual(exported, seen, note);
  }
  const { n } = await database.owner.one<{ n: bigint }>(sql`select count(*) as n from audit_entries where t >= '2025-12-31T16:00:00Z' and log = '2025'`);
  t.is((await countLog(database.app, hours, { from: '2026-01-01', to: '2026-01-01' }, []))[0]?.count !== undefined, n > 0n, 'a local day lies in two logs');
  await t.throwsAsync(listCounted(database.app, hours, {}, { after: 'x' }), { message: /after|invalid/ });
});
