import test, { type ExecutionContext } from 'ava';
import type { Browser } from 'playwright-core';
import { testDraft } from '../support/archive.js';
import type { Staff, TestServer } from '../support/server.js';
import { deskOf, type Desk } from './desk.js';
import { faults, shoot, WAYS } from './look.js';
import { inBrowser, stage } from './stage.js';

let server: TestServer;
let staff: Staff;
let browser: Browser;

stage((made) => void ({ server, staff, browser } = made));

/** The page that stands open: in Chinese on a desk, in English on a phone. */
async function look(t: ExecutionContext, desk: Desk, name: string): Promise<void> {
  const { page } = desk;
  const wrong: string[] = [];
  for (const { lang, theme, width } of [WAYS[0], WAYS[2]]) {
    await desk.choose(lang, theme);
    await page.setViewportSize({ width, height: 900 });
    await page.goto(page.url());
    wrong.push(...(await faults(page)).map((what) => `${name} ${lang} ${theme} ${width}: ${what}`));
    await shoot(page, `${name}-${lang}-${theme}-${width}`);
  }
  await desk.choose('en');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(page.url());
  t.deepEqual(wrong, []);
}

interface Who {
  total: number;
  notes: string[];
  upTo: { log: string; sequence: string };
  record: { id: string; state: string } | null;
  items: {
    person: string;
    name: string | null;
    department: string;
    whys: {
      by: string;
      rule: string;
      standing: string;
      certain: boolean;
      spans: { from: string; to: string }[];
      entries: { log: string; sequence: string }[];
    }[];
  }[];
  next: string | null;
}

let record: { id: string; archivalCode: string };
const today = (): string => server.serving.archive.reports.now().toLocaleDateString('sv-SE', { timeZone: 'Asia/Shanghai' });

test.serial('R82: who could have read a record on a day is told with rules and entries, on record, to who may see who read what', async (t) => {
  const made = await staff.agent('POST', '/api/v1/records', testDraft({ sensitivity: 'sensitive' }));
  t.is(made.status, 201, made.text);
  record = made.json as unknown as typeof record;
  const asked = `/api/v1/past/who-could-read?record=${record.id}&day=${today()}`;
  const answer = await staff.compliance('GET', asked);
  t.is(answer.status, 200, answer.text);
  const who = answer.json as unknown as Who;
  t.deepEqual(who.notes, []);
  t.like(who.record, { id: record.id, state: 'archived' });
  t.true(who.total >= 2 && who.items.length === who.total);
  t.deepEqual(
    who.items.map((one) => one.name ?? '').sort((a, b) => a.localeCompare(b)),
    ['agent.one', 'clerk'],
    'the clerk while it waited, the agent from then on',
  );
  t.true(who.items.every((one) => one.whys.every((why) => why.spans.every(({ from, to }) => from < to))));
  for (const { whys } of who.items)
    for (const why of whys) {
      t.like(why, { by: 'rule', certain: true, standing: 'internal.1' });
      for (const { log, sequence } of why.entries) t.is((await staff.compliance('GET', `/audit/${log}/${sequence}`)).status, 200);
    }
  const rules = new Set(who.items.flatMap((one) => one.whys.map((why) => why.rule)));
  t.deepEqual([...rules].sort(), ['agent/read-own', 'records_clerk/describe-intake']);
  // found by its code, from the log alone, for who sees no catalogue; page by page
  const coded = await staff.auditAdmin('GET', `/api/v1/past/who-could-read?code=${encodeURIComponent(record.archivalCode)}&day=${today()}&limit=1`);
  t.is(coded.status, 200, coded.text);
  const first = coded.json as unknown as Who;
  t.is(first.items.length, 1);
  t.is(first.total, who.total);
  t.truthy(first.next);
  const second = (await staff.auditAdmin('GET', `${asked}&limit=1&after=${first.next}`)).json as unknown as Who;
  t.not(second.items[0]?.person, first.items[0]?.person);

  t.is((await staff.agent('GET', asked)).status, 403);
  t.is((await staff.manager('GET', asked)).status, 403);
  t.is((await staff.compliance('GET', `/api/v1/past/who-could-read?record=${record.id}&day=2099-01-01`)).status, 422);
  t.is((await staff.compliance('GET', `/api/v1/past/who-could-read?record=${record.id}&day=2026-02-30`)).status, 422);
  t.is((await staff.compliance('GET', `/api/v1/past/who-could-read?day=${today()}`)).status, 422);
  t.is((await staff.compliance('GET', `/api/v1/past/who-could-read?code=nothing&day=${today()}`)).status, 422);
  const before = (await staff.compliance('GET', `/api/v1/past/who-could-read?record=${record.id}&day=2020-01-01`)).json as unknown as Who;
  t.deepEqual([before.total, before.notes, before.record], [0, ['record_unknown'], null]);
  const log = await staff.compliance('GET', `/api/v1/audit/entries?act=audit.who_could_read&record=${record.id}`);
  const entries = (log.json as { items: { facts: Record<string, unknown> }[] }).items;
  t.true(entries.length >= 3 && entries.some((one) => one.facts['day'] === today()));
});

