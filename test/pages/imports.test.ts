import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import type { Browser } from 'playwright-core';
import { systemActor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import type { Staff, TestServer } from '../support/server.js';
import { deskOf } from './desk.js';
import { testActor } from '../support/audit.js';
import { faults, shoot } from './look.js';
import { inBrowser, stage } from './stage.js';

const HEADER = '服务编号,服务日期,服务人员,客户编号,服务内容,服务结果,客户签名,服务评价\r\n';
let server: TestServer;
let staff: Staff;
let browser: Browser;

stage((made) => void ({ server, staff, browser } = made));

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

inBrowser('R8: a dry run shows the first rows as they will be read, and the import follows without sending the file again', async (t) => {
  t.timeout(120_000);
  const desk = await deskOf(browser, server, 'clerk');
  const { page } = desk;
  await page.goto('/imports/new');
  await page.fill('[name=system]', 'old-crm');
  await page.selectOption('[name=department]', 'hotline');
  await page.setInputFiles('[name=file]', csv('P-1,2026-02-01,李静,C-7,路由器灯不亮,已解决,王五,5\r\nP-2,何时,李静,C-8,咨询,已解决,王五,5\r\n'));
  await page.click('main form button.primary');
  const seen = page.locator('table', { hasText: '路由器灯不亮' });
  t.regex(await seen.innerText(), /Service number:\s*P-1/);
  t.regex(await seen.innerText(), /路由器灯不亮\s*← 服务内容/);
  t.regex(await seen.locator('tr', { hasText: 'P-2' }).innerText(), /Closed|Served|Opened/);
  t.regex(await page.locator('main').innerText(), /waits sealed for your import until/);
  t.deepEqual(await faults(page), []);
  await shoot(page, 'import-tried-en');
  const address = await page.locator('form[action$="/start"]').getAttribute('action');
  await page.click('form[action$="/start"] button');
  await page.waitForURL(/\/imports\/[\da-f-]{36}$/);
  await page.locator('text=Import receipt').first().waitFor();
  t.is((await staff.agent('GET', '/api/v1/find?q=P-1')).status, 200);
  // it is used up
  t.is((await staff.clerk('POST', address ?? '')).status, 409);
  await desk.choose('zh');
  await page.goto('/imports/new');
  await page.setInputFiles('[name=file]', csv('P-3,2026-02-01,李静,C-7,路由器灯不亮,已解决,王五,5\r\nP-4,何时,李静,C-8,咨询,已解决,王五,5\r\n'));
  await page.click('main form button.primary');
  await page.locator('table', { hasText: '路由器灯不亮' }).waitFor();
  await shoot(page, 'import-tried-zh');
  await desk.context.close();
});

test.serial('R8, R19: a tried file waits sealed for its sender alone, and no longer than an hour', async (t) => {
  const secret = '等待中的一句话';
  const send = async (keep: boolean) => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ dryRun: '1', ...(keep ? { keep: '1' } : {}), system: 'old-crm', department: 'hotline' }))
      form.append(name, value);
    form.append('file', new Blob([`${HEADER}W-${keep ? 1 : 2},2026-02-01,李静,C-7,${secret},已解决,王五,5\r\n`]), 'w.csv');
    return staff.clerk('POST', '/api/v1/imports', form);
  };
  t.is((await send(false)).json['waiting'], null);
  const tried = await send(true);
  t.is(tried.status, 200, tried.text);
  const { id, expiresAt } = tried.json['waiting'] as { id: string; expiresAt: string };
  const minutes = (Date.parse(expiresAt) - Date.now()) / 60_000;
  t.true(minutes > 58 && minutes <= 60);
  const preview = tried.json['preview'] as { row: number; fields: { field: string; value: string }[] }[];
  t.true(preview[0]?.fields.some((one) => one.field === 'content' && one.value === secret));
  const folder = join(server.folder, 'uploads');
  const path = join(folder, `${id}.sealed`);
  t.false((await readFile(path)).includes(secret));
  // another clerk's, and nobody's, is not there
  t.is((await staff.compliance('POST', `/api/v1/imports/${id}/start`)).status, 403);
  const { imports } = server.serving.archive;
  const stranger = testActor({ roles: ['records_clerk'], accountId: '018f3a2b-0000-7000-8000-0000000000aa' });
  await t.throwsAsync(imports.startWaiting(stranger, id), { message: 'not_found' });
  // a restart keeps it; its time is over: key and file go
  await imports.resumeInterrupted(systemActor());
  await access(path);
  await server.database.owner.run(
    sql`update import_waiting set created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour' where id = ${id}`,
  );
  t.is((await staff.clerk('POST', `/api/v1/imports/${id}/start`)).status, 404);
  t.true((await imports.forgetWaiting()) >= 1);
  await t.throwsAsync(access(path));
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
  await server.serving.archive.imports.resumeInterrupted(systemActor());
  const shown = await staff.compliance('GET', '/api/v1/comparisons/018f3a2b-0000-7000-8000-00000000c0de');
  t.like(shown.json, { state: 'failed', reason: 'interrupted' });
  t.regex((await staff.compliance('GET', '/comparisons/018f3a2b-0000-7000-8000-00000000c0de')).text, /重新上传|upload it again/);
});
