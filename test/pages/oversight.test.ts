import type { ExecutionContext } from 'ava';
import type { Browser } from 'playwright-core';
import { systemActor } from '../../src/audit/index.js';
import { dayOf, formatDay } from '../../src/classification/index.js';
import { lookThrough } from '../../src/reports/index.js';
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
    if ((await page.getAttribute('html', 'lang'))?.startsWith(lang) !== true) wrong.push(`${name}: not in ${lang}`);
    await page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })");
    wrong.push(...(await faults(page)).map((what) => `${name} ${lang} ${theme} ${width}: ${what}`));
    await shoot(page, `${name}-${lang}-${theme}-${width}`);
  }
  await desk.choose('en');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(page.url());
  t.deepEqual(wrong, []);
}

const flash = (desk: Desk): Promise<string> => desk.page.locator('.flash').innerText();

inBrowser('R44: a signal is explained down to the entries of the log, its case is taken, noted in and closed by pages alone', async (t) => {
  t.timeout(180_000);
  const officer = await deskOf(browser, server, 'compliance');
  await officer.page.goto('/');
  await officer.page.click('nav a[href="/signals"]');
  t.regex(await officer.page.locator('.empty').innerText(), /No signals/);
  await look(t, officer, 'signals-empty');
  await officer.page.goto('/cases');
  t.regex(await officer.page.locator('.empty').innerText(), /No such case/);

  const made = await staff.agent('POST', '/api/v1/records', testDraft());
  t.is(made.status, 201, made.text);
  for (let i = 0; i < 11; i++) {
    const read = await staff.agent('POST', `/api/v1/records/${String(made.json['id'])}/readings`, { purpose: 'solve', note: '<b>客户来电</b>核对' });
    t.is(read.status, 201, read.text);
  }
  for (let i = 0; i < 12; i++) t.is((await staff.otherAgent('GET', '/api/v1/signals')).status, 403);
  const { reports } = server.serving.archive;
  const today = formatDay(dayOf(reports.now(), reports.settings.zone));
  // what was refused stands in the signed log before it is looked for
  await reports.audit.settled(
    await reports.db.tx((tx) =>
      reports.audit.append(tx, { actor: systemActor(), act: 'case.list', subject: { kind: 'list', id: 'cases' }, decision: 'allow' }),
    ),
  );
  t.true((await lookThrough(reports, systemActor(), today)) >= 2);

  await officer.page.goto('/');
  t.regex(await officer.page.locator('.waits').innerText(), /cases nobody has taken/);
  await officer.page.goto('/signals');
  await look(t, officer, 'signals');
  await officer.page.selectOption('[name=kind]', 'same_text');
  await officer.page.click('form.filters button');
  t.true(officer.page.url().includes('kind=same_text'));
  t.is(await officer.page.locator('tbody tr').count(), 1);
  await officer.page.click('tbody a >> nth=0');
  const main = await officer.page.locator('main').innerText();
  t.regex(main, /The same free text 11 times within 14 days/);
  t.regex(main, /Gave the same free text again and again/, 'the words of the file');
  t.regex(main, /At least so many\s+10/, 'the threshold of the file');
  t.regex(main, /11 listed of 11/);
  t.is(await officer.page.locator('a[href^="/audit/2"]').count(), 11, 'every entry behind it is a link');
  t.false(main.includes('客户来电'), 'what was typed is not shown');
  await look(t, officer, 'signal');
  const entry = (await officer.page.locator('a[href^="/audit/2"]').first().getAttribute('href')) ?? '';
  const signal = officer.page.url();
  await officer.page.goto(entry);
  t.regex(await officer.page.locator('main').innerText(), /reading\.open|Opened a reading/i);

  await officer.page.goto(signal);
  await officer.page.click('form[action$="/take"] button');
  t.regex(await flash(officer), /yours/);
  const address = officer.page.url();
  t.regex(address, /\/cases\/[0-9a-f-]{36}$/);
  await officer.page.fill('form[action$="/note"] [name=note]', 'Asked <i>the</i> supervisor');
  await officer.page.click('form[action$="/note"] button');
  t.regex(await officer.page.locator('.timeline').innerText(), /Asked <i>the<\/i> supervisor/);
  await look(t, officer, 'case');

  const auditor = await deskOf(browser, server, 'audit.admin');
  await auditor.page.goto(address);
  t.is(await auditor.page.locator('form[action$="/close"]').count(), 0, 'only whoever took it may close it');
  t.is(await auditor.page.locator('form[action$="/take"]').count(), 1);
  await auditor.context.close();

  await officer.page.click('main summary');
  await officer.page.selectOption('form[action$="/close"] [name=outcome]', 'rule_too_strict');
  await officer.page.locator('form[action$="/close"] [name=note]').evaluate((node) => node.removeAttribute('required'));
  await officer.page.fill('form[action$="/close"] [name=note]', ' ');
  await officer.page.click('form[action$="/close"] button');
  t.is(await officer.page.locator('form[action$="/close"] [aria-invalid=true]').count(), 1, 'no outcome without a reason');
  t.is(await officer.page.locator('form[action$="/close"] [name=outcome]').inputValue(), 'rule_too_strict');
  await officer.page.fill('form[action$="/close"] [name=note]', 'A script of the hotline');
  await officer.page.click('form[action$="/close"] button');
  t.regex(await flash(officer), /closed/);
  t.is(await officer.page.locator('form[action^="/cases/"]').count(), 0, 'what is closed stays closed');
  await officer.page.goto('/cases?state=closed');
  t.regex(await officer.page.locator('tbody').innerText(), /The rule is too strict/);
  await look(t, officer, 'cases');
  t.deepEqual(
    officer.complaints.filter((one) => !/422/.test(one)),
    [],
  );
  await officer.context.close();
  for (const path of ['/signals', '/cases', '/compliance-reports', new URL(address).pathname]) t.is((await staff.agent('GET', path)).status, 403, path);
  t.is((await staff.agent('POST', `${new URL(address).pathname}/note`, 'note=x', { 'Content-Type': 'application/x-www-form-urlencoded' })).status, 403);
  t.is((await staff.compliance('GET', '/signals?kind=unknown')).status, 422);
});

