import type { Browser } from 'playwright-core';
import { PASSWORD, type Staff, type TestServer } from '../support/server.js';
import { deskOf } from './desk.js';
import { faults, shoot, WAYS } from './look.js';
import { inBrowser, stage } from './stage.js';

let server: TestServer;
let staff: Staff;
let browser: Browser;

stage((made) => void ({ server, staff, browser } = made));

inBrowser('R83: a sign-in on a new device is asked about above every page elsewhere; “not me” signs it out and leads to the password', async (t) => {
  t.timeout(180_000);
  const desk = await deskOf(browser, server, 'agent.one');
  const cookies = await desk.context.cookies(server.serving.url.replace('http:', 'https:'));
  const device = cookies.find((one) => one.name === '__Host-device');
  t.true(device?.httpOnly === true && device.secure && device.expires > Date.now() / 1000 + 300 * 86_400);
  // where the account was made it is known; it answers for the desk
  const devices = (await staff.agent('GET', '/api/v1/me/devices')).json['items'] as { id: string; current: boolean }[];
  const here = devices.find((one) => !one.current)?.id ?? '';
  t.is((await staff.agent('POST', `/api/v1/me/devices/${here}/know`)).status, 204);
  await desk.page.goto('/readings');
  t.is(await desk.page.locator('.told').count(), 0);

  const thief = await server.signedIn('agent.one', PASSWORD);
  t.is((await thief('GET', '/api/v1/me')).status, 200);
  for (const { lang, theme, width } of WAYS) {
    await desk.choose(lang, theme);
    await desk.page.setViewportSize({ width, height: 900 });
    for (const [name, path] of [
      ['asked', '/readings'],
      ['devices', '/sessions'],
    ] as const) {
      await desk.page.goto(path);
      t.is(await desk.page.locator('form[action^="/devices/"][action$="/deny"]').count(), 1);
      t.deepEqual(await faults(desk.page), [], `${name} ${lang} ${theme} ${width}`);
      await shoot(desk.page, `${name}-${lang}-${theme}-${width}`);
    }
  }
  await desk.choose('en');
  await desk.page.goto('/readings');
  t.regex(await desk.page.locator('main').innerText(), /Was this you\?/);
  await desk.page.click('form[action$="/deny"] button');
  t.is(new URL(desk.page.url()).pathname, '/password');
  t.regex(await desk.page.locator('.flash').innerText(), /Change your password now/);
  t.is((await thief('GET', '/api/v1/me')).status, 401);

  const mine = await server.signedIn('agent.one', PASSWORD);
  await desk.page.goto('/');
  await desk.page.click('form[action$="/know"] button');
  t.regex(await desk.page.locator('.flash').innerText(), /device of yours/);
  t.is(await desk.page.locator('form[action$="/know"]').count(), 0);
  await desk.page.locator('details:has(form[action$="/remove"]) summary').first().click();
  t.deepEqual(await faults(desk.page), []);
  await desk.page.locator('form[action$="/remove"] button:visible').click();
  t.regex(await desk.page.locator('.flash').innerText(), /removed/);
  t.is(
    (await mine('GET', '/api/v1/me')).status === 401 || (await staff.agent('GET', '/api/v1/me')).status === 401,
    true,
    'whoever was signed in there is not any more',
  );
  t.deepEqual(
    desk.complaints.filter((one) => !/422/.test(one)),
    [],
  );
});
