import test from 'ava';
import type { Browser } from 'playwright-core';
import { CLIENT, testProvider, type TestProvider } from '../support/provider.js';
import { staffed, testServer, type Staff, type TestServer } from '../support/server.js';
import { deskOf } from './desk.js';
import { faults, shoot } from './look.js';
import { findChromium, launch } from './support.js';

const chromiumPath = findChromium();
const inBrowser = chromiumPath === undefined ? test.skip : test.serial;
let provider: TestProvider;
let server: TestServer;
let staff: Staff;
let browser: Browser;

test.before(async (t) => {
  t.timeout(180_000);
  provider = await testProvider();
  server = await testServer({ env: { OIDC_ISSUER: provider.issuer, OIDC_CLIENT_ID: CLIENT.id, OIDC_CLIENT_SECRET: CLIENT.secret } });
  await provider.know(server.serving.url);
  staff = await staffed(server);
  if (chromiumPath !== undefined) browser = await launch(chromiumPath);
});
test.after.always(async () => {
  await browser?.close();
  await server?.close();
  await provider?.close();
});

inBrowser('R47: somebody signs on at the provider in a browser, is refused in words where unknown, and signs out there too', async (t) => {
  t.timeout(120_000);
  const person = await staff.systemAdmin('POST', '/api/v1/people', { name: '王丽', department: 'hotline' });
  await staff.systemAdmin('POST', '/api/v1/accounts', { personId: person.json['personId'], username: 'wang.li' });
  provider.users.set('sub-1', { preferred_username: 'wang.li', groups: ['lantai-agents'] });
  provider.users.set('sub-2', { preferred_username: 'nobody.here', groups: ['lantai-agents'] });
  provider.current = 'sub-2';
  const stranger = await browser.newContext({ baseURL: server.serving.url });
  const page = await stranger.newPage();
  await page.goto('/sign-in');
  t.deepEqual(await faults(page), []);
  await shoot(page, 'sign-on-zh');
  await page.click('a:has-text("用单位账号登录")');
  await page.waitForURL('**/sign-in');
  t.regex(await page.locator('.flash').innerText(), /没有与之对应的账号/);
  await stranger.close();

  provider.current = 'sub-1';
  const context = await browser.newContext({ baseURL: server.serving.url });
  const own = await context.newPage();
  await own.goto('/readings');
  await own.click('a:has-text("用单位账号登录")');
  await own.waitForURL('**/readings');
  t.false(/code=|state=/.test(own.url()));
  await own.goto('/');
  t.regex(await own.locator('main').innerText(), /王丽/);
  const ended = await context.request.post('/sign-out', { maxRedirects: 0 });
  t.is(ended.headers()['location'], '/sign-in/sso/ended');
  await own.goto('/sign-in/sso/ended');
  await own.waitForURL(`${provider.issuer}/session/end**`);
  await context.close();

  const admin = await deskOf(browser, server, 'system.admin');
  await admin.page.goto('/system/sign-on');
  t.deepEqual(await faults(admin.page), []);
  t.regex(await admin.page.locator('main').innerText(), /Last success/);
  await admin.pictures('connection');
  await admin.context.close();
});
