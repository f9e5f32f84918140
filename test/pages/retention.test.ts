import type { Browser } from 'playwright-core';
import { fill, randomRecords } from '../disposition/random.js';
import type { TestServer } from '../support/server.js';
import { deskOf, type Desk } from './desk.js';
import { faults } from './look.js';
import { withNewSchedule } from './newer.js';
import { inBrowser, stage } from './stage.js';

let server: TestServer;
let browser: Browser;

stage(async (made) => {
  ({ server, browser } = made);
  const records = randomRecords(400, 3).map((one, i) => ({
    ...one,
    until: `${2024 + (i % 4)}-${String((i % 12) + 1).padStart(2, '0')}-15`,
    maximum: `${2025 + (i % 4)}-06-30`,
  }));
  await fill(server.database, records);
});

const YEARS: Record<string, number> = { service: 2, communication: 2, feedback: 5 };

/** Nothing wrong with the page, wide and narrow, in both languages. */
async function sound(t: { deepEqual(actual: unknown, expected: unknown, message?: string): void }, desk: Desk, name: string): Promise<void> {
  t.deepEqual(await faults(desk.page), [], name);
  await desk.page.setViewportSize({ width: 390, height: 844 });
  t.deepEqual(await faults(desk.page), [], `${name}, narrow`);
  await desk.page.setViewportSize({ width: 1280, height: 900 });
  await desk.pictures(name);
}

inBrowser('R33, R37: before a schedule is approved its page shows what changes and which records move; compliance consents to shorter terms', async (t) => {
  t.timeout(180_000);
  // surveys are kept longer, the rest less long
  await withNewSchedule(
    server,
    (rule) => (YEARS[rule.id] === undefined ? rule : { ...rule, period: { years: YEARS[rule.id] }, minimum: { years: 2 } }) as typeof rule,
  );
  const manager = await deskOf(browser, server, 'manager');
  await manager.page.goto('/policies?kind=schedule');
  await manager.page.click('a:has-text("Changes and impact")');
  const main = manager.page.locator('main');
  t.regex(await main.innerText(), /may shorten the term of some records \(Customer-service records/);
  t.regex(await main.innerText(), /Not reckoned yet/);
  t.is(await manager.page.locator('form[action$="/consent"]').count(), 0);
  await manager.page.click('form[action$="/impact"] button');
  t.regex(await manager.page.locator('.figures').innerText(), /400/);
  await sound(t, manager, 'schedule');
  await manager.page.click('table a[href*="direction=earlier"] >> nth=0');
  t.true((await manager.page.locator('tbody tr').count()) > 0);
  await sound(t, manager, 'schedule-moved');
  await manager.page.goto(`${manager.page.url()}&after=ffffffff-ffff-7fff-bfff-ffffffffffff`);
  t.regex(await main.innerText(), /No such records/);

  const compliance = await deskOf(browser, server, 'compliance');
  await compliance.page.goto('/policies?kind=schedule');
  t.regex(await compliance.page.locator('main').innerText(), /Waits for compliance/);
  await compliance.page.click('a:has-text("Changes and impact")');
  await compliance.page.click('summary:has-text("Consent to shorter terms")');
  await compliance.page.click('form[action$="/consent"] button');
  t.regex(await compliance.page.locator('main').innerText(), /Compliance consented/);
  t.deepEqual(await faults(compliance.page), []);
  t.deepEqual([...manager.complaints, ...compliance.complaints], []);
});

inBrowser(
  'R35, R37, R40: what is due is listed for any day, seen by month in a chart whose bars lead to lists, and what is kept too long with its reason',
  async (t) => {
    t.timeout(180_000);
    const manager = await deskOf(browser, server, 'manager');
    const { page } = manager;
    await page.goto('/');
    await page.click('nav a:has-text("Due records")');
    await page.click('form[action="/retention/sweep"] button');
    t.regex(await page.locator('.flash').innerText(), /Looked through/);
    const main = page.locator('main');
    t.regex(await main.innerText(), /Due today/);
    await sound(t, manager, 'due');
    await page.fill('[name=day]', '2028-01-01');
    await page.click('form.filters button');
    t.regex(await main.innerText(), /Will be due by 2028-01-01/);
    t.regex(await main.innerText(), /By the terms as they stand now/);
    await page.selectOption('[name=type]', 'complaint');
    await page.click('form.filters button');
    await sound(t, manager, 'due-future');
    await page.goto('/retention/due?day=1999-01-01');
    t.regex(await page.locator('.empty').innerText(), /Nothing is due/);
    await page.goto('/retention/calendar');
    await sound(t, manager, 'due-calendar');
    await page.click('svg.chart a:has(rect.bar-mark[height]:not([height="0"])) >> nth=0');
    await page.waitForURL(/retention\/due/);
    t.true((await page.locator('tbody tr').count()) > 0);
    await page.goto('/retention/over');
    await sound(t, manager, 'over-retained');
    await page.click('tbody th a >> nth=0');
    t.true((await page.locator('.chips li').count()) > 1);
    t.deepEqual(manager.complaints, []);
  },
);
