import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Page } from 'playwright-core';
import { sql } from '../../src/db/index.js';
import { archiveDay } from '../support/day.js';
import { PASSWORD, type Client, type Staff, type TestServer } from '../support/server.js';
import type { Desk } from './desk.js';
import { faults } from './look.js';

/** Days from today, as a form takes them. */
export const day = (n: number): string => archiveDay(n);

/** What a page of ours could send by itself: status and code of the answer. */
export async function send(page: Page, path: string, body: unknown): Promise<[status: number, code: string]> {
  return page.evaluate(
    async ([to, json]) => {
      const answer = await fetch(to, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(json) });
      const text = await answer.text();
      return [answer.status, text.startsWith('{') ? ((JSON.parse(text) as { code?: string }).code ?? '') : ''] as [number, string];
    },
    [path, body] as const,
  );
}

/** A file as it comes to whoever is signed in here. */
export async function fetched(page: Page, path: string): Promise<{ status: number; bytes: Buffer }> {
  const { status, base64 } = await page.evaluate(async (to) => {
    const answer = await fetch(to);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return { status: answer.status, base64: btoa(text) };
  }, path);
  return { status, bytes: Buffer.from(base64, 'base64') };
}

/** Steps that were refused of an application, by name and reason, as the log has them. */
export async function refusals(server: TestServer, id: string): Promise<string[]> {
  const rows = await server.database.owner.many<{ what: string }>(
    sql`select concat(e::jsonb -> 'facts' ->> 'step', ' ', e::jsonb -> 'facts' ->> 'why') as what
      from (select entry as e from audit_entries union all select entry from audit_pending) x
      where e::jsonb ->> 'act' = 'request.refused' and e::jsonb -> 'subject' ->> 'id' = ${id} order by 1`,
  );
  return rows.map((row) => row.what);
}
export const acts = async (server: TestServer, id: string): Promise<string[]> => {
  const rows = await server.database.owner.many<{ act: string }>(
    sql`select e::jsonb ->> 'act' as act from (select entry as e from audit_entries union all select entry from audit_pending) x
      where e::jsonb -> 'subject' ->> 'id' = ${id} and e::jsonb ->> 'decision' = 'allow'`,
  );
  return rows.map((row) => row.act);
};

/** Nothing is wrong with the page; pictures of it in both languages where they are wanted, and on in the language it was in. */
export async function sound(t: ExecutionContext, desk: Desk, name: string): Promise<void> {
  t.deepEqual(await faults(desk.page), [], name);
  const lang = (await desk.page.locator('html').getAttribute('lang')) === 'en' ? 'en' : 'zh';
  await desk.pictures(name);
  await desk.choose(lang);
  if (lang === 'zh') await desk.page.reload();
}
export const mainText = (desk: Desk): Promise<string> => desk.page.locator('main').innerText();
export const idAt = (desk: Desk): string => new URL(desk.page.url()).pathname.split('/')[2] ?? '';

/** Answers what waits in somebody's queue, in one language. */
export async function answer(t: ExecutionContext, desk: Desk, lang: 'zh' | 'en', number: string, name: string): Promise<void> {
  await desk.choose(lang);
  await desk.page.goto('/requests/queue');
  t.deepEqual(await faults(desk.page), [], `${name} queue`);
  await desk.page.click(`tbody a.code:has-text("${number}")`);
  t.deepEqual(await faults(desk.page), [], `${name} request`);
  await desk.page.fill('[name=reason]', lang === 'zh' ? '情况属实，同意' : 'As stated; agreed');
  await desk.page.click('button[name=agree][value="1"]');
}

/** Applies with a typed number; gives id and number of the application. */
export async function apply(desk: Desk, serviceNo: string): Promise<{ id: string; number: string }> {
  await desk.page.goto('/requests/new');
  await desk.page.fill('[name=records]', serviceNo);
  await desk.page.selectOption('[name=purpose]', 'dispute');
  await desk.page.fill('[name=reason]', '客户对账单有异议 The client disputes the bill');
  await desk.page.fill('[name=to]', day(5));
  await desk.page.click('main form button.primary');
  await desk.page.waitForURL(/\/requests\/[0-9a-f-]{36}$/);
  return { id: idAt(desk), number: (await desk.page.locator('h1').innerText()).trim() };
}

/** Reads the record on its own page, and hands the reading back with its result. */
export async function read(t: ExecutionContext, desk: Desk, record: string, mark: string, name: string): Promise<void> {
  await desk.page.goto(`/records/${record}`);
  const again = desk.page.locator('[data-read-again] button');
  if ((await again.count()) > 0) await again.click();
  else {
    await desk.page.check('[name=purpose][value=dispute]');
    await desk.page.click(`form[action="/records/${record}/readings"] button`);
  }
  await desk.page.waitForURL(/\/readings\/[0-9a-f-]{36}$/);
  t.true((await desk.page.locator('svg.watermark').first().textContent())?.includes(mark), 'marked with name and number');
  await sound(t, desk, name);
  await desk.page.check('[name=result][value=solved]');
  await desk.page.click('#return form button');
  await desk.page.waitForURL((at) => at.pathname === '/');
}

