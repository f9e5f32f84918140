import type { ExecutionContext } from 'ava';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { nextCode } from '../support/second-factor.js';
import type { Client, Staff, TestServer } from '../support/server.js';
import { faults, listen, shoot, WAYS } from './look.js';
import { inBrowser, stage } from './stage.js';

const PASSWORD = 'correct horse battery staple';
let server: TestServer;
let staff: Staff;
let browser: Browser;
const contexts = new Map<string, BrowserContext>();

stage((made) => void ({ server, staff, browser } = made));

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
  await page.waitForURL((at) => at.pathname === '/' || at.pathname === '/verify');
  // for the acts to come; who has none is led to enrolment
  await page.goto('/verify');
  if (new URL(page.url()).pathname === '/verify') {
    await page.fill('[name=code]', nextCode(server.serving.url, username));
    await page.click('main form button.primary');
    await page.waitForURL(`${server.serving.url}/`);
  } else await page.goto('/');
  await page.close();
  contexts.set(username, context);
  return context;
}

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
    entry: `/audit/${new Date().getUTCFullYear()}/12`,
    lateness: '/lateness',
    calls: '/lateness?kind=return_call',
  });
});

/** A page of somebody's own, in English, that remembers what the browser complains of. */
async function at(username: string, path: string): Promise<{ page: Page; complaints: string[] }> {
  const context = await browserOf(username);
  await choose(context, 'en', 'light');
  const page = await context.newPage();
  const complaints = listen(page);
  await page.goto(path);
  return { page, complaints };
}

const flash = (page: Page): Promise<string> => page.locator('.flash').innerText();

inBrowser('R84: somebody is made, invited, claims, is given a role, and acts only once a second person has confirmed', async (t) => {
  t.timeout(120_000);
  const { page: system, complaints } = await at('system.admin', '/people');
  await system.click('summary:has-text("Add a person")');
  await system.fill('form[action="/people"] [name=name]', '陈立');
  await system.selectOption('form[action="/people"] [name=department]', 'archive');
  await system.click('form[action="/people"] button');
  t.regex(await flash(system), /person is created/);
  const person = new URL(system.url()).pathname;
  t.regex(person, /^\/people\/[\da-f-]{36}$/);

  await system.fill('[name=username]', '陈 立');
  await system.click('text=Add and make an invitation');
  t.regex(await system.locator('.field .wrong').innerText(), /User names use/);
  t.is(await system.inputValue('[name=username]'), '陈 立');
  t.deepEqual(await faults(system), []);
  await shoot(system, 'person-refused');
  await system.fill('[name=username]', 'chen.li');
  await system.click('text=Add and make an invitation');
  const secret = await system.locator('.token').innerText();
  t.true(secret.length > 20);
  t.deepEqual(await faults(system), []);
  await shoot(system, 'person-invited');
  await system.goto(person);
  t.is(await system.locator('.token').count(), 0, 'the invitation is shown once');

  const stranger = await browser.newContext({ baseURL: server.serving.url });
  const claim = await stranger.newPage();
  await claim.goto('/claim');
  await claim.fill('[name=token]', secret);
  await claim.fill('[name=password]', PASSWORD);
  await claim.fill('[name=again]', PASSWORD);
  await claim.click('main form button.primary');
  await claim.waitForURL('**/sign-in');
  await stranger.close();

  const { page: security } = await at('security.admin', person);
  await security.selectOption('[name=role]', 'records_clerk');
  await security.click('form[action$="give-role"] button');
  t.regex(await flash(security), /once another person confirms/);
  t.is(await security.locator('form[action$="confirm-role"]').count(), 0, 'nobody confirms what he gave');
  const chen = await browserOf('chen.li');
  const tries = await chen.newPage();
  t.is((await tries.goto('/arrange'))?.status(), 403);

  const { page: second } = await at('audit.admin', '/people');
  t.regex(await second.locator('li:has-text("陈立")').innerText(), /sees it first/);
  t.is(await second.locator('li:has-text("陈立") button:has-text("Confirm")').count(), 0, 'nobody confirms what was not seen');
  await second.goto('/');
  await second.click('.waits a:has-text("changes for me to see")');
  t.deepEqual(await faults(second), []);
  await shoot(second, 'changes');
  await second.locator('tr:has-text("陈立") form[action$="/see"] button').click();
  t.regex(await flash(second), /have seen/);
  await second.goto('/people');
  t.deepEqual(await faults(second), []);
  await shoot(second, 'people-waiting');
  await second.locator('li:has-text("陈立") button:has-text("Confirm")').click();
  t.regex(await flash(second), /acts from now on/);
  t.is((await tries.goto('/arrange'))?.status(), 200);

  await security.goto(person);
  await security.click('summary:has-text("Take back")');
  await security.click('form[action$="take-role"] button');
  t.regex(await flash(security), /taken back/);
  t.is((await tries.goto('/arrange'))?.status(), 403);
  t.deepEqual(
    complaints.filter((one) => !/422/.test(one)),
    [],
  );
});

inBrowser('an account is disabled only when its name is typed; a name that is looked for stands in no address', async (t) => {
  const { page } = await at('system.admin', '/people');
  await page.fill('[name=text]', '陈');
  await page.click('button:has-text("Filter")');
  t.false(page.url().includes(encodeURIComponent('陈')));
  t.is(await page.locator('tbody tr').count(), 1);
  await page.click('tbody a');
  await page.click('summary:has-text("Disable")');
  await page.fill('form[action$="disable"] [name=confirm]', 'somebody');
  await page.click('form[action$="disable"] button');
  t.regex(await page.locator('form[action$="disable"] .wrong').innerText(), /chen\.li/);
  await page.fill('form[action$="disable"] [name=confirm]', 'chen.li');
  await page.click('form[action$="disable"] button');
  t.regex(await flash(page), /disabled/);
});

