import type { Browser } from 'playwright-core';
import { testDraft } from '../support/archive.js';
import { archiveDay } from '../support/day.js';
import { PASSWORD, type Staff, type TestServer } from '../support/server.js';
import { deskOf } from './desk.js';
import { faults, shoot, WAYS } from './look.js';
import { inBrowser, stage } from './stage.js';

let server: TestServer;
let staff: Staff;
let browser: Browser;

const day = (days: number): string => archiveDay(days);

/** A person with a role, made as administrators do it. */
async function person(username: string, role: string): Promise<void> {
  const made = await staff.systemAdmin('POST', '/api/v1/people', { name: username, department: 'archive' });
  const account = await staff.systemAdmin('POST', '/api/v1/accounts', { personId: made.json['personId'], username });
  const given = await staff.securityAdmin('POST', `/api/v1/accounts/${String(account.json['accountId'])}/roles`, { role });
  const grant = String(given.json['grantId']);
  await staff.auditAdmin('POST', `/api/v1/changes/${grant}/see`);
  await staff.auditAdmin('POST', `/api/v1/role-grants/${grant}/decide`, { agree: true });
  await server.client()('POST', '/api/v1/invitations/claim', { secret: account.json['secret'], password: PASSWORD });
}

stage(async (made) => {
  ({ server, staff, browser } = made);
  await person('second', 'records_manager');
});

inBrowser('R42: a deputy is named for some days, stands in, and is ended before his time', async (t) => {
  t.timeout(180_000);
  const manager = await deskOf(browser, server, 'manager');
  await manager.page.goto('/requests/queue');
  await manager.page.click('a:has-text("Deputies")');
  t.regex(await manager.page.locator('.empty').innerText(), /No deputy yet/);
  await manager.page.fill('[name=from]', day(0));
  await manager.page.fill('[name=to]', day(-3));
  await manager.page.click('main form button.primary');
  t.is(await manager.page.locator('.field .wrong').count(), 1);
  t.deepEqual(await faults(manager.page), []);
  await manager.page.fill('[name=to]', day(5));
  await manager.page.click('main form button.primary');
  t.regex(await manager.page.locator('.flash').innerText(), /named/);
  t.regex(await manager.page.locator('tbody').innerText(), /second[^]*stands in now/);
  for (const { lang, theme, width } of WAYS) {
    await manager.choose(lang, theme);
    await manager.page.setViewportSize({ width, height: 900 });
    await manager.page.goto('/requests/deputies');
    t.deepEqual(await faults(manager.page), [], `${lang} ${theme} ${width}`);
    await shoot(manager.page, `deputies-${lang}-${theme}-${width}`);
  }
  await manager.choose('en');
  await manager.page.setViewportSize({ width: 1280, height: 900 });
  await server.signedIn('second', PASSWORD);
  const second = await deskOf(browser, server, 'second');
  await second.page.goto('/requests/deputies');
  t.regex(await second.page.locator('main').innerText(), /You stand in for manager now/);
  await manager.page.goto('/requests/deputies');
  await manager.page.click('summary:has-text("End early")');
  await manager.page.click('form[action$="/end"] button');
  t.regex(await manager.page.locator('tbody').innerText(), /over/);
  await second.page.reload();
  t.notRegex(await second.page.locator('main').innerText(), /You stand in for/);
  const complaints = [...manager.complaints, ...second.complaints];
  t.deepEqual(
    complaints.filter((one) => !/422/.test(one)),
    [],
  );
});

inBrowser('R42: an application is withdrawn only after a confirmation that says what follows', async (t) => {
  t.timeout(120_000);
  const made = await staff.agent('POST', '/api/v1/records', testDraft({ serviceNo: 'WD-1' }));
  const body = { records: [made.json['id']], purpose: 'dispute', reason: 'x', form: 'view', from: day(0), to: day(2) };
  const applied = await staff.agent('POST', '/api/v1/requests', body);
  t.is(applied.status, 201, applied.text);
  const agent = await deskOf(browser, server, 'agent.one');
  await agent.page.goto(`/requests/${String(applied.json['id'])}`);
  t.false(await agent.page.locator('form[action$="/withdraw"] button').isVisible());
  await agent.page.click('summary:has-text("Withdraw the application")');
  t.regex(await agent.page.locator('details[data-confirm]').innerText(), /apply anew/);
  t.deepEqual(await faults(agent.page), []);
  await agent.page.click('form[action$="/withdraw"] button');
  t.regex(await agent.page.locator('main').innerText(), /Withdrawn/);
  t.deepEqual(agent.complaints, []);
});
