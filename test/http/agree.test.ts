import test from 'ava';
import { foldCounts, type Actor } from '../../src/audit/index.js';
import { dayOf, formatDay } from '../../src/classification/index.js';
import { newId, sql } from '../../src/db/index.js';
import { attachedTo } from '../../src/documents/index.js';
import { testDraft } from '../support/archive.js';
import { testActor } from '../support/audit.js';
import { PASSWORD, staffed, testServer, type Client } from '../support/server.js';

const ZONE = 'Asia/Shanghai';
const DAY = 86_400_000;

/** Sums of one question, by act or by purpose. */
type Sums = Record<string, number>;
interface Row {
  key: string;
  values: Record<string, number>;
}

/** The numbers of a page of the access audit as somebody reads them: the figures above, and each line by the code that its link names. */
function read(html: string): { figures: number[]; acts: Sums; purposes: Sums } {
  const number = (text: string): number => Number(text.replaceAll(/[^\d]/g, ''));
  const lines = (field: string): Sums => {
    const sums: Sums = {};
    for (const [, query = '', count = ''] of html.matchAll(/<div><a href="\/usage\?([^"]*)">[^<]*<\/a><\/div><\/th><td[^>]*><div>([\d,]+)<\/div>/g)) {
      const asked = new URLSearchParams(query.replaceAll('&amp;', '&'));
      const code = asked.get(field);
      if (code !== null && !asked.has('actors')) sums[code] = number(count);
    }
    return sums;
  };
  const figures = /<dl class="figures[^"]*">([\s\S]*?)<\/dl>/.exec(html)?.[1] ?? '';
  return { figures: [...figures.matchAll(/<dd[^>]*>([\d,]+)/g)].map(([, text = '']) => number(text)), acts: lines('act'), purposes: lines('purpose') };
}

const sum = (sums: Sums): number => Object.values(sums).reduce((all, one) => all + one, 0);

