import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import type { Browser } from 'playwright-core';
import { clearLogs } from '../../src/disposition/index.js';
import { sql } from '../../src/db/index.js';
import type { Staff, TestServer } from '../support/server.js';
import { endBundleLocks, movedClock, withFactors, yearsOn } from '../support/years-on.js';
import { deskOf, type Desk } from './desk.js';
import { faults } from './look.js';
import { inBrowser, lookAt, stage } from './stage.js';
import { fetched, hire, idAt, mainText } from './walking.js';

const DAY = 86_400_000;
const clock = movedClock();
let server: TestServer;
let staff: Staff;
let browser: Browser;
let log = '';

stage(
  async (made) => {
    ({ server, staff, browser } = made);
    await hire(server, staff, 'clerk.two', 'records_clerk', 'archive');
    await withFactors(server, ['clerk', 'clerk.two', 'manager', 'compliance', 'agent.one']);
    log = await yearsOn(server, clock);
  },
  { now: clock.now },
);

/** Appoints somebody by the select of the office. */
async function appoint(t: ExecutionContext, desk: Desk, office: string, person: string): Promise<void> {
  const seat = desk.page.locator(`form:has(input[name=office][value=${office}])`);
  const option = await seat.locator(`option:has-text("${person}")`).first().getAttribute('value');
  await seat.locator('[name=personId]').selectOption(option);
  await seat.locator('button').click();
  t.deepEqual(await faults(desk.page), [], `${office} ${person}`);
}

/** Opens what asks for the number, types something and sends it. */
async function typed(desk: Desk, act: string, text: string): Promise<void> {
  const form = desk.page.locator(`form[action$="/${act}"]`);
  await desk.page.locator(`details:has(form[action$="/${act}"]) > summary`).click();
  await form.locator('[name=confirm]').fill(text);
  await form.locator('button').click();
}

const stateOf = async (): Promise<string> => (await server.database.owner.one<{ state: string }>(sql`select state from log_destructions`)).state;

inBrowser(
  'R90, R66–R68, R105: the end of a log at the desk, in both languages: proposed, approved, appointed, checked, carried out, witnessed and closed',
  async (t) => {
    t.timeout(240_000);
    const clerk = await deskOf(browser, server, 'clerk');
    const manager = await deskOf(browser, server, 'manager');
    await clerk.page.goto('/log-terms');
    t.regex(await mainText(clerk), /due/);
    await lookAt(t, clerk, 'log-terms-due', '/log-terms');
    // the log's name is to be typed, and the server looks
    await clerk.page.locator('details.confirm > summary').first().click();
    await clerk.page.locator('form[action="/log-terms"]').evaluate((form) => (form as HTMLFormElement).setAttribute('novalidate', ''));
    await clerk.page.fill('form[action="/log-terms"] [name=confirm]', `${log}x`);
    await clerk.page.locator('form[action="/log-terms"]').evaluate((form) => (form as HTMLFormElement).submit());
    await clerk.page.locator('form[action="/log-terms"] [aria-invalid="true"]').waitFor();
    t.deepEqual(await faults(clerk.page), []);
    await clerk.page.fill('form[action="/log-terms"] [name=confirm]', log);
    await clerk.page.click('form[action="/log-terms"] button');
    await clerk.page.waitForURL(/\/log-destructions\/[0-9a-f-]{36}$/);
    const address = new URL(clerk.page.url()).pathname;
    const number = (await clerk.page.locator('h1').innerText()).trim();
    t.is(await clerk.page.locator('form[action$="/answer"]').count(), 0, 'who proposed does not approve');

    await manager.choose('zh');
    await manager.page.goto(address);
    t.regex(await mainText(manager), /批准/);
    await manager.page.fill('[name=confirm]', 'U-0000-000000');
    await manager.page.click('form[action$="/answer"] button[value="1"]');
    t.is(await stateOf(), 'approving', 'the number is to be typed');
    await manager.page.fill('[name=confirm]', number);
    await manager.page.click('form[action$="/answer"] button[value="1"]');
    t.is(await stateOf(), 'approved');
    await manager.choose('en');
    await manager.page.goto(address);
    await appoint(t, manager, 'executor', 'clerk.two');
    await appoint(t, manager, 'supervisor', 'agent.one');
    await appoint(t, manager, 'supervisor', 'compliance');
    await lookAt(t, manager, 'log-destruction-approved', address);

    for (const [who, lang] of [
      ['agent.one', 'zh'],
      ['compliance', 'en'],
    ] as const) {
      const desk = await deskOf(browser, server, who);
      await desk.choose(lang);
      await desk.page.goto(address);
      await typed(desk, 'check', number);
      t.deepEqual(await faults(desk.page), [], who);
      await desk.context.close();
    }
    t.is(await stateOf(), 'checked');
    clock.ahead += 8 * DAY;
    const executor = await deskOf(browser, server, 'clerk.two');
    await executor.page.goto(address);
    await typed(executor, 'begin', number);
    for (let i = 0; i < 300 && (await stateOf()) === 'executing'; i++) await sleep(50);
    await executor.page.goto(address);
    t.regex(await mainText(executor), /still locked in the store, until/);
    await lookAt(t, executor, 'log-destruction-open', address);
    const note = await fetched(executor.page, `${address}/gone`);
    t.deepEqual([note.status, note.bytes.toString().split('\n')[1]], [200, 'entries destroyed']);

    for (const [who, lang] of [
      ['agent.one', 'en'],
      ['compliance', 'zh'],
    ] as const) {
      const desk = await deskOf(browser, server, who);
      await desk.choose(lang);
      await desk.page.goto('/log-terms');
      await desk.page.click(`a.code:has-text("${number}")`);
      t.is(idAt(desk), address.split('/')[2] ?? '');
      await desk.page.click('form[action$="/witness"] button');
      t.deepEqual(await faults(desk.page), [], who);
      await desk.context.close();
    }
    await endBundleLocks(server, log);
    await clearLogs(server.serving.archive.logTerms);
    t.is(await stateOf(), 'closed');
    await lookAt(t, executor, 'log-destruction-closed', address);
    for (const kind of ['main', 'supplement']) {
      const link = await executor.page.locator(`a[href$="/certificates/${kind}"]`).getAttribute('href');
      const pdf = await fetched(executor.page, link ?? '');
      t.deepEqual([pdf.status, pdf.bytes.subarray(0, 5).toString()], [200, '%PDF-'], kind);
    }
    await executor.page.goto('/log-terms');
    t.regex(await mainText(executor), /entries destroyed/);
    await lookAt(t, executor, 'log-terms-gone', '/log-terms');
    await manager.context.close();
    const complaints = [...clerk.complaints, ...executor.complaints].filter((text) => !/status of 4\d\d/.test(text));
    t.deepEqual(complaints, []);
  },
);
