import test from 'ava';
import type { Browser, Page } from 'playwright-core';
import type { Suggestion } from '../../src/search/index.js';
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

test.beforeEach(() => {
  if (server === undefined) return;
  server.posted.length = 0;
  server.asked.length = 0;
  server.answers = suggest;
});

test.after.always(async () => {
  await browser?.close();
  await server?.close();
});

async function open(name: string, options: Parameters<Browser['newPage']>[0] = {}, lang = 'en'): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, ...options });
  await page.goto(`${server.url}/p/${name}?lang=${lang}`);
  return page;
}

const one = (kind: Suggestion['kind'], label: string, q: string, count: number | null = null): Suggestion => ({ kind, label, q, count });

/** Filters after a letter, values after a colon, a number after digits. */
function suggest(q: string): { status: number; items: Suggestion[] } {
  if (q.endsWith('type:')) return { status: 200, items: [one('value', 'Complaint', 'type:complaint', 12), one('value', 'Training', 'type:training', 3)] };
  if (q.startsWith('KF')) return { status: 200, items: [one('number', 'KF-2026-001042', 'KF-2026-001042')] };
  if (q === 't') return { status: 200, items: [one('key', 'type:', 'type:'), one('key', 'tag:', 'tag:'), one('saved', 'Complaints', 'type:complaint')] };
  return { status: 200, items: [] };
}

const box = (page: Page) => page.locator('#find');
const chosen = (page: Page) => page.locator('[role=option][aria-selected=true]');

inBrowser('completion is a combobox: arrows walk, Enter goes on with a filter, Enter again searches', async (t) => {
  const page = await open('home');
  t.is(await box(page).getAttribute('role'), 'combobox');
  await page.keyboard.press('/');
  await page.keyboard.type('t');
  await page.locator('[role=option]').first().waitFor();
  t.is(await box(page).getAttribute('aria-expanded'), 'true');
  t.is(await page.locator('[role=status]', { hasText: '3 suggestions' }).count(), 1);
  await page.keyboard.press('ArrowUp');
  t.is(await chosen(page).locator('.name').textContent(), 'Complaints', 'up from the box is the last');
  await page.keyboard.press('ArrowDown');
  t.is(await chosen(page).count(), 0, 'past the last is the box again');
  await page.keyboard.press('ArrowDown');
  t.is(await box(page).getAttribute('aria-activedescendant'), await chosen(page).getAttribute('id'));
  await page.keyboard.press('Enter');
  t.is(await box(page).inputValue(), 'type:');
  await page.locator('[role=option]', { hasText: 'Complaint' }).waitFor();
  t.is(server.posted.length, 0, 'a filter is gone on with');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  t.is(await box(page).inputValue(), 'type:complaint');
  t.is(await page.evaluate('document.activeElement.id'), 'find');
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  t.deepEqual(server.posted.at(-1), { path: '/find', body: 'q=type%3Acomplaint' });
  await page.close();
});

inBrowser('a number that is taken is searched at once; Escape closes the list, and only then leaves the box', async (t) => {
  const page = await open('home');
  await box(page).focus();
  await page.keyboard.type('t');
  await page.locator('[role=option]').first().waitFor();
  await page.keyboard.press('Escape');
  t.is(await box(page).getAttribute('aria-expanded'), 'false');
  t.is(await page.evaluate('document.activeElement.id'), 'find');
  await page.keyboard.press('Escape');
  t.not(await page.evaluate('document.activeElement.id'), 'find');
  await page.keyboard.press('/');
  await page.keyboard.type('KF');
  await page.locator('[role=option]').first().waitFor();
  await page.keyboard.press('ArrowDown');
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  t.is(server.posted.at(-1)?.body, 'q=KF-2026-001042');
  await page.close();
});

