import { mkdir, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright-core';

/**
 * Takes the pictures of the README from a running demo archive:
 * `node dist/scripts/screenshots.js --url http://127.0.0.1:8080 --credentials FILE --out docs/screenshots`.
 */
interface Credentials {
  role: string;
  username: string;
  password: string;
}

/** Which role shows which page, under which name; `record` and `reading` are found by walking as a person would. */
const SHOTS: readonly { name: string; role: string; path: string; walk?: (page: Page) => Promise<void> }[] = [
  { name: 'home', role: 'agent', path: '/' },
  { name: 'record', role: 'agent', path: '/browse', walk: toRecord },
  { name: 'reading', role: 'agent', path: '/browse', walk: toReading },
  { name: 'browse', role: 'records_clerk', path: '/browse' },
  { name: 'take-in', role: 'records_clerk', path: '/records/new' },
  { name: 'arrange', role: 'records_clerk', path: '/arrange' },
  { name: 'import', role: 'records_clerk', path: '/imports/new' },
  { name: 'batches', role: 'records_clerk', path: '/batches' },
  { name: 'lateness', role: 'records_manager', path: '/lateness' },
  { name: 'audit', role: 'audit_admin', path: '/audit' },
  { name: 'people', role: 'system_admin', path: '/people' },
  { name: 'access', role: 'security_admin', path: '/access' },
];

async function toRecord(page: Page): Promise<void> {
  for (let depth = 0; depth < 2; depth++) await page.locator('a.box').first().click();
  await page.locator('table a').last().click();
  await page.locator('a.title').first().click();
}

async function toReading(page: Page): Promise<void> {
  await toRecord(page);
  const again = page.locator('form[data-read-again] button');
  if ((await again.count()) > 0) await again.click();
  else {
    await page.locator('input[name=purpose]').first().check();
    await page.locator('form:has(input[name=purpose]) button').last().click();
  }
  await page.waitForURL(/\/readings\//);
}

async function signIn(page: Page, url: string, { username, password }: Credentials): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(password);
  await Promise.all([page.waitForURL((at) => at.pathname !== '/sign-in'), page.locator('main form button').first().click()]);
}

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8080' },
    credentials: { type: 'string' },
    out: { type: 'string', default: 'docs/screenshots' },
    lang: { type: 'string', default: 'zh' },
    theme: { type: 'string', default: 'light' },
    width: { type: 'string', default: '1280' },
  },
});
if (values.credentials === undefined) throw new Error('--credentials FILE is missing: the file that the demo wrote');
const people = JSON.parse(await readFile(values.credentials, 'utf8')) as Credentials[];
await mkdir(values.out, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env['LANTAI_CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
});
try {
  for (const role of new Set(SHOTS.map((shot) => shot.role))) {
    const person = people.find((one) => one.role === role);
    if (person === undefined) throw new Error(`no account for the role ${role}`);
    const context = await browser.newContext({ viewport: { width: Number(values.width), height: 860 } });
    const page = await context.newPage();
    await signIn(page, values.url, person);
    for (const choice of [values.lang, values.theme]) {
      await page.locator('.menu summary').click();
      await page.locator(`.segments button[value=${choice}]`).click();
      await page.waitForLoadState();
    }
    for (const shot of SHOTS.filter((one) => one.role === role)) {
      await page.goto(values.url + shot.path);
      await shot.walk?.(page);
      await page.screenshot({ path: `${values.out}/${shot.name}-${values.lang}.png` });
      process.stdout.write(`${shot.name}\n`);
    }
    await context.close();
  }
} finally {
  await browser.close();
}
