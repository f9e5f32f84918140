import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { ExecutionContext } from 'ava';
import type { Browser } from 'playwright-core';
import { systemActor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { verifyCertificate, watchRegisters } from '../../src/disposition/index.js';
import { archiveDay } from '../support/day.js';
import { PASSWORD, type Client, type Staff, type TestServer } from '../support/server.js';
import { pdfsig, seesSignatures } from '../support/pdf.js';
import { enrol } from '../support/second-factor.js';
import { deskOf, type Desk } from './desk.js';
import { faults } from './look.js';
import { withNewSchedule } from './newer.js';
import { requests } from './real.js';
import { inBrowser, stage } from './stage.js';
import { fetched, hire, mainText, send, sound } from './walking.js';

/**
 * An office's year over real service requests: taken in, their schedule renewed, due, appraised by a group, a hold that comes late,
 * approved, carried out, certified, and found as tombstones; every step in the browser, the languages in turn.
 */
const DAY = 86_400_000;
const DEPARTMENT = 'solid-waste';
const YEAR = 2014;

let server: TestServer;
let staff: Staff;
let browser: Browser;
const clock = { ahead: 0 };
const now = (): Date => new Date(Date.now() + clock.ahead);

stage(
  async (made) => {
    ({ server, staff, browser } = made);
    for (const [code, zh, en] of [
      [DEPARTMENT, '固体废物部', 'Solid waste'],
      ['transportation', '交通部', 'Transportation'],
    ])
      await staff.systemAdmin('POST', '/api/v1/departments', { code, nameZh: zh, nameEn: en, isArchive: false });
    await hire(server, staff, 'head.waste', 'supervisor', DEPARTMENT);
    await hire(server, staff, 'clerk.two', 'records_clerk', 'archive');
    await hire(server, staff, 'executive', 'executive', 'archive');
    for (const username of ['clerk', 'manager', 'compliance', 'head.waste', 'clerk.two', 'executive']) {
      const client = await server.signedIn(username, PASSWORD);
      if ((await client('GET', '/api/v1/me/second-factor')).json['enrolled'] !== true) await enrol(client, server.serving.url, username);
    }
  },
  { now, worker: true },
);

/** What is counted in the archive itself, beside its pages. */
const count = async (where: ReturnType<typeof sql>): Promise<number> =>
  (await server.database.owner.one<{ n: number }>(sql`select count(*)::int as n from records where ${where}`)).n;
const ofTheYear = sql`department = ${DEPARTMENT} and extract(year from closed_at at time zone 'Asia/Shanghai') = ${YEAR}`;

/** Another program finds a paper signed by this archive. */
async function signed(t: ExecutionContext, pdf: Buffer): Promise<void> {
  if (!seesSignatures) return t.log('skipped: needs pdfsig and certutil');
  const { authority } = await server.serving.archive.certificates.current();
  const said = await pdfsig(pdf, authority.pem);
  t.regex(said, /Signature is Valid/);
  t.regex(said, /Certificate is Trusted/);
}

/** Ends the day for which the store locks every new object. */
async function endLocks(): Promise<void> {
  const folder = join(server.folder, 'objects', 'v1');
  const past = new Date(Date.now() - DAY);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && !entry.parentPath.endsWith('.incoming')) await utimes(join(entry.parentPath, entry.name), past, past);
}

const registerOf = (desk: Desk): string => new URL(desk.page.url()).pathname;

async function takeIn(t: ExecutionContext, clerk: Desk): Promise<number> {
  const { bytes, real } = requests(YEAR);
  await clerk.choose('zh');
  await clerk.page.goto('/imports/new');
  await clerk.page.selectOption('[name=mapping]', 'baltimore-311');
  await clerk.page.setInputFiles('[name=file]', { name: real ? 'requests.csv.gz' : 'requests.csv', mimeType: 'text/csv', buffer: bytes });
  await clerk.page.click('main form button.primary', { timeout: 240_000 });
  await clerk.page.waitForSelector('form[action$="/start"]');
  t.deepEqual(await faults(clerk.page), []);
  t.regex(await mainText(clerk), real ? /6,855/ : /57/);
  await clerk.page.click('form[action$="/start"] button');
  await clerk.page.waitForURL(/\/imports\/[\da-f-]{36}$/);
  await clerk.page.locator('main :text-is("已完成")').first().waitFor({ timeout: 240_000 });
  await sound(t, clerk, 'year-taken-in');
  const all = await count(sql`state = 'archived'`);
  t.is(all, real ? 6855 : 57);
  if (real) t.is(gunzipSync(bytes).toString().trim().split('\n').length - 1, 7000);
  return all;
}