inBrowser('completion asks after a pause, drops what was asked before, posts what is typed, and stops where it is refused', async (t) => {
  const page = await open('home');
  const addresses: string[] = [];
  page.on('request', (request) => addresses.push(request.url()));
  await box(page).focus();
  await page.waitForTimeout(250);
  server.asked.length = 0;
  await page.keyboard.type('13800135678', { delay: 10 });
  await page.waitForTimeout(400);
  t.true(server.asked.length <= 2, `${server.asked.length} times for eleven keys`);
  t.deepEqual(server.asked.at(-1), { q: '13800135678', at: 11 });
  t.false(addresses.some((url) => url.includes('138')));
  // an answer that comes late is not shown over a newer one
  server.answers = async (q) => {
    if (q === 'slow') await new Promise((resolve) => setTimeout(resolve, 600));
    return { status: 200, items: [one('key', q, q)] };
  };
  await box(page).fill('slow');
  await page.waitForTimeout(200);
  await box(page).fill('fast');
  await page.locator('[role=option]', { hasText: 'fast' }).waitFor();
  await page.waitForTimeout(600);
  t.deepEqual(await page.locator('[role=option] .name').allTextContents(), ['fast']);
  server.answers = () => ({ status: 403, items: [] });
  await box(page).fill('x');
  await page.waitForTimeout(300);
  const before = server.asked.length;
  await box(page).fill('xy');
  await page.waitForTimeout(300);
  t.is(server.asked.length, before);
  await page.close();
});

inBrowser('completion works by touch', async (t) => {
  const page = await open('home', { hasTouch: true, viewport: { width: 390, height: 800 } });
  await box(page).tap();
  await page.keyboard.type('KF');
  const option = page.locator('[role=option]').first();
  await option.waitFor();
  t.true(((await option.boundingBox())?.height ?? 0) >= 44);
  await Promise.all([page.waitForEvent('load'), option.tap()]);
  t.is(server.posted.at(-1)?.body, 'q=KF-2026-001042');
  await page.close();
});

inBrowser('Chinese is typed by an input method without being asked about half a word', async (t) => {
  const page = await open('home', {}, 'zh');
  await box(page).focus();
  await page.waitForTimeout(250);
  server.asked.length = 0;
  const session = await page.context().newCDPSession(page);
  await session.send('Input.imeSetComposition', { text: 'tou su', selectionStart: 6, selectionEnd: 6 });
  await page.waitForTimeout(300);
  t.is(server.asked.length, 0);
  await session.send('Input.insertText', { text: '投诉' });
  await page.waitForTimeout(300);
  t.is(server.asked.at(-1)?.q, '投诉');
  await page.close();
});

inBrowser('results are walked with j and k, opened with Enter, read with o, their client with d', async (t) => {
  const page = await open('search');
  const second = (await page.locator('[data-open]').nth(1).getAttribute('href')) ?? '';
  for (const key of ['j', 'j', 'k', 'j']) await page.keyboard.press(key);
  t.is(await page.locator('li.at [data-open]').getAttribute('href'), second);
  await Promise.all([page.waitForRequest((request) => request.method() === 'POST'), page.waitForEvent('load'), page.keyboard.press('o')]);
  t.deepEqual(server.posted.at(-1), { path: `${second}/readings`, body: 'purpose=complaint' });
  for (const [keys, url] of [
    [['j', 'Enter'], /\/records\/0199/],
    [['j', 'd'], /\/clients\/C100200/],
  ] as const) {
    await page.goto(`${server.url}/p/search?lang=en`);
    await page.keyboard.press(keys[0]);
    const [request] = await Promise.all([page.waitForRequest(url), page.waitForEvent('load'), page.keyboard.press(keys[1])]);
    t.is(request.method(), 'GET');
  }
  await page.close();
});

inBrowser('brackets turn pages, s saves the search under a name', async (t) => {
  const page = await open('search');
  for (const [key, after] of [
    ['[', 'p1'],
    [']', 'p3'],
  ] as const) {
    await page.goto(`${server.url}/p/search?lang=en`);
    const [request] = await Promise.all([page.waitForRequest(/\/find\?/), page.waitForEvent('load'), page.keyboard.press(key)]);
    t.is(new URL(request.url()).searchParams.get('after'), after);
    t.is(new URL(request.url()).searchParams.get('q'), 'refund type:complaint');
  }
  await page.goto(`${server.url}/p/search?lang=en`);
  await page.keyboard.press('s');
  await page.keyboard.type('Refunds of complaints');
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  const body = new URLSearchParams(server.posted.at(-1)?.body);
  t.deepEqual(Object.fromEntries(body), { q: 'refund type:complaint', sort: 'relevance', name: 'Refunds of complaints' });
  await page.close();
});