test.serial('R82: the answer is taken away as a table or as data, and every cell is text', async (t) => {
  const asked = `/api/v1/past/who-could-read/export?record=${record.id}&day=${today()}&lang=en`;
  const csv = await staff.compliance('GET', `${asked}&format=csv`);
  t.is(csv.status, 200, csv.text);
  const lines = csv.text.trim().split('\r\n');
  t.regex(lines[0] ?? '', /Pseudonym.*Name.*Standing rule.*Entries of the log/);
  t.true(lines.length >= 3 && lines.slice(1).every((line) => line.includes('internal.1')));
  const json = await staff.compliance('GET', `${asked}&format=json`);
  t.is((JSON.parse(json.text) as { persons: unknown[] }).persons.length, lines.length - 1);
  t.is((await staff.compliance('GET', `${asked}&format=xlsx`)).status, 200);
  t.is((await staff.agent('GET', `${asked}&format=csv`)).status, 403);
});

test.serial('R82: what a person could have read is told by department, type and sensitivity', async (t) => {
  const who = (await staff.compliance('GET', `/api/v1/past/who-could-read?record=${record.id}&day=${today()}`)).json as unknown as Who;
  const agent = who.items.find((one) => one.whys.some((why) => why.rule === 'agent/read-own'));
  const answer = await staff.auditAdmin('GET', `/api/v1/past/what-could-read?actor=${agent?.person}&day=${today()}`);
  t.is(answer.status, 200, answer.text);
  const what = answer.json as {
    roles: string[];
    department: string;
    byRole: { why: { rule: string; certain: boolean }; departments: string[]; types: string[]; sensitivities: string[]; stages: string[] }[];
  };
  t.deepEqual([what.roles, what.department], [['agent'], 'hotline']);
  const own = what.byRole.filter((one) => one.why.rule === 'agent/read-own');
  t.deepEqual(
    own.map(({ departments, types, sensitivities, stages }) => ({ departments, types: types.length, sensitivities, stages })),
    [{ departments: ['hotline'], types: 5, sensitivities: ['public', 'internal', 'sensitive'], stages: ['waiting', 'archived'] }],
  );
  const open = what.byRole.filter((one) => one.why.rule === 'agent/read-public');
  t.true(open.length > 0 && open.every((one) => one.departments.includes('*') && one.sensitivities.join() === 'public' && !one.types.includes('survey')));
  t.is((await staff.agent('GET', `/api/v1/past/what-could-read?actor=${agent?.person}&day=${today()}`)).status, 403);
  const nobody = (await staff.auditAdmin('GET', `/api/v1/past/what-could-read?actor=p-nobody&day=${today()}`)).json as { notes: string[]; byRole: unknown[] };
  t.deepEqual([nobody.notes, nobody.byRole], [['person_unknown'], []]);
});

inBrowser('R82: who could have read it is asked and answered by pages alone, in both languages and on a phone', async (t) => {
  t.timeout(180_000);
  const officer = await deskOf(browser, server, 'compliance');
  const { page } = officer;
  await page.goto('/usage');
  await page.click('a[href="/could-read"]');
  t.regex(await page.locator('.empty').innerText(), /Nothing was asked yet/);
  await look(t, officer, 'past-empty');
  await page.fill('[name=record]', record.archivalCode);
  await page.click('button[value=record]');
  t.true(page.url().includes(`record=${record.id}`) && !page.url().includes(encodeURIComponent(record.archivalCode)), page.url());
  t.regex(await page.locator('main').innerText(), /agent\/read-own/);
  await look(t, officer, 'past-record');
  await page.locator('tbody a.code').first().click();
  t.regex(page.url(), /\/audit\/\d{4}\/\d+$/);

  await page.goto('/could-read');
  await page.fill('[name=person]', 'no such person');
  await page.click('button[value=person]');
  t.true((await page.locator('[aria-invalid=true]').count()) > 0);
  await look(t, officer, 'past-refused');
  const name = await page.evaluate(
    `fetch('/api/v1/past/who-could-read?record=${record.id}&day=${today()}').then((r) => r.json()).then((a) => a.items[0].name)`,
  );
  await page.goto('/could-read');
  await page.fill('[name=person]', String(name));
  await page.click('button[value=person]');
  t.true(page.url().includes('person=') && !page.url().includes(encodeURIComponent(String(name))), page.url());
  await look(t, officer, 'past-person');
  t.deepEqual(
    officer.complaints.filter((one) => !one.includes('422')),
    [],
  );
});