inBrowser('R44: a sample is drawn, marked by keyboard, doubted, closed and taken away by pages alone; a closed case is opened again', async (t) => {
  t.timeout(180_000);
  const officer = await deskOf(browser, server, 'compliance');
  const { reports } = server.serving.archive;
  const today = formatDay(dayOf(new Date(), reports.settings.zone));
  await officer.page.goto('/samples');
  t.regex(await officer.page.locator('.empty').innerText(), /No samples yet/);
  await look(t, officer, 'samples-empty');
  await officer.page.click('main summary');
  const form = officer.page.locator('form[action="/samples"]');
  await form.locator('[name=from]').fill(today);
  await form.locator('[name=to]').fill(today);
  await form.locator('[name=size]').fill('5');
  await form.locator('button').click();
  t.is(await form.locator('[name=to][aria-invalid=true]').count(), 1, 'a day that is not over is refused beside its field');
  t.is(await form.locator('[name=size]').inputValue(), '5');
  const { now } = reports;
  Object.assign(reports, { now: () => new Date(Date.now() + 86_400_000) });
  await form.locator('button').click();
  Object.assign(reports, { now });
  t.regex(await flash(officer), /drawn/);
  const address = officer.page.url();
  t.is(await officer.page.locator('tbody tr').count(), 5);
  t.regex(await officer.page.locator('main').innerText(), /2 at the most/);
  await look(t, officer, 'sample');
  await officer.page.click('a.button.primary');
  await look(t, officer, 'sample-item');
  await officer.page.keyboard.press('2');
  await officer.page.click('form[action$="/mark"] button');
  t.is(await officer.page.locator('[name=note][aria-invalid=true]').count(), 1, 'a doubt needs a reason');
  await officer.page.fill('[name=note]', 'No <b>ticket</b>');
  await officer.page.click('form[action$="/mark"] button');
  t.regex(await flash(officer), /Marked/);
  await officer.page.keyboard.press('1');
  await officer.page.click('form[action$="/mark"] button');
  t.regex(await flash(officer), /Marked/);
  t.is(new URL(officer.page.url()).pathname, new URL(address).pathname, 'whoever drew it has marked his part');

  const auditor = await deskOf(browser, server, 'audit.admin');
  await auditor.page.goto('/');
  await auditor.page.click('a.wait[href^="/samples"]');
  await auditor.page.click('tbody a');
  await auditor.page.click('a.button.primary');
  for (let i = 0; i < 3; i++) {
    const before = auditor.page.url();
    await auditor.page.check('[name=mark][value=justified]');
    await auditor.page.click('form[action$="/mark"] button');
    await auditor.page.waitForURL((url) => url.href !== before);
  }
  t.regex(await auditor.page.locator('main').innerText(), /Wilson/);
  await auditor.page.click('form[action$="/close"] button');
  t.regex(await flash(auditor), /result is on record/);
  await look(t, auditor, 'sample-closed');
  for (const format of ['xlsx', 'csv', 'json']) {
    const got = await auditor.context.request.get(`${address}/export?format=${format}`);
    t.is(got.status(), 200);
    if (format === 'csv') t.regex(await got.text(), /No <b>ticket<\/b>/);
    if (format === 'json') t.is(((await got.json()) as { items: unknown[] }).items.length, 5);
  }
  await auditor.context.close();

  await officer.page.goto(address);
  await officer.page.click('tbody tr:has-text("Not justified") a');
  t.regex(await officer.page.locator('main').innerText(), /No <b>ticket<\/b>/);
  await officer.page.click('form[action$="/case"] button');
  t.regex(await flash(officer), /case is open/);
  t.regex(await officer.page.locator('h1').innerText(), /Doubted in a sample/);
  await look(t, officer, 'case-sample');
  await officer.page.goto('/signals?state=closed');
  await officer.page.click('tbody a >> nth=0');
  await officer.page.click('form[action$="/case"] button');
  t.regex(await flash(officer), /case is open/);
  t.regex(await officer.page.locator('main').innerText(), /The same free text/);
  t.deepEqual(
    officer.complaints.filter((one) => !/422/.test(one)),
    [],
  );
  await officer.context.close();
  t.is((await staff.agent('GET', '/samples')).status, 403);
  t.is((await staff.agent('GET', `${new URL(address).pathname}/export`)).status, 403);
});