inBrowser('facets, orders and chips are links that carry the whole query and begin at its first page', async (t) => {
  const page = await open('search', { javaScriptEnabled: false });
  const facet = page.locator('a.facet', { hasText: 'Enterprise' });
  t.is(await facet.getAttribute('href'), '/find?q=refund+type%3Acomplaint+clientType%3Aenterprise&sort=relevance');
  t.is(await page.locator('a.facet[aria-current=true] .name').textContent(), 'Complaint');
  t.is(await page.locator('.sorts a[aria-current=true]').textContent(), 'Relevance');
  t.is(await page.locator('.sorts a', { hasText: 'Newest' }).getAttribute('href'), '/find?q=refund+type%3Acomplaint&sort=newest');
  t.is(await page.locator('.chips a.chip.on').getAttribute('href'), '/find?q=refund&sort=relevance');
  t.is(await page.locator('[data-hit]').nth(3).locator('mark').count(), 0);
  t.regex((await page.locator('[data-hit]').nth(3).textContent()) ?? '', /find this record but not read it.*Service east/);
  t.regex((await page.locator('.head').textContent()) ?? '', /1,000\+ records · 21–40/);
  await page.close();
});

inBrowser('R85: a search for a telephone number goes on by forms alone; no address holds it', async (t) => {
  const page = await open('search-phone', { javaScriptEnabled: false });
  t.is(await page.locator('a[href*="138"]').count(), 0);
  t.is(await box(page).inputValue(), '138****5678');
  t.false((await page.locator('main').textContent())?.includes('13800135678'));
  await Promise.all([page.waitForEvent('load'), page.locator('.sorts button', { hasText: 'Newest' }).click()]);
  t.deepEqual(server.posted.at(-1), { path: '/find', body: 'q=13800135678&sort=newest' });
  t.false(page.url().includes('138'));
  await page.close();
});

inBrowser('a search that was not understood says where and why, at the box and in words', async (t) => {
  const page = await open('search-wrong');
  t.is(await box(page).getAttribute('aria-invalid'), 'true');
  t.is(await page.evaluate('document.activeElement.id'), 'find');
  t.is(await page.locator('mark.wrong').textContent(), 'type:complain');
  t.regex((await page.locator('#find-problems').textContent()) ?? '', /From sign 8 on, “type:complain”: Not one of the possible values/);
  await page.close();
});

inBrowser('nothing found helps on: each filter can be dropped, corrections are said', async (t) => {
  const page = await open('search-none', { javaScriptEnabled: false });
  t.is(await page.locator('.nothing a', { hasText: 'Service type' }).getAttribute('href'), '/find?q=refund&sort=relevance');
  t.regex((await page.locator('main').textContent()) ?? '', /Also looked for: refund/);
  await page.goto(`${server.url}/p/search-behind?lang=en`);
  t.regex((await page.locator('main .note[role=status]').textContent()) ?? '', /yet to hear of.*taken in lately/);
  t.is(await page.locator('main .note .button', { hasText: 'Search again' }).count(), 1);
  await page.goto(`${server.url}/p/search-building?lang=en`);
  t.is(await page.locator('progress').getAttribute('value'), '41');
  await page.goto(`${server.url}/p/search-away?lang=en`);
  t.regex((await page.locator('main').textContent()) ?? '', /Service numbers, archival codes.*are found as ever/);
  await page.close();
});

inBrowser("one's own searches are removed and brought back without script", async (t) => {
  const page = await open('search-start', { javaScriptEnabled: false });
  await Promise.all([page.waitForEvent('load'), page.locator('#saved button').first().click()]);
  t.is(server.posted.at(-1)?.path, '/saved/s1/remove');
  await page.goto(`${server.url}/p/search-new?lang=en`);
  await Promise.all([page.waitForEvent('load'), page.locator('main button', { hasText: 'Undo' }).click()]);
  t.is(server.posted.at(-1)?.path, '/saved');
  t.is(new URLSearchParams(server.posted.at(-1)?.body).get('sort'), 'newest');
  await page.close();
});

inBrowser('results print as a list, without what only a screen needs', async (t) => {
  const page = await open('search');
  await page.emulateMedia({ media: 'print' });
  for (const hidden of ['.facets', '.find-bar', '.pager', '.shortcuts', '.hit-read', '.menu']) t.false(await page.locator(hidden).first().isVisible(), hidden);
  t.true(await page.locator('[data-hit]').first().isVisible());
  await page.close();
});
