import test from 'ava';
import type { Browser } from 'playwright-core';
import { testDraft } from '../support/archive.js';
import type { Staff, TestServer } from '../support/server.js';
import { deskOf } from './desk.js';
import { faults } from './look.js';
import { withNewSchedule } from './newer.js';
import { inBrowser, stage } from './stage.js';

let server: TestServer;
let staff: Staff;
let browser: Browser;

stage((made) => void ({ server, staff, browser } = made));

inBrowser('R33: a new schedule waits on the page of rules with its differences in words, one approves and another countersigns', async (t) => {
  t.timeout(120_000);
  await withNewSchedule(server, (rule) => (rule.id === 'service' ? { ...rule, period: { years: 4, months: 0 } } : rule));
  const security = await deskOf(browser, server, 'security.admin');
  await security.page.goto('/');
  t.regex(await security.page.locator('.waits').innerText(), /policies to be confirmed/);
  await security.page.goto('/policies?kind=schedule');
  t.regex(await security.page.locator('main').innerText(), /rule “Customer-service records”, term: 3 years → 4 years/);
  t.deepEqual(await faults(security.page), []);
  await security.pictures('rules-waiting');
  await security.page.click('summary:has-text("Approve")');
  await security.page.click('form[action$="/agree"] button');
  t.regex(await security.page.locator('.flash').innerText(), /countersigns/);
  t.is(await security.page.locator('form[action$="/confirm"]').count(), 0, 'nobody countersigns what he approved');

  const manager = await deskOf(browser, server, 'manager');
  await manager.page.goto('/policies?kind=schedule');
  t.is(await manager.page.locator('form[action$="/confirm"]').count(), 0, 'the audit administrator sees it first');
  t.regex(await manager.page.locator('main').innerText(), /sees it first/);
  const audit = await deskOf(browser, server, 'audit.admin');
  await audit.page.goto('/changes');
  await audit.pictures('changes-file');
  await audit.page.click('tr:has-text("general@2027-01") form[action$="/see"] button');
  t.regex(await audit.page.locator('.empty').innerText(), /No change to see/);
  await audit.context.close();
  await manager.page.goto('/policies?kind=schedule');
  await manager.page.click('summary:has-text("Confirm and activate")');
  await manager.page.fill('form[action$="/confirm"] [name=confirm]', '2026-01');
  await manager.page.click('form[action$="/confirm"] button');
  t.is(await manager.page.locator('form[action$="/confirm"]').count(), 1, 'the version must be typed');
  await manager.page.locator('form[action$="/confirm"] [name=confirm]').fill('2027-01');
  await manager.page.click('form[action$="/confirm"] button');
  t.regex(await manager.page.locator('.flash').innerText(), /active/);
  t.deepEqual(await faults(manager.page), []);
  await manager.pictures('rules-active');
  const list = await staff.manager('GET', '/api/v1/rules');
  const states = (list.json['items'] as { name: string; state: string }[]).map((one) => `${one.name} ${one.state}`);
  t.true(states.includes('general@2027-01 active') && states.includes('general@2026-01 superseded'), states.join());
  t.is((await staff.agent('GET', '/api/v1/rules')).status, 403);
  t.is((await staff.clerk('GET', '/api/v1/schedule')).json['version'], '2027-01');
  t.deepEqual(
    [...security.complaints, ...manager.complaints].filter((one) => !/422/.test(one)),
    [],
  );
  await security.context.close();
  await manager.context.close();
});

inBrowser('R14: a clerk proposes a lower sensitivity on the record, the manager finds it on the home page and agrees', async (t) => {
  t.timeout(120_000);
  const made = await staff.agent('POST', '/api/v1/records', testDraft({ sensitivity: 'sensitive' }));
  const id = String(made.json['id']);
  const clerk = await deskOf(browser, server, 'clerk');
  await clerk.page.goto(`/records/${id}`);
  await clerk.page.click('summary:has-text("Change the classification")');
  await clerk.page.selectOption('[name=sensitivity]', 'internal');
  await clerk.page.click('button:has-text("Save the classification")');
  t.regex(await clerk.page.locator('.flash').innerText(), /once another person agrees/);
  t.is(await clerk.page.locator('button[name=agree][value="1"]').count(), 0);
  t.is(await clerk.page.locator('button:has-text("Take back")').count(), 1);
  t.deepEqual(await faults(clerk.page), []);
  await clerk.pictures('lowering-own');

  const manager = await deskOf(browser, server, 'manager');
  await manager.page.goto('/');
  await manager.pictures('home-lowering');
  await manager.page.click('.waits a:has-text("lower sensitivities")');
  t.deepEqual(await faults(manager.page), []);
  await manager.pictures('lowerings');
  await manager.page.click('tbody a.title');
  t.deepEqual(await faults(manager.page), []);
  await manager.pictures('lowering-other');
  await manager.page.click('button[name=agree][value="1"]');
  t.regex(await manager.page.locator('.flash').innerText(), /lowered/);
  t.is((await staff.manager('GET', `/api/v1/records/${id}`)).json['sensitivity'], 'internal');
  await manager.page.goto('/lowerings');
  t.regex(await manager.page.locator('.empty').innerText(), /Nothing to agree/);
  t.deepEqual([...clerk.complaints, ...manager.complaints], []);
  await clerk.context.close();
  await manager.context.close();
});

test.serial('R14: the API answers 202 with what waits, 409 to the same person, 204 to another', async (t) => {
  const made = await staff.agent('POST', '/api/v1/records', testDraft({ sensitivity: 'sensitive' }));
  const path = `/api/v1/records/${String(made.json['id'])}`;
  const asked = await staff.clerk('POST', `${path}/reclassify`, { sensitivity: 'internal' });
  t.is(asked.status, 202, asked.text);
  const list = await staff.manager('GET', '/api/v1/lowerings');
  t.true((list.json['items'] as { id: string }[]).some((one) => one.id === asked.json['lowering']));
  const own = await staff.clerk('POST', `${path}/lowering`, { agree: true });
  t.is(own.status, 409);
  t.is(own.json['code'], 'same_person');
  t.is((await staff.agent('POST', `${path}/lowering`, { agree: true })).status, 403);
  t.is((await staff.manager('POST', `${path}/lowering`, { agree: true })).status, 204);
  t.is((await staff.clerk('POST', `${path}/reclassify`, { sensitivity: 'sensitive' })).status, 204, 'raising acts at once');
});