test('R44, R58, R98: the numbers on the audit page, in the report and in SQL agree', async (t) => {
  t.timeout(120_000);
  let later = 0;
  const now = (): Date => new Date(Date.now() + later);
  const server = await testServer({ now });
  t.teardown(() => server.close());
  await staffed(server);
  const { archive } = server.serving;
  const { owner } = server.database;
  /** Goes on to a moment of the archive's zone; the clock never runs back. */
  const goTo = (local: string): void => {
    later = Date.parse(`${local}+08:00`) - Date.now();
    if (later < 0) throw new Error(`${local} has been`);
  };

  // a month of its own, that nobody has written in before
  const { y, m } = dayOf(new Date(Date.now() + 32 * DAY), ZONE);
  const month = formatDay({ y, m, d: 1 }).slice(0, 7);
  const next = formatDay(m === 12 ? { y: y + 1, m: 1, d: 5 } : { y, m: m + 1, d: 5 });

  // what people do: readings for several purposes, what is refused, rights that change
  goTo(`${month}-02T09:00:00`);
  const signedIn = (name: string): Promise<Client> => server.signedIn(name, PASSWORD);
  const [agent, security, auditAdmin] = [await signedIn('agent.one'), await signedIn('security.admin'), await signedIn('audit.admin')];
  const record = String((await agent('POST', '/api/v1/records', testDraft())).json['id']);
  for (const purpose of ['solve', 'improve', 'solve', 'quality', 'solve']) {
    later += 60_000;
    const opened = await agent('POST', `/api/v1/records/${record}/readings`, { purpose });
    t.is(opened.status, 201, opened.text);
  }
  t.is((await agent('GET', '/api/v1/usage')).status, 403);
  t.true((await agent('POST', `/api/v1/records/${record}/readings`, { purpose: 'nothing' })).status >= 400);
  const account = await owner.one<{ id: string }>(sql`select id from accounts where username = 'agent.two'`);
  const given = await security('POST', `/api/v1/accounts/${account.id}/roles`, { role: 'supervisor' });
  t.is(given.status, 201, given.text);
  const grant = String(given.json['grantId']);
  t.is((await auditAdmin('POST', `/api/v1/changes/${grant}/see`)).status, 204);
  t.is((await auditAdmin('POST', `/api/v1/role-grants/${grant}/decide`, { agree: true })).status, 204);
  t.is((await security('POST', `/api/v1/accounts/${account.id}/roles`, { role: 'supervisor' })).status >= 400, true, 'he has it');
  // and a month of made-up entries, by day and by night; half of it is counted when the rest comes
  const people = Array.from({ length: 5 }, (_, i): Actor => testActor({ pseudonym: `p-made-up-${i}`, department: i % 2 ? 'hotline' : 'field' }));
  const acts = ['reading.refused', 'route.refused', 'role.give', 'grant.revoke', 'record.search', 'standing.end'];
  for (let i = 0; i < 120; i++) {
    goTo(`${month}-${String(3 + Math.floor(i / 6)).padStart(2, '0')}T${String(3 + 3 * (i % 6)).padStart(2, '0')}:40:00`);
    const entry = await archive.records.db.tx((tx) =>
      archive.records.audit.append(tx, {
        actor: people[i % 5] as Actor,
        act: acts[(i + Math.floor(i / 6)) % 6] as string,
        subject: { kind: 'list', id: 'made-up' },
        decision: i % 3 === 0 ? 'deny' : 'allow',
        ...(i % 4 === 0 ? { purpose: 'solve' } : {}),
        facts: { made: newId() },
      }),
    );
    if (i === 60) {
      await archive.records.audit.settled(entry);
      t.true((await foldCounts(server.database.audit, archive.hours())) > 60n);
    }
  }

  goTo(`${next}T10:00:00`);
  const compliance = await signedIn('compliance');
  const made = await compliance('POST', '/api/v1/compliance-reports', { month });
  t.is(made.status, 201, made.text);
  const pdf = (await compliance('GET', `/api/v1/compliance-reports/${String(made.json['id'])}/report.pdf`)).bytes;
  const inside = attachedTo(pdf, 1_000_000)?.toString() ?? '{}';
  t.is(inside, (await compliance('GET', `/api/v1/compliance-reports/${String(made.json['id'])}/report.json`)).text);
  const { figures } = JSON.parse(inside) as { figures: Record<string, Row[]> };
  const reported = (name: string, value: string): Sums => Object.fromEntries((figures[name] ?? []).map((row) => [row.key, row.values[value] ?? -1]));

  const inSql = async (by: ReturnType<typeof sql>, where: ReturnType<typeof sql>): Promise<Sums> => {
    const rows = await owner.many<{ key: string; n: number }>(sql`select ${by} as key, count(*)::int as n from audit_entries
      where to_char(t at time zone ${ZONE}, 'YYYY-MM') = ${month} and ${where} group by 1 order by 1`);
    return Object.fromEntries(rows.map((row) => [row.key, row.n]));
  };
  const whole = `from=${month}-01&to=${month}-${String(new Date(Date.UTC(y, m, 0)).getUTCDate())}`;
  const page = async (question: string, lang = 'zh'): Promise<ReturnType<typeof read>> => {
    const shown = await compliance('GET', `/usage?${whole}&${question}`, undefined, { Cookie: `${compliance.cookie}; __Host-lang=${lang}` });
    t.is(shown.status, 200);
    t.regex(shown.text, new RegExp(`<html lang="${lang}`));
    return read(shown.text);
  };

  for (const folded of [false, true]) {
    if (folded) t.true((await foldCounts(server.database.audit, archive.hours())) > 50n, 'and the same when all is counted');
    const rights = sql`act = any (array['role.give', 'role.confirm', 'change.see', 'grant.revoke', 'standing.end'])`;
    const refused = await page('decision=deny');
    t.deepEqual(refused.acts, await inSql(sql`act`, sql`decision = 'deny'`));
    t.deepEqual(refused.acts, reported('refusals', 'refused'));
    const [total, , denied, persons] = refused.figures;
    t.deepEqual([total, denied], [sum(refused.acts), sum(refused.acts)]);
    t.is(persons, Object.keys(await inSql(sql`actor`, sql`decision = 'deny'`)).length);
    t.deepEqual(await page('decision=deny', 'en'), refused, 'in both languages');
    if (folded)
      for (const [act, count] of Object.entries(reported('refusals', 'persons'))) t.is((await page(`decision=deny&act=${act}`)).figures[3], count, act);
    const changed = await page('use=rights&decision=allow');
    t.deepEqual(changed.acts, await inSql(sql`act`, sql`decision = 'allow' and ${rights}`));
    t.deepEqual(changed.acts, reported('rights_changed', 'times'));
    const opened = await page('act=reading.open&decision=allow');
    t.deepEqual(opened.purposes, { solve: 3, improve: 1, quality: 1 });
    t.deepEqual(opened.purposes, await inSql(sql`purpose`, sql`act = 'reading.open' and decision = 'allow'`));
    t.deepEqual(opened.purposes, reported('readings_by_purpose', 'opened'));
    const all = await page('');
    t.deepEqual(all.acts, await inSql(sql`act`, sql`true`));
    t.is(all.figures[0], sum(await inSql(sql`'all'`, sql`true`)));
    t.is((await page('hours=outside')).figures[0], all.figures[1]);
  }
  t.true(sum(reported('refusals', 'refused')) > 40 && sum(reported('rights_changed', 'times')) > 40, 'there was something to count');
});
