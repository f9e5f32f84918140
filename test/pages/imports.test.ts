import test from 'ava';
import type { Browser } from 'playwright-core';
import { sql } from '../../src/db/index.js';
import { staffed, testServer, type Staff, type TestServer } from '../support/server.js';
import { deskOf } from './desk.js';
import { faults } from './look.js';
import { findChromium, launch } from './support.js';

const HEADER = '服务编号,服务日期,服务人员,客户编号,服务内容,服务结果,客户签名,服务评价\r\n';
const chromiumPath = findChromium();
const inBrowser = chromiumPath === undefined ? test.skip : test.serial;
let server: TestServer;
let staff: Staff;
let browser: Browser;

test.before(async (t) => {
  t.timeout(180_000);
  server = await testServer();
  staff = await staffed(server);
  if (chromiumPath === undefined)
    t.log('Skipped: no Chromium. Install it (Debian: apt-get install chromium fonts-noto-cjk) or set LANTAI_CHROMIUM to its path.');
  else browser = await launch(chromiumPath);
});
test.after.always(async () => {
  await browser?.close();
  await server?.close();
});

const csv = (rows: string) => ({ name: 'export.csv', mimeType: 'text/csv', buffer: Buffer.from(HEADER + rows) });

async function acts(like: string): Promise<number> {
  const { n } = await server.database.owner.one<{ n: number }>(
    sql`select count(*)::int as n from (select entry from audit_entries union all select entry from audit_pending) e where entry like ${`%"act":"${like}"%`}`,
  );
  return n;
}