async function renewSchedule(t: ExecutionContext, manager: Desk, all: number): Promise<void> {
  const before = await server.database.owner.many<{ id: string; until: string }>(sql`select id, term_until::text as until from records`);
  await withNewSchedule(server, (rule) => (rule.id === 'service' || rule.id === 'communication' ? { ...rule, period: { years: 4, months: 0 } } : rule));
  await manager.choose('en');
  await manager.page.goto('/policies?kind=schedule');
  await manager.page.click('a:has-text("Changes and impact")');
  await manager.page.click('form[action$="/impact"] button');
  t.true((await manager.page.locator('.figures').innerText()).includes(all.toLocaleString('en')), 'every record is looked at');
  await sound(t, manager, 'year-impact');
  const security = await deskOf(browser, server, 'security.admin');
  await security.page.goto('/policies?kind=schedule');
  await security.page.click('summary:has-text("Approve")');
  await security.page.click('form[action$="/agree"] button');
  const audit = await deskOf(browser, server, 'audit.admin');
  await audit.page.goto('/changes');
  await audit.page.click('tr:has-text("general@2027-01") form[action$="/see"] button');
  await manager.choose('zh');
  await manager.page.goto('/policies?kind=schedule');
  await manager.page.click('summary:has(+ form[action$="/confirm"])');
  await manager.page.fill('form[action$="/confirm"] [name=confirm]', '2027-01');
  await manager.page.click('form[action$="/confirm"] button');
  for (let i = 0; i < 600 && (await count(sql`schedule_version = 'general@2027-01'`)) < all; i++) await sleep(200);
  const after = new Map(
    (await server.database.owner.many<{ id: string; until: string }>(sql`select id, term_until::text as until from records`)).map((one) => [one.id, one.until]),
  );
  const moved = before.filter((one) => (after.get(one.id) ?? '') > one.until).length;
  t.deepEqual(
    before.filter((one) => (after.get(one.id) ?? '') < one.until),
    [],
    'no term became shorter',
  );
  t.true(moved > all / 2, `${moved} of ${all} moved`);
  await security.context.close();
  await audit.context.close();
}

async function appraise(t: ExecutionContext, clerk: Desk, head: Desk, listed: number): Promise<void> {
  await clerk.choose('en');
  await clerk.page.goto('/retention/due');
  await sound(t, clerk, 'year-due');
  await clerk.page.goto('/retention/calendar');
  await sound(t, clerk, 'year-calendar');
  await clerk.page.goto('/appraisals');
  await clerk.page.selectOption('[name=department]', DEPARTMENT);
  await clerk.page.fill('[name=year]', String(YEAR));
  await clerk.page.click('main form button.primary');
  await clerk.page.waitForURL(/\/appraisals\/[0-9a-f-]{36}$/);
  const address = clerk.page.url();
  t.true((await clerk.page.locator('.figures').first().innerText()).includes(listed.toLocaleString('en')));
  await clerk.page.check('[name=scope][value=all]');
  await clerk.page.check('[name=proposal][value=destroy]');
  await clerk.page.fill('[name=reason]', 'Term over; no value beyond it');
  await clerk.page.click('#desk button.primary');
  // one is kept for its history, with the basis
  await clerk.page.locator('tbody input[data-pick]').first().check();
  await clerk.page.check('[name=proposal][value=keep]');
  await clerk.page.fill('[name=basis]', 'Archives Law, Article 13');
  await clerk.page.fill('[name=reason]', 'The first request of the new service');
  await clerk.page.click('#desk button.primary');
  await sound(t, clerk, 'year-desk');
  await clerk.page.click('summary:has-text("Submit to the group")');
  await clerk.page.click('form[action$="/submit"] button');
  await clerk.page.click('#desk button[name=agree][value="1"]');
  await head.choose('zh');
  await head.page.goto('/');
  await head.page.click('.waits a[href="/appraisals"]');
  await head.page.goto(address);
  await head.page.click('#desk button[name=agree][value="1"]');
  t.regex(await mainText(head), /已结束/);
  await sound(t, head, 'year-appraised');
  const report = await fetched(head.page, `${new URL(address).pathname}/report.pdf`);
  t.is(report.status, 200);
  await signed(t, report.bytes);
}

