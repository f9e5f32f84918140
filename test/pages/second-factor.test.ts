import test, { type ExecutionContext } from 'ava';
import type { Browser, Page } from 'playwright-core';
import { currentCode } from '../../src/accounts/index.js';
import { phrasesFor } from '../../src/phrases/index.js';
import { testServer, type TestServer } from '../support/server.js';
import { faults, listen, shoot } from './look.js';
import { findChromium, launch } from './support.js';

const chromiumPath = findChromium();
const inBrowser = chromiumPath === undefined ? test.skip : test.serial;
const PASSWORD = 'correct horse battery staple';
const PEOPLE = [
  ['zh', 'system_admin'],
  ['en', 'security_admin'],
] as const;
let server: TestServer;
let browser: Browser;

test.before(async (t) => {
  t.timeout(180_000);
  server = await testServer();
  for (const { role, secret } of server.serving.invitations) {
    const claimed = await server.client()('POST', '/api/v1/invitations/claim', { secret, name: `Person of ${role}`, username: role, password: PASSWORD });
    t.is(claimed.status, 201, claimed.text);
  }
  if (chromiumPath === undefined)
    t.log('Skipped: no Chromium. Install it (Debian: apt-get install chromium fonts-noto-cjk) or set LANTAI_CHROMIUM to its path.');
  else browser = await launch(chromiumPath);
});

test.after.always(async () => {
  await browser?.close();
  await server?.close();
});

interface Visit {
  page: Page;
  complaints: string[];
  /** The page as it stands has no fault of accessibility, width or filling. */
  sound(name: string): Promise<void>;
  submit(code: string): Promise<void>;
}

/** A new device: somebody signs in by password, in one language. */
async function visit(t: ExecutionContext, lang: 'zh' | 'en', username: string): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 390, height: 900 }, baseURL: server.serving.url });
  await context.addCookies([{ name: '__Host-lang', value: lang, url: server.serving.url.replace('http:', 'https:'), secure: true }]);
  const page = await context.newPage();
  const complaints = listen(page);
  await page.goto('/sign-in');
  await page.fill('[name=username]', username);
  await page.fill('[name=password]', PASSWORD);
  await page.click('main form button.primary');
  await page.waitForURL((at) => at.pathname !== '/sign-in');
  return {
    page,
    complaints,
    async sound(name) {
      t.regex((await page.getAttribute('html', 'lang')) ?? '', new RegExp(`^${lang}`));
      t.deepEqual(await faults(page), [], `${name} ${lang}`);
      await shoot(page, `${name}-${lang}-390`);
    },
    async submit(code) {
      await page.fill('[name=code]', code);
      await Promise.all([page.waitForEvent('load'), page.click('form:has([name=code]) button.primary')]);
    },
  };
}

const pathOf = (page: Page): string => new URL(page.url()).pathname;

for (const [lang, username] of PEOPLE) {
  inBrowser(
    `R47: an administrator is led to enrolment, sees the recovery codes once, and signs in with code or recovery code, each once: ${lang}`,
    async (t) => {
      t.timeout(150_000);
      const texts = phrasesFor(lang).pages.factor;
      const first = await visit(t, lang, username);
      const { page } = first;
      t.is(pathOf(page), '/second-factor/enrol');
      t.is(await page.locator('h1').innerText(), texts.enrol.title);
      await first.sound('factor-begin');
      await page.click('main form button.primary');
      await page.locator('main [name=code]').waitFor();
      const uri = (await page.locator('main a[href^="otpauth:"]').getAttribute('href')) ?? '';
      t.is((await page.locator('.token').innerText()).replace(/\s/g, ''), new URL(uri).searchParams.get('secret') ?? '');
      await first.sound('factor-enrol');
      await first.submit('abcdef');
      t.is(await page.locator('.field .wrong').count(), 1);
      await first.sound('factor-wrong');

      const used = currentCode(uri, new Date());
      await first.submit(used);
      t.is(await page.locator('h1').innerText(), texts.codes.title);
      const codes = await page.locator('.recovery-codes li').allInnerTexts();
      t.is(new Set(codes).size, 10);
      await first.sound('factor-codes');
      const [download] = await Promise.all([page.waitForEvent('download'), page.click(`text=${texts.codes.download}`)]);
      const chunks: Buffer[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
      t.true(codes.every((code) => Buffer.concat(chunks).includes(code)));
      await page.click(`text=${texts.codes.kept}`);
      await page.waitForURL((at) => at.pathname === '/');
      for (const path of ['/second-factor', '/second-factor/confirm', '/second-factor/recovery-codes', '/second-factor/enrol']) {
        await page.goto(path);
        const html = await page.content();
        t.false(
          codes.some((code) => html.includes(code)),
          path,
        );
      }
      await page.goto('/second-factor');
      await first.sound('factor-state');

      const second = await visit(t, lang, username);
      t.is(pathOf(second.page), '/verify');
      await second.sound('factor-verify');
      await second.submit(used);
      t.is(pathOf(second.page), '/verify', 'a code counts once');
      t.is(await second.page.locator('.field .wrong').count(), 1);
      await second.sound('factor-verify-wrong');
      await second.submit(currentCode(uri, new Date(), 1));
      t.is(pathOf(second.page), '/');

      const third = await visit(t, lang, username);
      await third.submit(codes[0] ?? '');
      t.is(pathOf(third.page), '/');
      const fourth = await visit(t, lang, username);
      await fourth.submit(codes[0] ?? '');
      t.is(pathOf(fourth.page), '/verify', 'a recovery code counts once');
      const complaints = [first, second, third, fourth].flatMap((one) => one.complaints);
      t.deepEqual(
        complaints.filter((one) => !/status of (422|404|405)/.test(one)),
        [],
      );
      for (const one of [first, second, third, fourth]) await one.page.context().close();
    },
  );
}
