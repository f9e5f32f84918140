import type { Browser } from 'playwright-core';
import { systemActor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { sweepDue } from '../../src/disposition/index.js';
import { testDraft } from '../support/archive.js';
import { shownJustNow } from '../support/second-factor.js';
import type { Staff, TestServer } from '../support/server.js';
import { deskOf } from './desk.js';
import { faults } from './look.js';
import { inBrowser, stage } from './stage.js';
import { hire } from './walking.js';

let server: TestServer;
let staff: Staff;
let browser: Browser;

stage((made) => void ({ server, staff, browser } = made));

inBrowser('R66, R67, R104: due records are appraised at the desk, undone, submitted, signed by the group, put on a register and approved', async (t) => {
  t.timeout(240_000);
  const old = { openedAt: '2019-03-01T09:00:00+08:00', closedAt: '2019-03-01T10:00:00+08:00' };
  for (let i = 0; i < 3; i++) {
    const made = await staff.agent('POST', '/api/v1/records', testDraft(old));
    t.is(made.status, 201, made.text);
  }
  await hire(server, staff, 'head', 'supervisor', 'hotline');
  await sweepDue(server.serving.archive.due, systemActor());
  const clerk = await deskOf(browser, server, 'clerk');
  const head = await deskOf(browser, server, 'head');
  const manager = await deskOf(browser, server, 'manager');
  await shownJustNow(server.database);
  const { page } = clerk;
  await page.goto('/appraisals');
  t.deepEqual(await faults(page), []);
  await page.selectOption('[name=department]', 'hotline');
  await page.click('main form button.primary');
  await page.waitForURL(/\/appraisals\/[0-9a-f-]{36}$/);
  t.deepEqual(await faults(page), []);
  const appraisal = page.url();
  // one picked, then all; the second decision is taken back and made again
  await page.locator('tbody input[data-pick]').first().check();
  await page.check('[name=proposal][value=destroy]');
  await page.fill('[name=reason]', 'term over');
  await page.click('#desk button.primary');
  t.regex(await page.locator('.flash').innerText(), /1 record/);
  await page.check('[name=scope][value=all]');
  await page.check('[name=proposal][value=keep]');
  await page.fill('[name=reason]', 'of historic value');
  await page.click('#desk button.primary');
  t.regex(await page.locator('main').innerText(), /legal basis/i, 'keeping for good names its basis');
  t.deepEqual(await faults(page), []);
  await page.check('[name=scope][value=all]');
  await page.check('[name=proposal][value=destroy]');
  await page.fill('[name=reason]', 'term over');
  await page.click('#desk button.primary');
  await page.click('form[action$="/undo"] button');
  t.regex(await page.locator('.flash').innerText(), /back/i);
  await page.check('[name=scope][value=all]');
  await page.check('[name=proposal][value=destroy]');
  await page.fill('[name=reason]', 'term over');
  await page.click('#desk button.primary');
  await page.click('summary:has-text("Submit to the group")');
  await page.click('form[action$="/submit"] button');
  t.regex(await page.locator('main').innerText(), /has not signed/);
  await page.click('#desk button[name=agree][value="1"]');
  await head.choose('zh');
  await head.page.goto('/');
  await head.page.click('.waits a[href="/appraisals"]');
  t.deepEqual(await faults(head.page), []);
  await head.page.goto(appraisal);
  t.deepEqual(await faults(head.page), []);
  await head.page.click('#desk button[name=agree][value="1"]');
  t.regex(await head.page.locator('main').innerText(), /已结束/);
  const report = await head.page.request.get(`${appraisal}/report.pdf`);
  t.is(report.status(), 200);
  t.is((await report.body()).subarray(0, 5).toString(), '%PDF-');
  await page.goto('/destruction');
  t.deepEqual(await faults(page), []);
  await page.fill('[name=place]', 'own computer room');
  await page.click('main form button.primary');
  await page.waitForURL(/\/destruction\/[0-9a-f-]{36}$/);
  const register = page.url();
  const number = await page.locator('h1').innerText();
  await page.click('summary:has-text("Freeze the list")');
  await page.click('form[action$="/freeze"] button');
  await page.click('summary:has-text("Submit for approval")');
  await page.click('form[action$="/submit"] button');
  t.deepEqual(await faults(page), []);
  await manager.page.goto('/');
  await manager.page.click('.waits a:has-text("registers to approve")');
  t.deepEqual(await faults(manager.page), []);
  await manager.page.goto(register);
  await manager.page.click('#items button[name=agree][value="1"]');
  t.regex(await manager.page.locator('main').innerText(), new RegExp(number), 'the number is to be typed');
  t.is((await server.database.owner.one<{ state: string }>(sql`select state from destruction_registers`)).state, 'approving');
  await manager.page.fill('[name=confirm]', number);
  await manager.page.click('#items button[name=agree][value="1"]');
  t.regex(await manager.page.locator('.flash').innerText(), /pause/);
  t.deepEqual(await faults(manager.page), []);
  const sheet = await manager.page.request.get(`${register}/items?format=csv`);
  t.is((await sheet.text()).trim().split('\n').length, 4);
  t.deepEqual(
    [...clerk.complaints, ...head.complaints, ...manager.complaints].filter((text) => !text.includes('422')),
    [],
  );
});
