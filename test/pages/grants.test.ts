import test from 'ava';
import type { Browser } from 'playwright-core';
import { sql } from '../../src/db/index.js';
import { testDraft } from '../support/archive.js';
import type { Staff, TestServer } from '../support/server.js';
import { deskOf } from './desk.js';
import { faults } from './look.js';
import { inBrowser, lookAt, stage } from './stage.js';

let server: TestServer;
let staff: Staff;
let browser: Browser;

stage((made) => void ({ server, staff, browser } = made));

async function capture(serviceNo: string): Promise<string> {
  const made = await staff.agent('POST', '/api/v1/records', testDraft({ serviceNo, sensitivity: 'sensitive' }));
  if (made.status !== 201) throw new Error(made.text);
  return String(made.json['id']);
}

inBrowser('R46: from the record’s page at once in an emergency, found by compliance on the home page, reviewed by another person, revoked', async (t) => {
  t.timeout(180_000);
  const record = await capture('EMG-1');
  const manager = await deskOf(browser, server, 'manager');
  await lookAt(t, manager, 'grants-none', '/grants');
  t.regex(await manager.page.locator('.empty').innerText(), /No grants/);
  await manager.page.goto(`/records/${record}`);
  await manager.page.click('summary:has-text("Emergency reading")');
  const form = `form[action="/records/${record}/emergency"]`;
  await manager.page.selectOption(`${form} [name=purpose]`, 'dispute');
  await manager.page.fill(`${form} [name=reason]`, 'The client stands at the counter and his line is cut.');
  t.deepEqual(await faults(manager.page), []);
  await manager.page.click(`${form} button`);
  await manager.page.waitForURL(/\/readings\//);
  t.regex(await manager.page.locator('.flash').innerText(), /Compliance was told/);
  t.regex(await manager.page.locator('main').innerText(), /客户来电反映晚间宽带频繁掉线/, 'the reading is open at once');

  const compliance = await deskOf(browser, server, 'compliance');
  await compliance.page.goto('/');
  await compliance.page.click('.waits a:has-text("emergency readings to review")');
  await lookAt(t, compliance, 'emergencies', '/grants/emergencies');
  t.regex(await compliance.page.locator('tbody').innerText(), /The client stands at the counter/);
  await compliance.page.click('tbody a');
  const grant = new URL(compliance.page.url()).pathname;
  await lookAt(t, compliance, 'grant-review', grant);
  await lookAt(t, compliance, 'grants-all', '/grants/all?kind=emergency&live=1');
  t.is(await compliance.page.locator('tbody tr').count(), 1);
  await compliance.page.click('.chip.on:has-text("Kind")');
  t.is(new URL(compliance.page.url()).search, '?live=1');
  t.is((await staff.manager('POST', `${grant.replace('/grants', '/api/v1/grants')}/review`, { accepted: true })).status, 403, 'not by whoever read');

  await compliance.page.goto(grant);
  await compliance.page.fill('form[action$="/review"] [name=note]', 'The line was cut, as the log of the day shows.');
  await compliance.page.click('form[action$="/review"] button[value="1"]');
  t.regex(await compliance.page.locator('.flash').innerText(), /on record/);
  t.regex(await compliance.page.locator('main').innerText(), /Found justified[^]*Reviewed by compliance[^]*as the log of the day shows/);
  await compliance.page.goto('/grants/emergencies');
  t.regex(await compliance.page.locator('.empty').innerText(), /No emergency readings to review/);

  await compliance.page.goto(grant);
  await compliance.page.click('summary:has-text("Revoke")');
  t.deepEqual(await faults(compliance.page), []);
  await compliance.page.locator('form[action$="/revoke"]').evaluate((one) => ((one as unknown as { noValidate: boolean }).noValidate = true));
  await compliance.page.click('form[action$="/revoke"] button');
  t.is(await compliance.page.locator('form[action$="/revoke"] .wrong').count(), 1, 'the reason is needed');
  await compliance.page.fill('form[action$="/revoke"] [name=reason]', 'It is settled.');
  await compliance.page.click('form[action$="/revoke"] button');
  t.regex(await compliance.page.locator('main').innerText(), /Revoked[^]*It is settled\./);
  await manager.page.reload();
  t.regex(await manager.page.locator('main').innerText(), /revoked/i);
  t.deepEqual(
    [...manager.complaints, ...compliance.complaints].filter((one) => !/422/.test(one)),
    [],
  );
});

inBrowser('R46: in an emergency by the number of a case; a number that opens nothing is said beside the field, and is on record', async (t) => {
  t.timeout(120_000);
  await capture('EMG-2');
  const manager = await deskOf(browser, server, 'manager');
  await manager.page.goto('/grants');
  await manager.page.click('summary:has-text("Emergency reading")');
  const form = 'form[action="/grants/emergencies"]';
  const ask = async (number: string): Promise<void> => {
    await manager.page.fill(`${form} [name=number]`, number);
    await manager.page.selectOption(`${form} [name=purpose]`, 'dispute');
    await manager.page.fill(`${form} [name=reason]`, 'There is no time.');
    await manager.page.click(`${form} button`);
  };
  await ask('EMG-NONE');
  t.is(await manager.page.locator(`${form} .wrong`).count(), 1);
  t.is(await manager.page.inputValue(`${form} [name=reason]`), 'There is no time.');
  t.deepEqual(await faults(manager.page), []);
  await ask('EMG-2');
  await manager.page.waitForURL(/\/readings\//);
  await manager.page.goto('/grants');
  await manager.page.click('tbody a:has-text("Emergency")');
  await lookAt(t, manager, 'grant-own', new URL(manager.page.url()).pathname);
  t.regex(await manager.page.locator('main').innerText(), /This is your own emergency reading/);
  await manager.page.selectOption('form[action$="/return"] [name=result]', 'solved');
  await manager.page.click('form[action$="/return"] button');
  t.regex(await manager.page.locator('main').innerText(), /Handed back/);
  const refused = sql`select count(*)::int as n from (select entry from audit_entries union all select entry from audit_pending) e
    where entry like '%"act":"grant.refused"%' and entry like '%grants-emergency%'`;
  t.is((await server.database.owner.one<{ n: number }>(refused)).n, 1);
  t.deepEqual(
    manager.complaints.filter((one) => !/422/.test(one)),
    [],
  );
});

test.serial('R83: an agent sees his own grants and nobody else’s, and takes none in an emergency', async (t) => {
  const record = await capture('EMG-3');
  const taken = await staff.manager('POST', `/api/v1/records/${record}/emergency`, { purpose: 'dispute', reason: 'no time' });
  t.is(taken.status, 201, taken.text);
  t.is((await staff.agent('GET', '/grants')).status, 200);
  t.is((await staff.agent('GET', `/grants/${String(taken.json['id'])}`)).status, 404);
  t.is((await staff.agent('GET', '/grants/all')).status, 403);
  t.is((await staff.agent('GET', '/grants/emergencies')).status, 403);
  const fields = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' };
  t.is((await staff.agent('POST', `/records/${record}/emergency`, 'purpose=dispute&reason=x', fields)).status, 403);
  t.is((await staff.agent('POST', '/grants/emergencies', 'number=EMG-3&purpose=dispute&reason=x', fields)).status, 403);
  t.is((await staff.manager('POST', `/grants/${String(taken.json['id'])}/review`, 'accepted=1', fields)).status, 403);
});
