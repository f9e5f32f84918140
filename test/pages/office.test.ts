import test, { type ExecutionContext } from 'ava';
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { staffed, testServer, type Client, type Staff, type TestServer } from '../support/server.js';
import { findChromium, launch } from './support.js';

const chromiumPath = findChromium();
const inBrowser = chromiumPath === undefined ? test.skip : test.serial;
const SHOTS = process.env['LANTAI_SCREENSHOTS'];
const PASSWORD = 'correct horse battery staple';
let server: TestServer;
let staff: Staff;
let browser: Browser;
const contexts = new Map<string, BrowserContext>();

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

/** A browser of one person, signed in through the page. */
async function browserOf(username: string): Promise<BrowserContext> {
  const known = contexts.get(username);
  if (known) return known;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, baseURL: server.serving.url });
  const page = await context.newPage();
  await page.goto('/sign-in');
  await page.fill('[name=username]', username);
  await page.fill('[name=password]', PASSWORD);
  await page.click('main form button.primary');
  await page.waitForURL(`${server.serving.url}/`);
  await page.close();
  contexts.set(username, context);
  return context;
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const result = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'] }));
  return result.violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 160)} — ${node.failureSummary ?? ''}`));
}

function listen(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  return complaints;
}

/** What is wrong with the page as it stands. */
async function faults(page: Page): Promise<string[]> {
  const found: string[] = [];
  const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'));
  if (overflow > 0) found.push(`${overflow} pixels wider than the screen`);
  const html = (await page.content()).replace(/<script[^]*?<\/script>/g, '').replace(/ data-text="[^"]*"/g, '');
  if (/ style="/.test(html)) found.push('an inline style');
  found.push(
    ...(html.match(/.{20}(?:\{\w+\}|undefined|\[object|NaN).{20}/g) ?? [])
      .filter((text) => !/\{fonds\}|\{class\}|\{year\}|\{term\}/.test(text))
      .map((text) => `unfilled: ${text}`),
  );
  return [...found, ...(await violations(page))];
}

async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
}

const WAYS = [
  { lang: 'zh', theme: 'light', width: 1280 },
  { lang: 'en', theme: 'dark', width: 1280 },
  { lang: 'en', theme: 'light', width: 390 },
  { lang: 'zh', theme: 'dark', width: 390 },
] as const;

async function choose(context: BrowserContext, lang: string, theme: string): Promise<void> {
  await context.addCookies(
    [
      ['__Host-lang', lang],
      ['__Host-theme', theme],
    ].map(([name = '', value = '']) => ({ name, value, url: server.serving.url.replace('http:', 'https:'), secure: true })),
  );
}

/** Every way a page can look; says everything that is wrong at once. */
async function look(t: ExecutionContext, username: string, pages: Readonly<Record<string, string>>): Promise<void> {
  t.timeout(180_000);
  const context = await browserOf(username);
  const wrong: string[] = [];
  const page = await context.newPage();
  const complaints = listen(page);
  for (const { lang, theme, width } of WAYS) {
    await choose(context, lang, theme);
    await page.setViewportSize({ width, height: 900 });
    for (const [name, path] of Object.entries(pages)) {
      complaints.length = 0;
      const answer = await page.goto(path);
      const shown = `${await page.getAttribute('html', 'lang')} ${await page.getAttribute('html', 'data-theme')}`;
      if (!shown.startsWith(lang) || !shown.endsWith(theme)) complaints.push(`shown in ${shown}`);
      if (answer?.status() !== 200) complaints.push(`status ${answer?.status()}`);
      complaints.push(...(await faults(page)));
      await shoot(page, `${name}-${lang}-${theme}-${width}`);
      wrong.push(...complaints.map((what) => `${name} ${lang} ${theme} ${width}: ${what}`));
    }
  }
  await choose(context, 'en', 'light');
  await page.close();
  t.deepEqual(wrong, []);
}

async function personId(client: Client, name: string): Promise<string> {
  const found = await client('GET', `/api/v1/people?text=${encodeURIComponent(name)}`);
  return (found.json['items'] as { id: string }[])[0]?.id ?? '';
}

inBrowser('the system administrator: people, a person, departments, system, rules, own sessions', async (t) => {
  const id = await personId(staff.systemAdmin, 'clerk');
  await look(t, 'system.admin', {
    people: '/people',
    'person-system': `/people/${id}`,
    departments: '/departments',
    system: '/system',
    access: '/access?role=records_clerk',
    sessions: '/sessions',
    password: '/password',
    help: '/help',
  });
});

inBrowser('the security administrator: a person, tokens, the rules, the scheme, the schedule', async (t) => {
  const id = await personId(staff.securityAdmin, 'clerk');
  await look(t, 'security.admin', {
    'person-security': `/people/${id}`,
    tokens: '/tokens',
    policies: '/policies',
    scheme: '/policies?kind=scheme',
    schedule: '/policies?kind=schedule',
    'system-security': '/system',
  });
});

inBrowser('the compliance officer: audit, an entry, lateness', async (t) => {
  await staff.compliance('GET', '/api/v1/audit/entries');
  await look(t, 'compliance', {
    audit: '/audit',
    'audit-narrow': '/audit?act=role.give&decision=allow',
    entry: `/audit/${new Date().getFullYear()}/12`,
    lateness: '/lateness',
    calls: '/lateness?kind=return_call',
  });
});
