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

async function look(t: ExecutionContext, desk: Desk, name: string, path: string): Promise<void> {
  for (const { lang, theme, width } of WAYS) {
    await desk.choose(lang, theme);
    await desk.page.setViewportSize({ width, height: 900 });
    await desk.page.goto(path);
    t.deepEqual(await faults(desk.page), [], `${name} ${lang} ${theme} ${width}`);
    await shoot(desk.page, `${name}-${lang}-${theme}-${width}`);
  }
  await desk.choose('en');
  await desk.page.setViewportSize({ width: 1280, height: 900 });
  await desk.page.goto(path);
}

inBrowser('R86: a correction is proposed on the record’s page, seen side by side, and confirmed by another person; the old version stays', async (t) => {
  t.timeout(240_000);
  const made = await staff.agent('POST', '/api/v1/records', testDraft({ serviceNo: 'COR-1', sensitivity: 'internal' }));
  t.is(made.status, 201, made.text);
  const record = String(made.json['id']);
  const clerk = await deskOf(browser, server, 'clerk');
  await look(t, clerk, 'corrections-none', '/corrections');
  await clerk.page.goto(`/records/${record}`);
  await clerk.page.click('a:has-text("Correct")');
  await look(t, clerk, 'correction-form', `/records/${record}/correct`);
  t.is(await clerk.page.inputValue('[name="client.phone"]'), '13812345678');
  const form = `form[action="/records/${record}/correct"]`;
  await clerk.page.fill(`${form} [name=reason]`, 'Nothing really.');
  await clerk.page.click(`${form} button.primary`);
  t.regex(await clerk.page.locator('#errors').innerText(), /Nothing differs/);
  t.deepEqual(await faults(clerk.page), []);
  await clerk.page.fill(`${form} [name="client.phone"]`, '13987654321');
  await clerk.page.fill(`${form} [name=content]`, '客户来电反映晚间宽带掉线，要求上门。');
  await clerk.page.fill(`${form} [name=reason]`, 'The client showed his contract.');
  await clerk.page.click(`${form} button.primary`);
  t.regex(await clerk.page.locator('.flash').innerText(), /another person confirms/);
  const correction = new URL(clerk.page.url()).pathname;
  await look(t, clerk, 'correction-own', correction);
  t.is(await clerk.page.locator('input[name=agree][value="1"]').count(), 0);
  const rows = await clerk.page.locator('tbody').innerText();
  t.regex(rows, /13812345678[^]*13987654321/);
  t.notRegex(rows, /2026-03-01/, 'times that nobody touched stay as they are');

  const manager = await deskOf(browser, server, 'manager');
  await manager.page.goto('/');
  await manager.page.click('.waits a:has-text("corrections to confirm")');
  t.deepEqual(await faults(manager.page), []);
  await manager.page.click('tbody a.title');
  await manager.page.click('summary:has-text("Confirm the correction")');
  t.deepEqual(await faults(manager.page), []);
  await manager.page.click('details[data-confirm] form button');
  t.regex(await manager.page.locator('.flash').innerText(), /new version/);
  t.regex(await manager.page.locator('main').innerText(), /Answered by[^]*manager/);
  await manager.page.goto(`/records/${record}`);
  t.regex(await manager.page.locator('main').innerText(), /Version 2/);
  await manager.page.click('a:has-text("Corrections")');
  t.is(await manager.page.locator('tbody tr').count(), 1);
  await look(t, manager, 'corrections-record', `/corrections?state=agreed&record=${record}`);
  t.is((await staff.agent('GET', '/corrections')).status, 403);
  t.is((await staff.agent('GET', correction)).status, 403);
  t.deepEqual(
    [...clerk.complaints, ...manager.complaints].filter((one) => !/422/.test(one)),
    [],
  );
});

test.serial('R86: nobody confirms his own, a second one waits, and a record that one may not read is not opened to be corrected', async (t) => {
  const made = await staff.agent('POST', '/api/v1/records', testDraft({ serviceNo: 'COR-2', sensitivity: 'sensitive' }));
  const record = String(made.json['id']);
  const fields = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' };
  t.is((await staff.clerk('GET', `/records/${record}/correct`)).status, 404, 'clerks read up to internal');
  t.is((await staff.clerk('POST', `/records/${record}/correct`, 'title=x&reason=y', fields)).status, 404);
  const other = String((await staff.agent('POST', '/api/v1/records', testDraft({ serviceNo: 'COR-3', sensitivity: 'internal' }))).json['id']);
  const sent = await staff.clerk('POST', `/records/${other}/correct`, `title=${encodeURIComponent('宽带报修：更正')}&reason=y`, fields);
  t.is(sent.status, 303, sent.text.slice(0, 300));
  const correction = sent.headers.get('location') ?? '';
  const back = await staff.clerk('POST', `${correction}/answer`, 'agree=1', fields);
  t.is(back.status, 303);
  const waiting = await staff.manager('GET', `/api/v1${correction}`);
  t.is(waiting.json['state'], 'proposed', 'not by the one who proposed it');
  t.deepEqual(
    (waiting.json['changes'] as { field: string }[]).map((one) => one.field),
    ['title'],
    'what was not sent is not removed',
  );
  t.is((await staff.manager('GET', `/records/${other}/correct`)).status, 303, 'one at a time');
});
