import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { TestServer } from '../support/server.js';
import { nextCode } from '../support/second-factor.js';
import { listen, shoot } from './look.js';

const PASSWORD = 'correct horse battery staple';

/** A person at a desk: signed in through the page, in one language. */
export interface Desk {
  page: Page;
  context: BrowserContext;
  complaints: string[];
  choose(lang: 'zh' | 'en', theme?: 'light' | 'dark'): Promise<void>;
  /** Keeps a picture of the page as it stands, in both languages. */
  pictures(name: string): Promise<void>;
}

export async function deskOf(browser: Browser, server: TestServer, username: string): Promise<Desk> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, baseURL: server.serving.url });
  // every test has a limit of its own; a machine under load is slow, and no fault for that
  context.setDefaultTimeout(90_000);
  const page = await context.newPage();
  await page.goto('/sign-in');
  await page.fill('[name=username]', username);
  await page.fill('[name=password]', PASSWORD);
  await page.click('main form button.primary');
  await page.waitForURL((at) => at.pathname === '/' || at.pathname === '/verify');
  // for the acts to come; who has none is led to enrolment
  await page.goto('/verify');
  if (new URL(page.url()).pathname === '/verify') {
    await page.fill('[name=code]', nextCode(server.serving.url, username));
    await page.click('main form button.primary');
    await page.waitForURL(`${server.serving.url}/`);
  } else await page.goto('/');
  const complaints = listen(page);
  const choose = (lang: string, theme = 'light') =>
    context.addCookies(
      [
        ['__Host-lang', lang],
        ['__Host-theme', theme],
      ].map(([name = '', value = '']) => ({ name, value, url: server.serving.url.replace('http:', 'https:'), secure: true })),
    );
  await choose('en');
  return {
    page,
    context,
    complaints,
    choose,
    async pictures(name) {
      await shoot(page, `${name}-en`);
      const address = page.url();
      await choose('zh');
      await page.goto(address);
      await shoot(page, `${name}-zh`);
      await choose('en');
      await page.goto(address);
    },
  };
}
