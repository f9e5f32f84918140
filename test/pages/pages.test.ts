import test, { type ExecutionContext } from 'ava';
import type { Browser, Page } from 'playwright-core';
import type { Lang } from '../../src/phrases/index.js';
import { fixtures } from './fixtures/index.js';
import { violations } from './look.js';
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

/** Opens a fixture and gathers what the browser complains about. */
async function open(page: Page, name: string, query: string): Promise<string[]> {
  const complaints: string[] = [];
  page.removeAllListeners();
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // what was still on its way when the next page was asked for is given up by the browser
    if (why !== 'net::ERR_ABORTED') complaints.push(`request: ${request.url()} ${why}`);
  });
  await page.goto(`${server.url}/p/${name}?${query}`, { waitUntil: 'load' });
  return complaints;
}

/** Walks over every fixture; says everything that is wrong at once. */
async function check(t: ExecutionContext, lang: Lang, width: number, theme: 'light' | 'dark'): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  const wrong: string[] = [];
  for (const name of Object.keys(fixtures(lang))) {
    const found = await open(page, name, `lang=${lang}&theme=${theme}`);
    const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'));
    if (overflow > 0) found.push(`${overflow} pixels wider than the screen`);
    const html = (await page.content()).replace(/<script[^]*?<\/script>/g, '').replace(/ data-text="[^"]*"/g, '');
    if (/ style="/.test(html)) found.push('an inline style');
    found.push(...(html.match(/.{20}(?:\{\w+\}|undefined|\[object|NaN).{20}/g) ?? []).map((text) => `unfilled: ${text}`));
    found.push(...(await violations(page)));
    wrong.push(...found.map((what) => `${name} ${lang} ${theme} ${width}: ${what}`));
  }
  await page.close();
  t.deepEqual(wrong, []);
}

// A square of language, theme and width: each pair of them is met once, every page in all four.
inBrowser('every page on a desk, Chinese, in light: axe finds nothing, the console is silent', (t) => check(t, 'zh', 1280, 'light'));
inBrowser('every page on a desk, English, in the dark', (t) => check(t, 'en', 1280, 'dark'));
inBrowser('every page on a phone, English, in light: nothing is wider than 360 pixels', (t) => check(t, 'en', 360, 'light'));
inBrowser('every page on a phone, Chinese, in the dark', (t) => check(t, 'zh', 360, 'dark'));