async function archived(rows: string): Promise<void> {
  const form = new FormData();
  form.append('parameters', JSON.stringify({ department: 'hotline', source: 'old-crm' }));
  form.append('file', new Blob([HEADER + rows]), 'all.csv');
  const started = await staff.clerk('POST', '/api/v1/imports', form);
  for (let i = 0; i < 200; i++) {
    if ((await staff.clerk('GET', `/api/v1/imports/${String(started.json['id'])}`)).json['state'] === 'finished') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the import did not finish');
}

inBrowser('R97: an export of an old system is compared from the page, both ways, with links to what may be seen', async (t) => {
  t.timeout(120_000);
  const desk = await deskOf(browser, server, 'clerk');
  const { page } = desk;
  await page.goto('/imports');
  await page.click('a:has-text("Compare with an old system")');
  t.regex(await page.locator('.empty').innerText(), /Nothing compared yet/);
  t.deepEqual(await faults(page), []);
  await desk.pictures('comparisons-empty');
  await archived('A-1,2026-02-01,李静,C-1,咨询,已解决,王五,5\r\nA-2,2026-02-01,李静,C-2,咨询,已解决,王五,5\r\nA-4,2026-02-01,李静,C-2,咨询,已解决,王五,5\r\n');

  await page.goto('/comparisons/new');
  await page.fill('[name=system]', 'old-crm');
  await page.fill('[name=from]', '2026-02-02');
  await page.fill('[name=to]', '2026-02-01');
  await page.selectOption('[name=department]', 'hotline');
  await page.setInputFiles('[name=file]', csv('A-2,2026-02-01,李静,C-2,咨询,未解决,王五,5\r\n'));
  await page.click('main form button.primary');
  t.is(await page.inputValue('[name=system]'), 'old-crm', 'what was typed stays');
  t.regex(await page.locator('.field .wrong').first().innerText(), /\S/);
  t.deepEqual(await faults(page), []);
  await page.fill('[name=from]', '2026-02-01');
  await page.setInputFiles(
    '[name=file]',
    csv('A-2,2026-02-01,李静,C-2,咨询,未解决,王五,5\r\nA-3,2026-02-01,李静,C-3,咨询,已解决,王五,5\r\nA-4,2026-02-01,李静,C-2,咨询,已解决,王五,5\r\n'),
  );
  await page.click('main form button.primary');
  await page.waitForURL(/\/comparisons\/[\da-f-]{36}$/);
  await page.locator('table a:has-text("A-1")').waitFor();
  t.deepEqual(await page.locator('.figures dd').allInnerTexts(), ['3', '1', '1', '1', '1', '0']);
  t.is(await page.locator('table a:has-text("A-3")').count(), 0, 'what is only there has no page here');
  t.deepEqual(await faults(page), []);
  await desk.pictures('comparison');
  await page.click('.tabs a:has-text("Only there")');
  t.deepEqual(
    await page
      .locator('tbody tr')
      .allInnerTexts()
      .then((all) => all.map((one) => one.split(/\s/)[0])),
    ['A-3'],
  );
  await page.goto('/comparisons');
  t.is(await page.locator('tbody tr').count(), 1);
  t.deepEqual(await faults(page), []);
  await desk.pictures('comparisons');
  await page.click('tbody a.code');
  await page.click('table a:has-text("A-2")');
  t.regex(page.url(), /\/records\//);
  t.deepEqual(
    desk.complaints.filter((one) => !/422/.test(one)),
    [],
  );
  await desk.context.close();

  // who may look at imports sees it too; who may not, not
  const officer = await staff.compliance('GET', '/comparisons');
  t.is(officer.status, 200);
  t.false(officer.text.includes('/comparisons/new'));
  t.is((await staff.agent('GET', '/comparisons')).status, 403);
});

test.serial('R53: looking at comparisons is on record, one entry per list', async (t) => {
  const before = [await acts('comparison.list'), await acts('comparison.view')];
  const list = await staff.compliance('GET', '/api/v1/comparisons');
  const id = (list.json['items'] as { id: string }[])[0]?.id;
  if (id !== undefined) await staff.compliance('GET', `/api/v1/comparisons/${id}?kind=different`);
  t.is(await acts('comparison.list'), (before[0] ?? 0) + 1);
  t.is(await acts('comparison.view'), (before[1] ?? 0) + (id === undefined ? 0 : 1));
});

test.serial('R53: looking at an import, its rejects, and the own readings is on record; asking for progress is not', async (t) => {
  await archived('A-9,2026-02-01,李静,C-1,咨询,已解决,王五,5\r\nA-10,never,李静,C-1,咨询,已解决,王五,5\r\n');
  const list = await staff.clerk('GET', '/api/v1/imports');
  const id = String((list.json['items'] as { id: string }[])[0]?.id);
  const looks: [string, string, number][] = [
    [`/api/v1/imports/${id}`, 'import.view', 1],
    [`/imports/${id}`, 'import.view', 1],
    [`/api/v1/imports/${id}/rejects`, 'import.view', 1],
    [`/imports/${id}/progress`, 'import.view', 0],
    ['/api/v1/readings', 'reading.list', 1],
    ['/readings', 'reading.list', 1],
    ['/', 'reading.list', 1],
  ];
  for (const [path, act, more] of looks) {
    const before = await acts(act);
    t.is((await staff.clerk('GET', path)).status, 200, path);
    t.is((await acts(act)) - before, more, path);
  }
});

test.serial('R97: a comparison that a stop of the program cut off is shown as not completed, with the reason', async (t) => {
  await server.database.owner.tx(async (tx) => {
    await tx.run(sql`alter table import_comparisons disable trigger import_comparisons_audited`);
    await tx.run(sql`insert into import_comparisons (id, source_system, window_from, window_to, compared_at, state, exported, equal, only_in_source, only_in_archive, different, unreadable)
      values ('018f3a2b-0000-7000-8000-00000000c0de', 'cut-off', '2026-01-01', '2026-01-02', now(), 'running', 0, 0, 0, 0, 0, 0)`);
    await tx.run(sql`alter table import_comparisons enable trigger import_comparisons_audited`);
  });
  const { systemActor } = await import('../../src/audit/index.js');
  await server.serving.archive.imports.resumeInterrupted(systemActor());
  const shown = await staff.compliance('GET', '/api/v1/comparisons/018f3a2b-0000-7000-8000-00000000c0de');
  t.like(shown.json, { state: 'failed', reason: 'interrupted' });
  t.regex((await staff.compliance('GET', '/comparisons/018f3a2b-0000-7000-8000-00000000c0de')).text, /重新上传|upload it again/);
});