/** Draws a box on the page that is shown, in percent of it, with the mouse; gives the text of pages that follows. */
export async function blackOut(desk: Desk, [left, top, right, bottom]: readonly [number, number, number, number]): Promise<string> {
  const canvas = desk.page.locator('[data-box-canvas]');
  const at = async (x: number, y: number): Promise<[number, number]> => {
    const area = await canvas.boundingBox();
    if (area === null) throw new Error('nothing to draw on');
    return [area.x + (area.width * x) / 100, area.y + (area.height * y) / 100];
  };
  const [, y] = await at(left, top);
  await desk.page.evaluate((to) => window.scrollBy(0, to), y - 200);
  await desk.page.mouse.move(...(await at(left, top)));
  await desk.page.mouse.down();
  await desk.page.mouse.move(...(await at((left + right) / 2, (top + bottom) / 2)));
  await desk.page.mouse.move(...(await at(right, bottom)));
  await desk.page.mouse.up();
  return desk.page.inputValue('[name=pages]');
}

/** What other programs find in the copy and in the slip; left out where they are not there. */
export async function inspect(t: ExecutionContext, copy: Buffer, slip: Buffer): Promise<void> {
  t.true(copy.includes('ETSI.CAdES.detached'));
  const cwd = await mkdtemp(join(tmpdir(), 'lantai-test-walk-'));
  const run = (...command: string[]) => spawnSync(command[0] ?? '', command.slice(1), { cwd, encoding: 'utf8' });
  try {
    await writeFile(join(cwd, 'copy.pdf'), copy);
    await writeFile(join(cwd, 'slip.pdf'), slip);
    const text = run('pdftotext', '-layout', 'copy.pdf', '-');
    if (text.error === undefined) {
      t.false(/SECRET|13912345678|VISIBLE/.test(text.stdout));
      t.true(text.stdout.includes('赵律师'));
      t.true(run('pdftotext', 'slip.pdf', '-').stdout.includes('赵律师'));
      t.false(/AUTHOR-OF-THE-FILE|KEYWORD|original/.test(run('pdfinfo', 'copy.pdf').stdout), 'nothing of the file’s properties');
    }
    if (run('pdfimages', '-j', 'copy.pdf', 'p').error === undefined)
      t.is((await readdir(cwd)).filter((name) => name.startsWith('p-')).length, 1, 'one page, one picture');
  } finally {
    await rm(cwd, { recursive: true });
  }
}

/** Whoever sits before a locked screen tries to get away: by address, by going back, by script, by signing in again, in another window. */
export async function triesToLeave(
  t: ExecutionContext,
  clerk: Desk,
  other: Page,
  { record, reading, fileId }: { record: string; reading: string; fileId: string },
): Promise<void> {
  const shut = async (where: string) => {
    t.regex(await mainText(clerk), /session_locked/, where);
    t.deepEqual(await faults(clerk.page), [], where);
  };
  const shown = clerk.page.url();
  for (const way of ['/', `/records/${record}`, '/requests', `/readings/${reading}`, '/sign-in', '/verify', '/sessions', '/help', '/nowhere']) {
    await clerk.page.goto(way);
    await shut(way);
  }
  await sound(t, clerk, 'walk-locked-out');
  await clerk.page.goto(shown);
  for (let back = 0; back < 16; back++) {
    await clerk.page.goBack().catch(() => null);
    if (clerk.page.url() === 'about:blank') break;
    // what was sent by a form the browser does not ask for again by itself: its own page, with nothing of ours
    if ((await clerk.page.locator('main').count()) === 0) {
      t.false(/WALK|王小明|档/.test(await clerk.page.locator('body').innerText()), clerk.page.url());
      continue;
    }
    t.regex(await mainText(clerk), /session_locked|赵律师|现场查阅/, clerk.page.url());
    t.is(await clerk.page.locator('header.top, nav.nav').count(), 0, clerk.page.url());
  }
  await clerk.page.goto('/on-site');
  t.deepEqual(await send(clerk.page, `/api/v1/records/${record}/readings`, { purpose: 'dispute' }), [403, 'session_locked']);
  t.deepEqual(await send(clerk.page, '/api/v1/sessions', { username: 'clerk', password: PASSWORD }), [403, 'session_locked']);
  for (const way of ['/api/v1/me', '/api/v1/records', `/api/v1/readings/${reading}/files/${fileId}/page?print=1`])
    t.is((await fetched(clerk.page, way)).status, 403, way);
  await other.goto(`/records/${record}`);
  t.true((await other.locator('main').innerText()).includes('session_locked'));
  await clerk.page.reload();
  t.regex(await mainText(clerk), /次试图打开其他页面/);
}

/** One more person of the office, made as an administrator would. */
export async function hire(server: TestServer, staff: Staff, username: string, role: string, department: string): Promise<Client> {
  const made = await staff.systemAdmin('POST', '/api/v1/people', { name: username, department });
  const account = await staff.systemAdmin('POST', '/api/v1/accounts', { personId: made.json['personId'], username });
  const given = await staff.securityAdmin('POST', `/api/v1/accounts/${String(account.json['accountId'])}/roles`, { role });
  const id = String(given.json['grantId']);
  await staff.auditAdmin('POST', `/api/v1/changes/${id}/see`);
  await staff.auditAdmin('POST', `/api/v1/role-grants/${id}/decide`, { agree: true });
  const claimed = await server.client()('POST', '/api/v1/invitations/claim', { secret: account.json['secret'], password: PASSWORD });
  if (claimed.status !== 201) throw new Error(claimed.text);
  return server.signedIn(username, PASSWORD);
}
