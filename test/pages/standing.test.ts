import test from 'ava';
import type { Browser } from 'playwright-core';
import { archiveDay } from '../support/day.js';
import type { Staff, TestServer } from '../support/server.js';
import { deskOf, type Desk } from './desk.js';
import { faults } from './look.js';
import { inBrowser, lookAt, stage } from './stage.js';

let server: TestServer;
let staff: Staff;
let browser: Browser;

stage((made) => void ({ server, staff, browser } = made));

const flash = (desk: Desk): Promise<string> => desk.page.locator('.flash').innerText();

inBrowser('R41 R82: a change of a standing rule is proposed, agreed to, seen and countersigned on its pages by four persons, and ended early', async (t) => {
  t.timeout(240_000);
  const manager = await deskOf(browser, server, 'manager');
  await lookAt(t, manager, 'standing', '/standing');
  await lookAt(t, manager, 'standing-none', '/standing?which=waiting');
  t.regex(await manager.page.locator('.empty').innerText(), /Nothing waits/);
  await lookAt(t, manager, 'standing-new', '/standing/new');
  await manager.page.goto('/standing/internal.1');
  await manager.page.click('a:has-text("Propose a change")');
  await lookAt(t, manager, 'standing-change', new URL(manager.page.url()).pathname + new URL(manager.page.url()).search);
  t.is(await manager.page.inputValue('[name=saysEn]'), 'employees read within the rules of their roles, for the purposes that the type allows');
  t.true(await manager.page.isChecked('[name=types][value=survey]'));
  await manager.page.uncheck('[name=types][value=survey]');
  await manager.page.fill('[name=until]', '2020-01-01');
  await manager.page.click('main form button.primary');
  t.is(await manager.page.locator('.field .wrong').count(), 1);
  t.false(await manager.page.isChecked('[name=types][value=survey]'), 'the form keeps what was chosen');
  t.deepEqual(await faults(manager.page), []);
  const next = archiveDay(200);
  await manager.page.fill('[name=until]', next);
  await manager.page.click('main form button.primary');
  t.regex(await flash(manager), /Proposed/);
  t.is(new URL(manager.page.url()).pathname, '/standing/internal.2');
  t.regex(await manager.page.locator('main').innerText(), /Waits for the audit administrator/);
  t.regex(await manager.page.locator('tr:has-text("Types")').innerText(), /Satisfaction survey/);

  const security = await deskOf(browser, server, 'security.admin');
  await security.page.goto('/');
  await security.page.click('.waits a:has-text("standing rules wait for me")');
  await security.page.click('tbody a.title');
  await lookAt(t, security, 'standing-agree', '/standing/internal.2');
  await security.page.click('form[action$="/agree"] button');
  t.regex(await flash(security), /once another person has countersigned/);
  t.is(await security.page.locator('form[action$="/confirm"]').count(), 0);

  const audit = await deskOf(browser, server, 'audit.admin');
  await audit.page.goto('/changes');
  await audit.page.click('a.title:has-text("internal.2")');
  t.is(new URL(audit.page.url()).pathname, '/standing/internal.2');
  t.deepEqual(await faults(audit.page), []);
  await audit.page.goto('/changes');
  await audit.page.click('tr:has-text("internal.2") form[action$="/see"] button');

  const compliance = await deskOf(browser, server, 'compliance');
  await compliance.page.goto('/');
  await compliance.page.click('.waits a:has-text("standing rules wait for me")');
  await compliance.page.click('tbody a.title');
  await compliance.page.click('summary:has-text("Countersign")');
  await compliance.page.fill('form[action$="/confirm"] [name=confirm]', 'internal');
  await compliance.page.click('form[action$="/confirm"] button');
  t.regex(await compliance.page.locator('form[action$="/confirm"] .wrong').innerText(), /internal\.2/);
  t.deepEqual(await faults(compliance.page), []);
  await compliance.page.fill('form[action$="/confirm"] [name=confirm]', 'internal.2');
  await compliance.page.click('form[action$="/confirm"] button');
  t.regex(await flash(compliance), /Countersigned/);
  await lookAt(t, compliance, 'standing-in-force', '/standing/internal.2');
  await lookAt(t, compliance, 'standing-over', '/standing?which=over');
  t.regex(await compliance.page.locator('tbody').innerText(), /internal\.1/);

  await manager.page.goto('/standing/internal.2');
  await manager.page.click('summary:has-text("End early")');
  await manager.page.fill('form[action$="/end"] [name=confirm]', 'internal.2');
  await manager.page.click('form[action$="/end"] button');
  t.regex(await flash(manager), /nothing more is read under it/);
  const complaints = [manager, security, audit, compliance].flatMap((one) => one.complaints);
  t.deepEqual(
    complaints.filter((one) => !/422/.test(one)),
    [],
  );
});

test.serial('R82: over HTTP each step is for whom it is, and a rule of nobody is not found', async (t) => {
  const input = {
    name: 'field',
    says: { zh: '现场服务查阅', en: 'field service reads' },
    readers: ['field'],
    departments: ['own'],
    types: ['routine'],
    sensitivities: ['public'],
    purposes: ['solve'],
    states: ['*'],
    from: archiveDay(1),
    until: archiveDay(90),
  };
  t.is((await staff.clerk('POST', '/api/v1/standing-rules', input)).status, 403);
  const made = await staff.manager('POST', '/api/v1/standing-rules', input);
  t.is(made.status, 201, made.text);
  const path = `/api/v1/standing-rules/${String(made.json['id'])}`;
  t.is((await staff.manager('POST', `${path}/agree`)).status, 403);
  t.is((await staff.compliance('POST', `${path}/confirm`)).json['code'], 'wrong_state');
  t.is((await staff.securityAdmin('POST', `${path}/agree`)).status, 204);
  t.is((await staff.compliance('POST', `${path}/confirm`)).json['code'], 'not_seen_yet');
  t.like((await staff.auditAdmin('GET', path)).json, { state: 'agreed', seenBy: null, readings: 0 });
  t.is((await staff.agent('GET', path)).status, 403);
  t.is((await staff.manager('POST', '/api/v1/standing-rules', { ...input, until: '2020-01-01' })).status, 422);
  t.is((await staff.manager('POST', '/api/v1/standing-rules', input)).json['code'], 'conflict');
  t.is((await staff.compliance('POST', `${path}/refuse`)).status, 204);
  t.is((await staff.manager('GET', '/standing/nothing.1')).status, 404);
  t.is((await staff.manager('GET', '/standing?after=x')).status, 422);
});
