import test from 'ava';
import type { Browser } from 'playwright-core';
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
  if (chromiumPath === undefined)
    t.log('Skipped: no Chromium. Install it (Debian: apt-get install chromium fonts-noto-cjk) or set LANTAI_CHROMIUM to its path.');
  else browser = await launch(chromiumPath);
});
test.after.always(async () => {
  await browser?.close();
  await server?.close();
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
