import test from 'ava';
import type { Browser, Page } from 'playwright-core';
import { assets } from '../../src/ui/index.js';
import { findChromium, launch, startPages, type PageServer } from './support.js';

const chromiumPath = findChromium();
const inBrowser = chromiumPath === undefined ? test.skip : test.serial;
let browser: Browser;
let server: PageServer;

test.before(async (t) => {
  if (chromiumPath === undefined) {
    t.log('Skipped: no Chromium. Install it (Debian: apt-get install chromium fonts-noto-cjk) or set LANTAI_CHROMIUM to its path.');
    return;
  }
  server = await startPages();
  browser = await launch(chromiumPath);
});

test.after.always(async () => {
  await browser?.close();
  await server?.close();
});

async function open(name: string, options: { javaScriptEnabled?: boolean } = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, ...options });
  await page.goto(`${server.url}/p/${name}?lang=en`);
  return page;
}

const focused = (page: Page): Promise<unknown> => page.evaluate('document.activeElement.name || document.activeElement.textContent.trim()');

inBrowser('the slash key goes to the search box from anywhere, and Enter posts what is typed', async (t) => {
  const page = await open('audit');
  await page.keyboard.press('/');
  t.is(await focused(page), 'q');
  await page.keyboard.type('13800135678');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  const post = server.posted.find(({ path }) => path === '/find');
  t.is(post?.body, 'q=13800135678');
  t.false(page.url().includes('138'), 'a phone number never stands in an address');
  await page.close();
});

inBrowser('a table is walked with j and k, picked with x, and acted on at once', async (t) => {
  const page = await open('arrange');
  t.true(await page.locator('[data-needs-pick]').isDisabled());
  for (const key of ['j', 'j', 'x', 'j', 'x', 'k']) await page.keyboard.press(key);
  t.is(await page.locator('tr.at').count(), 1);
  t.is(await page.locator('[data-picked]').textContent(), '2');
  await Promise.all([page.waitForNavigation(), page.locator('[data-needs-pick]').click()]);
  t.is(server.posted.find(({ path }) => path === '/arrange/accept')?.body.split('&').length, 2);
  await page.close();
});

inBrowser('Enter opens the row where one is', async (t) => {
  const page = await open('list');
  await page.keyboard.press('j');
  const [request] = await Promise.all([page.waitForRequest(/\/records\//), page.keyboard.press('Enter')]);
  t.regex(request.url(), /\/records\/0199/);
  await page.close();
});

inBrowser('R94: reading takes one key when the last purpose is offered, and one digit otherwise', async (t) => {
  const page = await open('record-again');
  // the answer leads back here: going on before it is shown would race with it
  const [again] = await Promise.all([page.waitForRequest((request) => request.method() === 'POST'), page.waitForEvent('load'), page.keyboard.press('r')]);
  t.regex(again.postData() ?? '', /purpose=complaint&ticket=T-20931/);
  await page.goto(`${server.url}/p/record?lang=en`);
  await page.keyboard.press('2');
  t.true(await page.locator('input[value=follow_up]').isChecked());
  await page.close();
});

inBrowser('without script every act is a form that posts, also those behind a confirmation', async (t) => {
  const page = await open('person', { javaScriptEnabled: false });
  await page.locator('summary', { hasText: 'Disable' }).first().click();
  await page.locator('details[open] input[name=confirm]').fill('chen.li');
  await Promise.all([page.waitForNavigation(), page.locator('details[open] button').click()]);
  t.deepEqual(server.posted.at(-1), { path: '/people/p1/disable', body: 'account=a1&confirm=chen.li' });
  await page.locator('.menu summary').click();
  await Promise.all([page.waitForNavigation(), page.locator('button[value=zh]').click()]);
  t.is(server.posted.at(-1)?.path, '/preferences');
  t.regex(server.posted.at(-1)?.body ?? '', /lang=zh/);
  await page.close();
});

inBrowser('a refused form keeps what was typed, says how many things are wrong, and stands at the first', async (t) => {
  const page = await open('take-in-refused');
  t.is(await page.locator('input[name=serviceNo]').inputValue(), 'KF 1');
  t.is(await page.locator('textarea[name="exceptions.0.what"]').inputValue(), '系统中断');
  t.is(await page.locator('#errors a').count(), 4);
  t.is(await focused(page), 'closedAt');
  t.is(await page.locator('#f-closedAt').getAttribute('aria-describedby'), 'f-closedAt-wrong');
  await page.close();
});

inBrowser('a running task keeps its figures up to date and can be left', async (t) => {
  const page = await open('import-running');
  await page.locator('[data-figure=rows]', { hasText: '9,000' }).waitFor();
  t.is(await page.locator('progress').getAttribute('max'), '20000');
  await page.close();
});

inBrowser('a page prints as a form, without the furniture of the screen', async (t) => {
  const page = await open('record');
  await page.emulateMedia({ media: 'print' });
  for (const hidden of ['.top', '.foot', '.crumbs', 'form']) t.false(await page.locator(hidden).first().isVisible(), hidden);
  t.true(await page.locator('.stamp').isVisible());
  await page.close();
});

inBrowser('sound is fetched only when it is played', async (t) => {
  const page = await browser.newPage();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`${server.url}/p/reading-audio?lang=en`, { waitUntil: 'networkidle' });
  t.false(asked.some((url) => url.includes('/files/')));
  await page.evaluate("document.querySelector('audio').play()");
  t.true(asked.some((url) => url.includes('/files/file-audio')));
  await page.close();
});

inBrowser('R44: a recording that the browser does not play is said so, in place of a player that does nothing', async (t) => {
  for (const [name, plays] of [
    ['reading-audio', true],
    ['reading-amr', false],
  ] as const) {
    const page = await open(name);
    t.is(await page.locator('audio').isVisible(), plays, name);
    t.is(await page.getByText('plays no recordings of this kind').isVisible(), !plays, name);
    await page.close();
  }
});

inBrowser('the first page weighs less than 100 KB with all that it loads', async (t) => {
  const html = await (await fetch(`${server.url}/p/home`)).text();
  const weight = Buffer.byteLength(html) + Object.values(assets).reduce((sum, { body }) => sum + body.length, 0);
  t.log(`${weight} bytes`);
  t.true(weight < 100 * 1024, `${weight} bytes`);
});