inBrowser('R98: a missed month is made by hand; its figures are read, run again, and taken away as a signed PDF and as JSON', async (t) => {
  t.timeout(180_000);
  const officer = await deskOf(browser, server, 'compliance');
  await officer.page.goto('/');
  await officer.page.click('nav a[href="/compliance-reports"]');
  t.regex(await officer.page.locator('.empty').innerText(), /No report yet/);
  await look(t, officer, 'compliance-empty');
  await officer.page.fill('[name=month]:not([type=hidden])', '2999-01');
  await officer.page.click('main form.row button');
  t.is(await officer.page.locator('[name=month][aria-invalid=true]').count(), 1, 'a month to come is refused beside its field');
  await officer.page.click('main tbody form button');
  t.regex(await flash(officer), /made and signed/);
  const address = officer.page.url();
  t.regex(await officer.page.locator('main').innerText(), /Made by hand/);
  await look(t, officer, 'compliance-report');
  const pdf = await officer.context.request.get(`${address}/report.pdf`);
  t.is((await pdf.body()).subarray(0, 5).toString(), '%PDF-');
  const json = await officer.context.request.get(`${address}/report.json`);
  const inside = (await json.json()) as { origin: string; figures: Record<string, unknown> };
  t.is(inside.origin, 'by_hand');
  t.true((await pdf.body()).includes('ETSI.CAdES.detached'));
  await officer.page.click('#holdings a');
  t.regex(await officer.page.locator('main').innerText(), /Run again/);
  await look(t, officer, 'compliance-figure');
  await officer.page.goto('/compliance-reports');
  await look(t, officer, 'compliance');
  t.is((await officer.context.request.get(`${address}/figures/unknown`)).status(), 404);
  await officer.context.close();
});
