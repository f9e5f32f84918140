import test from 'ava';
import { sql } from '../../src/db/index.js';
import { staffed, testServer } from '../support/server.js';

interface Usage {
  total: number;
  refused: number;
  days: { day: string; count: number }[];
  acts: { act: string; count: number }[];
  persons: { person: string; name: string | null; count: number }[];
}

test('R44, R58: the access audit counts what the log holds, as sums, as entries and in exports; every look is itself on record', async (t) => {
  const server = await testServer();
  t.teardown(() => server.close());
  const staff = await staffed(server);
  for (let i = 0; i < 5; i++) await staff.agent('GET', '/api/v1/records?limit=5');
  t.is((await staff.agent('GET', '/api/v1/usage')).status, 403);
  t.is((await staff.manager('GET', '/api/v1/usage/export?format=csv')).status, 403);
  const { database } = server;
  const plain = async (where = sql`true`): Promise<number> => {
    const { n } = await database.app.one<{ n: bigint }>(
      sql`select count(*) as n from audit_entries e where sequence < (select max(size) from audit_heads h where h.log = e.log) and ${where}`,
    );
    return Number(n);
  };
  for (const who of [staff.compliance, staff.auditAdmin]) {
    const answer = await who('GET', '/api/v1/usage');
    t.is(answer.status, 200, answer.text);
    const usage = answer.json as unknown as Usage;
    const viewed = await plain(sql`act = 'usage.view'`);
    t.true(viewed >= 1, 'the look stood in the log before anything was shown');
    t.is(
      usage.total,
      usage.acts.reduce((all, one) => all + one.count, 0),
    );
    t.is(
      usage.total,
      usage.days.reduce((all, one) => all + one.count, 0),
    );
    const denied = (await who('GET', '/api/v1/usage?decision=deny')).json as unknown as Usage;
    t.is(denied.total, await plain(sql`decision = 'deny'`));
    const lists = (await who('GET', '/api/v1/usage?act=record.list')).json as unknown as Usage;
    t.is(lists.total, await plain(sql`act = 'record.list'`));
    t.true(lists.persons.every((one) => one.name !== null));
    const entries = (await who('GET', '/api/v1/usage/entries?act=record.list&limit=200')).json as { items: unknown[] };
    t.is(entries.items.length, lists.total);
    const json = await who('GET', '/api/v1/usage/export?act=record.list&format=json');
    t.is((JSON.parse(json.text) as unknown[]).length, lists.total);
    const csv = await who('GET', '/api/v1/usage/export?act=record.list&format=csv');
    t.is(csv.text.trim().split('\n').length, lists.total + 1);
    const pdf = await who('GET', '/api/v1/usage/export?format=pdf&act=record.list');
    t.true(pdf.text.startsWith('%PDF-1.7') && pdf.text.includes('ETSI.CAdES.detached'));
  }
  t.is(await plain(sql`act = 'usage.export'`), 6);
  const shown = await staff.compliance('GET', '/usage?act=record.list');
  t.is(shown.status, 200);
  t.regex(shown.text, new RegExp(`>${await plain(sql`act = 'record.list'`)}<`), 'the page says what SQL counts');
  t.true(shown.text.includes('<svg') && shown.text.includes('/usage/export?'));
  t.is((await staff.agent('GET', '/usage')).status, 403);
  t.true((await plain(sql`act = 'route.refused' and subject_id in ('viewUsage', 'exportUsage')`)) >= 2, 'refusals too');
  t.is((await staff.compliance('GET', '/api/v1/usage?from=2026-02-30')).status, 422);
  t.is((await staff.compliance('GET', '/api/v1/usage?use=eaten')).status, 422);
});
