import test from 'ava';
import type { Browser } from 'playwright-core';
import { sql } from '../../src/db/index.js';
import { testDraft } from '../support/archive.js';
import { staffed, testServer, type Staff, type TestServer } from '../support/server.js';
import { deskOf } from './desk.js';
import { faults } from './look.js';
import { findChromium, launch } from './support.js';

const chromiumPath = findChromium();
const inBrowser = chromiumPath === undefined ? test.skip : test.serial;
let server: TestServer;
let staff: Staff;
let browser: Browser;

test.before(async (t) => {
  t.timeout(180_000);
  server = await testServer();
  staff = await staffed(server);
  if (chromiumPath !== undefined) browser = await launch(chromiumPath);
});
test.after.always(async () => {
  await browser?.close();
  await server?.close();
});

/** As if everybody signed in had shown a second factor. */
async function secondFactors(): Promise<void> {
  const { superuser } = server.database;
  await superuser.run(sql`alter table sessions disable trigger user`);
  await superuser.run(sql`update sessions set second_factor_at = now() where ended_at is null`);
  await superuser.run(sql`alter table sessions enable trigger user`);
}

inBrowser('R42: applied for with a number, found on the home page, decided, and handed back with its result, in both languages', async (t) => {
  t.timeout(120_000);
  const made = await staff.agent('POST', '/api/v1/records', testDraft({ serviceNo: 'REQ-1' }));
  t.is(made.status, 201, made.text);
  const agent = await deskOf(browser, server, 'agent.one');
  await agent.page.goto('/requests');
  t.deepEqual(await faults(agent.page), []);
  await agent.page.click('a:has-text("New application")');
  t.deepEqual(await faults(agent.page), []);
  await agent.page.fill('[name=records]', 'REQ-1');
  await agent.page.selectOption('[name=purpose]', 'dispute');
  await agent.page.fill('[name=reason]', 'The client disputes the bill.');
  await agent.page.fill('[name=to]', new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10));
  await agent.page.click('main form button.primary');
  t.regex(await agent.page.locator('.flash').innerText(), /is submitted/);
  t.regex(await agent.page.locator('main').innerText(), /records manager · Waits for an answer/);
  t.deepEqual(await faults(agent.page), []);
  const manager = await deskOf(browser, server, 'manager');
  await secondFactors();
  await manager.page.goto('/');
  await manager.page.click('.waits a:has-text("applications to decide")');
  t.deepEqual(await faults(manager.page), []);
  await manager.page.click('tbody a.code');
  t.deepEqual(await faults(manager.page), []);
  await manager.choose('zh');
  await manager.page.reload();
  t.deepEqual(await faults(manager.page), []);
  await manager.page.fill('[name=reason]', '同意');
  await manager.page.click('button[name=agree][value="1"]');
  t.regex(await manager.page.locator('main').innerText(), /已批准/);
  await agent.page.reload();
  await agent.page.selectOption('[name=result]', 'solved');
  await agent.page.click('form[action$="/return"] button');
  t.regex(await agent.page.locator('main').innerText(), /Handed back/);
  await manager.page.goto('/requests/register');
  t.deepEqual(await faults(manager.page), []);
  t.deepEqual([...agent.complaints, ...manager.complaints], []);
});

test.serial('R42: over HTTP a step out of its turn, and an answer without a second factor, are refused', async (t) => {
  const record = await staff.agent('POST', '/api/v1/records', testDraft());
  const day = (n: number): string => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);
  const body = { records: [record.json['id']], purpose: 'dispute', reason: 'x', form: 'view', from: day(0), to: day(2) };
  const made = await staff.agent('POST', '/api/v1/requests', body);
  t.is(made.status, 201, made.text);
  const path = `/api/v1/requests/${String(made.json['id'])}`;
  t.is((await staff.agent('POST', `${path}/decide`, { step: 0, agree: true, reason: 'x' })).status, 403);
  await secondFactors();
  const skipped = await staff.manager('POST', `${path}/decide`, { step: 1, agree: true, reason: 'x' });
  t.is(skipped.status, 409, skipped.text);
  t.is(skipped.json['code'], 'wrong_state');
  t.is((await staff.manager('POST', `${path}/decide`, { step: 0, agree: true, reason: 'x' })).json['state'], 'approved');
  t.is((await staff.otherAgent('GET', path)).status, 404);
  t.is((await staff.agent('POST', '/api/v1/requests', { ...body, purpose: 'nothing' })).status, 422);
});