/** Made, frozen and submitted by the clerk; its address. */
async function list(clerk: Desk): Promise<string> {
  if (!new URL(clerk.page.url()).pathname.startsWith('/destruction/')) {
    await clerk.page.goto('/destruction');
    await clerk.page.fill('[name=place]', 'own computer room');
    await clerk.page.click('main form button.primary');
    await clerk.page.waitForURL(/\/destruction\/[0-9a-f-]{36}$/);
  }
  const address = registerOf(clerk);
  await clerk.page.click('summary:has-text("Freeze the list")');
  await clerk.page.click('form[action$="/freeze"] button');
  await clerk.page.click('summary:has-text("Submit for approval")');
  await clerk.page.click('form[action$="/submit"] button');
  return address;
}

async function approve(manager: Desk, address: string): Promise<string> {
  await manager.page.goto(address);
  const number = (await manager.page.locator('h1').innerText()).trim();
  await manager.page.fill('#items [name=confirm]', number);
  await manager.page.click('#items button[name=agree][value="1"]');
  return number;
}

inBrowser('R29, R33, R35, R66–R73, R104: an office’s year, from real requests taken in to their certificate and tombstones', async (t) => {
  t.timeout(900_000);
  const began = Date.now();
  const passed = (what: string): void => t.log(`${what}: ${Math.round((Date.now() - began) / 1000)} s`);
  const clerk = await deskOf(browser, server, 'clerk');
  const manager = await deskOf(browser, server, 'manager');
  const head = await deskOf(browser, server, 'head.waste');
  const compliance = await deskOf(browser, server, 'compliance');
  const all = await takeIn(t, clerk);
  passed('taken in');
  await renewSchedule(t, manager, all);
  passed('schedule renewed');

  await manager.choose('en');
  await manager.page.goto('/retention/due');
  await manager.page.click('form[action="/retention/sweep"] button');
  t.regex(await manager.page.locator('.flash').innerText(), /Looked through/);
  // the sweep that follows a new schedule may still be at it
  for (let i = 0; i < 300 && (await count(sql`state = 'due'`)) < all; i++) await sleep(100);
  t.is(await count(sql`state = 'due'`), all, 'all of them closed more than four years ago');
  const listed = await count(ofTheYear);
  await appraise(t, clerk, head, listed);
  passed('appraised');

  // approved, and then a lawsuit: a hold over one of them voids what was signed and says which
  const first = await list(clerk);
  const firstNumber = await approve(manager, first);
  t.regex(await manager.page.locator('.flash').innerText(), /pause/);
  const late = await server.database.owner.one<{ service_no: string; id: string }>(
    sql`select r.service_no, r.id from records r join destruction_items i on i.record_id = r.id order by i.position offset 3 limit 1`,
  );
  await compliance.choose('zh');
  await compliance.page.goto('/holds/new');
  const form = compliance.page.locator('form[action="/holds/new"]');
  await form.locator('[name=reason]').fill('客户起诉，证据保全');
  await form.locator('[name=reviewOn]').fill(archiveDay(90, now()));
  await form.locator('[name=numbers]').fill(late.service_no);
  await form.locator('button[value=preview]').click();
  await form.locator('button[value=make]').click();
  await compliance.page.waitForURL(/\/holds\/[0-9a-f-]{36}$/);
  await sound(t, compliance, 'year-hold');
  // the job that looks every five minutes
  await watchRegisters(server.serving.archive.disposition, systemActor());
  await clerk.page.goto(first);
  t.true((await mainText(clerk)).includes('voided'));
  await sound(t, clerk, 'year-voided');
  await clerk.page.click('form[action$="/again"] button');
  await clerk.page.waitForURL((at) => at.pathname !== first && at.pathname.startsWith('/destruction/'));
  const address = await list(clerk);
  await manager.choose('zh');
  const number = await approve(manager, address);
  t.not(number, firstNumber);
  const doomed = await server.database.owner.many<{ id: string; service_no: string; title: string }>(
    sql`select r.id, r.service_no, r.title from destruction_items i join records r on r.id = i.record_id
      where i.register_id = ${address.split('/')[2] ?? ''} order by i.position`,
  );
  t.is(doomed.length, listed - 2, 'neither what is kept nor what is held');
  t.false(doomed.some((one) => one.id === late.id));
  passed('approved');

  await manager.choose('en');
  await manager.page.goto(address);
  for (const [office, person] of [
    ['executor', 'clerk.two'],
    ['supervisor', 'compliance'],
    ['supervisor', 'executive'],
  ] as const) {
    const seat = manager.page.locator(`form:has(input[name=office][value=${office}])`);
    const option = await seat.locator(`option:has-text("${person}")`).first().getAttribute('value');
    await seat.locator('[name=personId]').selectOption(option);
    await seat.locator('button').click();
  }
  await sound(t, manager, 'year-appointed');
  const executorEarly = await deskOf(browser, server, 'clerk.two');
  const id = address.split('/')[2] ?? '';
  const [early] = await send(executorEarly.page, `/api/v1/destructions/${id}/begin`, { number });
  t.true(early >= 400, 'the pause runs, and nobody has checked');
  for (const desk of [clerk, manager, head, compliance, executorEarly]) await desk.context.close();

  await endLocks();
  clock.ahead = 8 * DAY;
  const supervisors: [Desk, 'zh' | 'en'][] = [
    [await deskOf(browser, server, 'compliance'), 'zh'],
    [await deskOf(browser, server, 'executive'), 'en'],
  ];
  for (const [desk, lang] of supervisors) {
    await desk.choose(lang);
    await desk.page.goto(address);
    await desk.page.click('details:has(form[action$="/check"]) > summary');
    await desk.page.fill('form[action$="/check"] [name=confirm]', number);
    await desk.page.click('form[action$="/check"] button');
    t.deepEqual(await faults(desk.page), []);
  }
  const executor = await deskOf(browser, server, 'clerk.two');
  await executor.choose('zh');
  await executor.page.goto(`/destructions/${id}`);
  await executor.page.click('details:has(form[action$="/begin"]) > summary');
  await executor.page.fill('form[action$="/begin"] [name=number]', number);
  const carried = Date.now();
  await executor.page.click('form[action$="/begin"] button');
  // its steps wait for the index, which is made anew under the new schedule at the same time
  for (let i = 0; i < 1500; i++) {
    const [state] = await server.database.owner.many<{ state: string }>(sql`select state from destruction_registers where id = ${id}`);
    if (state?.state === 'open') break;
    await sleep(200);
  }
  await executor.page.goto(`/destructions/${id}`);
  await sound(t, executor, 'year-carried');
  passed(`carried out, ${doomed.length} records in ${Math.round((Date.now() - carried) / 1000)} s`);
  for (const [desk, lang] of supervisors) {
    await desk.choose(lang);
    await desk.page.goto(`/destructions/${id}`);
    await desk.page.click('form[action$="/witness"] button');
    await sound(t, desk, `year-witnessed-${lang}`);
  }
  for (let i = 0; i < 100 && (await count(sql`id = ${doomed[0]?.id ?? ''} and state = 'destroyed'`)) === 0; i++) await sleep(100);

  await executor.page.goto('/destruction-certificates');
  await sound(t, executor, 'year-certificates');
  const link = await executor.page.locator('tbody a.code').first().getAttribute('href');
  const pdf = await fetched(executor.page, link ?? '');
  t.is(pdf.status, 200);
  await signed(t, pdf.bytes);
  const { authority } = await server.serving.archive.certificates.current();
  const verified = verifyCertificate(pdf.bytes, [authority.fingerprint]);
  t.true(verified.ok);
  if (verified.ok) t.is(verified.data.items.length, doomed.length);
  passed('certified');

  // tombstones: found by number as destroyed, by no word of theirs; what is kept and held is whole
  const finder = await deskOf(browser, server, 'manager');
  for (const lang of ['zh', 'en'] as const) {
    await finder.choose(lang);
    await finder.page.goto(`/find?q=${doomed[5]?.service_no ?? ''}`);
    t.regex(await mainText(finder), lang === 'zh' ? /已销毁/ : /[Dd]estroyed/);
    t.false((await mainText(finder)).includes(doomed[5]?.title ?? ''), 'without its title');
    t.deepEqual(await faults(finder.page), []);
    await finder.page.goto(`/records/${doomed[5]?.id ?? ''}`);
    await sound(t, finder, `year-tombstone-${lang}`);
  }
  t.deepEqual([await count(sql`state = 'destroyed'`), await count(sql`title = '' and not state = 'destroyed'`)], [doomed.length, 0]);
  const [held] = await server.database.owner.many<{ state: string; held: boolean }>(sql`select state, held from records where id = ${late.id}`);
  t.deepEqual(held, { state: held?.state ?? '', held: true });
  t.not(held?.state, 'destroyed');
  const again: Client = staff.systemAdmin;
  t.true((await again('GET', '/api/v1/search')).status >= 400, 'an administrator reads nothing of it');
  t.deepEqual(
    [...executor.complaints, ...finder.complaints, ...supervisors.flatMap(([desk]) => desk.complaints)].filter((one) => !/status of 4\d\d/.test(one)),
    [],
  );
});
