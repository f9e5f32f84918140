import type { Browser } from 'playwright-core';
import { systemActor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { sweepDue } from '../../src/disposition/index.js';
import { testDraft } from '../support/archive.js';
import { shownJustNow } from '../support/second-factor.js';
import type { Staff, TestServer } from '../support/server.js';
import { deskOf, type Desk } from './desk.js';
import { faults, shoot } from './look.js';
import { inBrowser, stage } from './stage.js';

let server: TestServer;
let staff: Staff;
let browser: Browser;

stage((made) => void ({ server, staff, browser } = made));

/** What is wrong with a page in both languages, on a desk and on a phone. */
async function everywhere({ page, choose }: Desk, address: string, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const width of [390, 1280])
    for (const lang of ['zh', 'en'] as const) {
      await page.setViewportSize({ width, height: 900 });
      await choose(lang);
      await page.goto(address);
      await shoot(page, `${name}-${lang}-${width}`);
      found.push(...(await faults(page)).map((fault) => `${name} ${lang} ${width}: ${fault}`));
    }
  return found;
}

const past = (year: number): Record<string, unknown> => ({ openedAt: `${year}-03-01T09:00:00+08:00`, closedAt: `${year}-03-01T10:00:00+08:00` });

inBrowser('R66, R104: the desk by keyboard, by filter and by group, on a phone too; one decision for many is undone until submitted', async (t) => {
  t.timeout(240_000);
  for (const change of [past(2018), past(2018), past(2019), { ...past(2019), serviceType: 'special' }]) {
    const made = await staff.agent('POST', '/api/v1/records', testDraft(change));
    t.is(made.status, 201, made.text);
  }
  await sweepDue(server.serving.archive.due, systemActor());
  const clerk = await deskOf(browser, server, 'clerk');
  await shownJustNow(server.database);
  const { page } = clerk;
  await page.goto('/appraisals');
  await page.selectOption('[name=department]', 'hotline');
  await page.click('main form button.primary');
  await page.waitForURL(/\/appraisals\/[0-9a-f-]{36}$/);
  const desk = page.url();
  t.deepEqual(await everywhere(clerk, desk, 'desk'), []);
  const picked = () => page.locator('tbody input[data-pick]:checked').count();
  // by keyboard: down to the second row, choose it, choose the first proposal by its number
  await page.goto(desk);
  await page.locator('body').press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  t.is(await picked(), 1);
  await page.keyboard.press('1');
  t.is(await page.locator('[name=proposal]:checked').count(), 1);
  await page.fill('[name=reason]', 'term over');
  await page.click('#desk button.primary');
  t.regex(await page.locator('.flash').innerText(), /1 record/);
  // by group: one decision for all that the group holds, and no other
  await page.goto(desk);
  await page.click('td a[href*="year=2018"], th a[href*="year=2018"]');
  t.regex(page.url(), /year=2018/);
  t.is(await page.locator('tbody input[data-pick]').count(), 2);
  await page.check('[name=scope][value=all]');
  await page.check('[name=proposal][value=transfer]');
  await page.fill('[name=reason]', 'to the city archive');
  await page.click('#desk button.primary');
  const counts = () =>
    server.database.owner.one<{ transfer: number; undecided: number }>(sql`select (count(*) filter (where s.proposal = 'transfer'))::int as transfer,
      (count(*) filter (where i.step is null))::int as undecided from appraisal_items i left join appraisal_steps s on s.appraisal_id = i.appraisal_id and s.step = i.step`);
  t.is((await counts()).transfer, 2);
  await page.click('form[action$="/undo"] button');
  t.is((await counts()).transfer, 0);
  // by filter: what has no proposal yet
  await page.goto(`${desk}?proposal=none`);
  const open = await page.locator('tbody input[data-pick]').count();
  t.is(open, (await counts()).undecided);
  await page.goto(`${desk}?serviceType=training`);
  t.is(await page.locator('tbody input[data-pick]').count(), 0);
  t.deepEqual(await faults(page), []);
  await page.goto(desk);
  await page.check('[name=scope][value=all]');
  await page.check('[name=proposal][value=destroy]');
  await page.fill('[name=reason]', 'term over');
  await page.click('#desk button.primary');
  t.is(await page.locator('form[action$="/undo"]').count(), 1);
  t.deepEqual(await everywhere(clerk, `${server.serving.url}/appraisals`, 'appraisals'), []);
  t.deepEqual(
    clerk.complaints.filter((text) => !text.includes('422')),
    [],
  );
});

inBrowser('R87: a request for erasure is made a register on its page; registers, approvals and the request on a desk and on a phone', async (t) => {
  t.timeout(240_000);
  const client = { number: 'C-ERASE-PAGE', name: '周某', type: 'individual', phone: '13812345678' };
  for (let i = 0; i < 2; i++) t.is((await staff.agent('POST', '/api/v1/records', testDraft({ ...past(2020), client }))).status, 201);
  const asked = { kind: 'erasure', channel: 'email', client: client.number, asked: '请删除我的全部记录', name: '周某', contact: 'zhou@example.com' };
  const clerk = await deskOf(browser, server, 'clerk');
  const compliance = await deskOf(browser, server, 'compliance');
  await shownJustNow(server.database);
  const made = await staff.clerk('POST', '/api/v1/privacy/requests', asked);
  t.is(made.status, 201, made.text);
  const path = `/api/v1/privacy/requests/${String(made.json['id'])}`;
  for (const [step, body] of [
    ['identify', { method: 'call_back', note: '已回拨' }],
    ['examine', { note: '法定期限已满' }],
  ] as const)
    t.is((await staff.clerk('POST', `${path}/${step}`, body)).status, 204);
  const decided = await staff.compliance('POST', `${path}/decide`, { outcome: 'fulfil', reason: '准予删除' });
  t.is(decided.status, 204, decided.text);
  const { page } = clerk;
  await page.goto('/destruction');
  t.regex(await page.locator('#erasure, section:has(form[action="/destruction/erasure"])').first().innerText(), /P-\d{4}-\d{6}/);
  t.deepEqual(await everywhere(clerk, `${server.serving.url}/destruction`, 'registers'), []);
  await page.click('form[action="/destruction/erasure"] button.primary');
  t.regex(await page.locator('main').innerText(), /No record was chosen/, 'one is to be chosen');
  await page.check('[name=request]');
  await page.click('form[action="/destruction/erasure"] button.primary');
  await page.waitForURL(/\/destruction\/[0-9a-f-]{36}$/);
  const register = page.url();
  t.regex(await page.locator('main').innerText(), /erasure at request · P-/);
  await page.click('summary:has-text("Freeze the list")');
  await page.click('form[action$="/freeze"] button');
  await page.click('summary:has-text("Submit for approval")');
  await page.click('form[action$="/submit"] button');
  t.regex(await page.locator('main').innerText(), /PIPL, article 47/);
  t.deepEqual(await everywhere(clerk, register, 'register'), []);
  t.deepEqual(await everywhere(compliance, `${server.serving.url}/destruction/waiting`, 'approvals'), []);
  t.deepEqual(await everywhere(compliance, `${server.serving.url}/privacy/${String(made.json['id'])}`, 'request'), []);
  t.is(await compliance.page.locator(`a[href="${new URL(register).pathname}"]`).count(), 1, 'the request leads to its register');
  t.deepEqual(
    [...clerk.complaints, ...compliance.complaints].filter((text) => !text.includes('422')),
    [],
  );
});
