import { mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import { currentCode } from '../src/accounts/index.js';

const EXAMPLE = fileURLToPath(new URL('../../docs/examples/service-records.csv', import.meta.url));

/**
 * Takes the pictures of the README from a running demo archive:
 * `node dist/scripts/screenshots.js --url http://127.0.0.1:8080 --credentials FILE --out docs/screenshots`.
 */
interface Credentials {
  role: string;
  username: string;
  password: string;
  /** `otpauth:` address, where the role needs a second factor. */
  totp?: string;
}

/** Which role shows which page, under which name; some are found by walking as a person would. Nobody: before signing in. */
const SHOTS: readonly { name: string; role: string; path: string; walk?: (page: Page) => Promise<void> }[] = [
  { name: 'sign-in', role: '', path: '/sign-in' },
  { name: 'home', role: 'agent', path: '/' },
  { name: 'find', role: 'agent', path: '/', walk: toResults },
  { name: 'record', role: 'agent', path: '/', walk: toRecord },
  { name: 'reading', role: 'agent', path: '/', walk: toReading },
  { name: 'client', role: 'agent', path: '/', walk: toClient },
  { name: 'my-readings', role: 'agent', path: '/readings' },
  { name: 'requests', role: 'agent', path: '/requests', walk: toFirst('tbody a.code') },
  { name: 'browse', role: 'records_clerk', path: '/browse' },
  { name: 'take-in', role: 'records_clerk', path: '/records/new' },
  { name: 'arrange', role: 'records_clerk', path: '/arrange' },
  { name: 'import', role: 'records_clerk', path: '/imports/new', walk: toPreview },
  { name: 'batches', role: 'records_clerk', path: '/batches' },
  { name: 'lateness', role: 'records_manager', path: '/lateness' },
  { name: 'calendar', role: 'records_manager', path: '/retention/calendar' },
  { name: 'appraisal', role: 'records_clerk', path: '/appraisals', walk: toFirst('tbody a.code') },
  { name: 'register', role: 'records_manager', path: '/destruction', walk: toFirst('tbody a.code') },
  { name: 'holds', role: 'compliance_officer', path: '/holds' },
  { name: 'usage', role: 'compliance_officer', path: '/usage' },
  { name: 'signals', role: 'compliance_officer', path: '/signals' },
  { name: 'audit', role: 'compliance_officer', path: '/audit' },
  { name: 'log', role: 'audit_admin', path: '/audit/state' },
  { name: 'evidence', role: 'compliance_officer', path: '/evidence' },
  { name: 'people', role: 'system_admin', path: '/people' },
  { name: 'access', role: 'security_admin', path: '/access' },
];

/** A record that this person has read before, with a title in the language of the pictures. */
async function toRecord(page: Page): Promise<void> {
  const language = values.lang === 'zh' ? /\p{Script=Han}/u : /^[A-Z]/;
  await page.locator('main a[href^="/records/"]').filter({ hasText: language }).first().click();
}

/** The first one of a list, on its own page. */
function toFirst(link: string): (page: Page) => Promise<void> {
  return async (page) => {
    const before = page.url();
    await page.locator(link).first().click();
    await page.waitForURL((at) => at.href !== before);
  };
}

/** Words as an agent types them in a call. */
async function toResults(page: Page): Promise<void> {
  await page.locator('#find').fill(values.lang === 'zh' ? '退款' : 'refund');
  await page.keyboard.press('Enter');
  await page.locator('[data-hit]').first().waitFor();
}

async function toReading(page: Page): Promise<void> {
  await toRecord(page);
  const offered = page.locator('form[data-read-again] button, a[href^="/readings/"][data-key]').first();
  if ((await offered.count()) > 0) await offered.click();
  else {
    await page.locator('input[name=purpose]').first().check();
    await page.locator('form:has(input[name=purpose]) button').last().click();
  }
  await page.waitForURL(/\/readings\//);
}

async function toClient(page: Page): Promise<void> {
  await toRecord(page);
  await page.locator('main a[href^="/clients/"]').first().click();
}

/** Tries the example file without taking anything in. */
async function toPreview(page: Page): Promise<void> {
  await page.locator('input[name=dryRun][value="1"]').check();
  await page.locator('input[name=file]').setInputFiles(EXAMPLE);
  await page.locator('main form button').last().click();
  await page.waitForLoadState('load');
}

/** Language and theme as a person chooses them, so that the pages remember. */
async function prefer(page: Page, url: string, lang: string, theme: string): Promise<void> {
  await page.goto(`${url}/sign-in`);
  for (const [name, value] of [
    ['lang', lang],
    ['theme', theme],
  ] as const) {
    await Promise.all([page.waitForEvent('load'), page.locator(`button[name=${name}][value=${value}]`).first().click()]);
  }
}

async function signIn(page: Page, url: string, { username, password, totp }: Credentials): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(password);
  await Promise.all([page.waitForURL((at) => at.pathname !== '/sign-in'), page.locator('main form button').first().click()]);
  if (totp === undefined) return;
  await page.goto(`${url}/verify`);
  await showCode(page, totp);
}

/** Shows a code; each counts once, so that after another run within the same half minute the next one is waited for. */
async function showCode(page: Page, totp: string): Promise<void> {
  for (let tries = 0; new URL(page.url()).pathname === '/verify'; tries++) {
    if (tries === 3) throw new Error('the codes of the second factor are not taken');
    if (tries > 0) await page.waitForTimeout(30_000);
    await page.locator('input[name=code]').fill(currentCode(totp, new Date()));
    await Promise.all([page.waitForEvent('load'), page.locator('main form button').first().click()]);
  }
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
const folder = `${values.out}/${values.lang}`;
await mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env['LANTAI_CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
});
try {
  for (const role of new Set(SHOTS.map((shot) => shot.role))) {
    const context = await browser.newContext({
      viewport: { width: Number(values.width), height: 800 },
      locale: values.lang === 'zh' ? 'zh-CN' : 'en-GB',
      timezoneId: 'Asia/Shanghai',
    });
    const page = await context.newPage();
    await prefer(page, values.url, values.lang, values.theme);
    if (role !== '') {
      const person = people.find((one) => one.role === role);
      if (person === undefined) throw new Error(`no account for the role ${role}`);
      await signIn(page, values.url, person);
    }
    for (const shot of SHOTS.filter((one) => one.role === role)) {
      await page.goto(values.url + shot.path);
      await shot.walk?.(page);
      await page.screenshot({ path: `${folder}/${shot.name}.png` });
      process.stdout.write(`${shot.name}\n`);
    }
    await context.close();
  }
} finally {
  await browser.close();
}
