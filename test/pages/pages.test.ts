import test, { type ExecutionContext } from 'ava';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { LANGS } from '../../src/phrases/index.js';
import { fixtures } from './fixtures/index.js';
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
  page.on('requestfailed', (request) => complaints.push(`request: ${request.url()} ${request.failure()?.errorText ?? ''}`));
  await page.goto(`${server.url}/p/${name}?${query}`, { waitUntil: 'load' });
  return complaints;
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const result = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return result.violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 160)} — ${node.failureSummary ?? ''}`));
}


async function check(t: ExecutionContext, width: number, theme: 'light' | 'dark'): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  for (const lang of LANGS) {
    for (const name of Object.keys(fixtures(lang))) {
      const at = `${name} ${lang} ${theme} ${width}`;
      t.deepEqual(await open(page, name, `lang=${lang}&theme=${theme}`), [], at);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      t.is(overflow, 0, `${at}: wider than the screen`);
      t.deepEqual(await violations(page), [], at);
      const html = await page.content();
      t.notRegex(html, / style="/, `${at}: inline style`);
      t.notRegex(html.replace(/<script[^]*?<\/script>/g, ''), /\{\w+\}|undefined|\[object/, `${at}: an unfilled slot`);
    }
  }
  await page.close();
}

inBrowser('every page on a desk, in light: axe finds nothing, the console is silent', (t) => check(t, 1280, 'light'));
inBrowser('every page on a desk, in the dark', (t) => check(t, 1280, 'dark'));
inBrowser('every page on a phone, in light: nothing is wider than 360 pixels', (t) => check(t, 360, 'light'));
inBrowser('every page on a phone, in the dark', (t) => check(t, 360, 'dark'));