inBrowser('a department and a token are made, refused where wrong, closed and revoked', async (t) => {
  const { page } = await at('system.admin', '/departments');
  const form = 'form[action="/departments"]';
  await page.click('summary:has-text("Add a department")');
  for (const [name, value] of Object.entries({ code: 'a b', nameZh: '法务部', nameEn: 'Legal' })) await page.fill(`${form} [name=${name}]`, value);
  await page.click(`${form} button`);
  t.is(await page.locator(`${form} .wrong`).count(), 1);
  t.is(await page.inputValue(`${form} [name=nameZh]`), '法务部');
  await page.fill(`${form} [name=code]`, 'legal');
  await page.click(`${form} button`);
  t.regex(await flash(page), /created/);
  await page.click('tr:has-text("hotline") summary:has-text("Close")');
  await page.fill('tr:has-text("hotline") form[action$="/close"] [name=confirm]', 'hotline');
  await page.click('tr:has-text("hotline") form[action$="/close"] button');
  t.regex(await flash(page), /conflict/);

  const { page: tokens } = await at('security.admin', '/tokens');
  await tokens.click('summary:has-text("Issue a token")');
  await tokens.fill('[name=name]', 'help desk');
  await tokens.fill('[name=days]', '9999');
  await tokens.check('[name=scopes][value=capture]');
  await tokens.click('form[action="/tokens"] button');
  t.is(await tokens.locator('.field .wrong').count(), 1);
  t.true(await tokens.isChecked('[name=scopes][value=capture]'));
  await tokens.fill('[name=days]', '30');
  await tokens.click('form[action="/tokens"] button');
  t.regex(await tokens.locator('.token').innerText(), /^lantai_t_/);
  t.deepEqual(await faults(tokens), []);
  await shoot(tokens, 'token-issued');
  await tokens.click('summary:has-text("Revoke")');
  await tokens.click('form[action$="/revoke"] button');
  t.regex(await flash(tokens), /revoked/);
});

inBrowser(
  'R53, R58: the log is searched by person and act without either in the address, an entry and its side are looked at, rows are exported',
  async (t) => {
    t.timeout(60_000);
    const { page } = await at('audit.admin', '/audit');
    t.is(await page.locator('[name=client]').count(), 0, 'the audit administrator finds no records');
    await page.fill('[name=who]', 'nobody by this name');
    await page.click('main form button.primary');
    t.is(await page.locator('.field .wrong').count(), 1);
    t.deepEqual(await faults(page), []);
    await shoot(page, 'audit-refused');
    await page.fill('[name=who]', '陈立');
    await page.selectOption('[name=act]', 'session.open');
    await page.click('main form button.primary');
    t.is(await page.locator('tbody tr').count(), 1);
    t.false(page.url().includes(encodeURIComponent('陈')));
    t.true((await page.locator('.chips').first().innerText()).includes('陈立'));
    await shoot(page, 'audit-found');
    for (const [button, head] of [
      ['Export to Excel', 'PK'],
      ['Export as CSV', '\ufeff'],
    ] as const) {
      const [download] = await Promise.all([page.waitForEvent('download'), page.click(`text=${button}`)]);
      const chunks: Buffer[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
      t.true(Buffer.concat(chunks).toString('utf8').startsWith(head), button);
    }
    await page.click('tbody a.sub');
    await page.click('text=Show the side notes');
    t.is(await page.locator('dt:has-text("Device")').count(), 0, 'a reason is asked for');
    await page.fill('[name=reason]', 'a question of the works council');
    await page.click('text=Show the side notes');
    t.is(await page.locator('dt:has-text("Device")').count(), 1);
    t.deepEqual(await faults(page), []);
    await shoot(page, 'entry-side');
  },
);

inBrowser('keys are checked and rotated, the store is sampled, another session is ended', async (t) => {
  const { page } = await at('system.admin', '/system');
  await page.click('summary:has-text("Check the keys")');
  await page.click('form[action="/system/check"] button');
  t.regex(await page.locator('.note.good').innerText(), /all is well/);
  t.deepEqual(await faults(page), []);
  await shoot(page, 'system-checked');
  await page.click('summary:has-text("Rotate the keys")');
  await page.fill('form[action="/system/rotate"] [name=confirm]', 'rotat');
  await page.click('form[action="/system/rotate"] button');
  t.is(await page.locator('.wrong').count(), 1);
  await page.fill('form[action="/system/rotate"] [name=confirm]', 'rotate');
  await page.click('form[action="/system/rotate"] button');
  t.regex(await flash(page), /rotated/);
  await page.click('summary:has-text("Check a sample")');
  await page.click('form[action="/system/verify"] button');
  t.regex(await flash(page), /all sound/);
  await page.goto('/sessions');
  await page.locator('button:has-text("End")').first().click();
  t.regex(await flash(page), /session has ended/);
});

inBrowser('R82: a page that is not for the role is refused with a page that says so', async (t) => {
  const { page } = await at('agent.one', '/');
  for (const path of ['/people', '/departments', '/tokens', '/access', '/policies', '/audit', '/audit/export', '/system', '/lateness']) {
    t.is((await page.goto(path))?.status(), 403, path);
    t.regex(await page.locator('h1').innerText(), /may not do this/);
  }
  await page.close();
});
