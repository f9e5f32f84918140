import test from 'ava';
import type { Browser, Page } from 'playwright-core';
import { sql } from '../../src/db/index.js';
import { testDraft } from '../support/archive.js';
import { multipart, type Client, type Staff, type TestServer } from '../support/server.js';
import { deskOf } from './desk.js';
import { faults, shoot } from './look.js';
import { inBrowser, stage } from './stage.js';

const SECRET = '不该印在纸上的一句话';
const FILE = '附件里的一句话';
let server: TestServer;
let staff: Staff;
let browser: Browser;
let record: string;

stage(async (made) => {
  ({ server, staff, browser } = made);
  const files = [{ name: '说明.txt', type: 'text/plain', content: Buffer.from(FILE) }];
  record = String(
    (await staff.agent('POST', '/api/v1/records', multipart('record', testDraft({ content: SECRET, sensitivity: 'internal' }), files))).json['id'],
  );
});

async function reading(who: Client): Promise<string> {
  const opened = await who('POST', `/api/v1/records/${record}/readings`, { purpose: 'solve' });
  return String(opened.json['id']);
}

/** Acts in the log that name a reading, oldest first. */
async function actsOf(id: string): Promise<string[]> {
  const rows = await server.database.owner.many<{ entry: string }>(
    sql`select entry from (select id, entry from audit_entries union all select id, entry from audit_pending) e where entry like ${`%${id}%`} order by id`,
  );
  return rows.map((row) => (JSON.parse(row.entry) as { act: string; decision: string }).act);
}

test.serial('R53: printing is an act of its own: its entry stands before the content, and who may only view is refused, on record', async (t) => {
  const own = await reading(staff.manager);
  t.true((await staff.manager('GET', `/api/v1/readings/${own}`)).json['mayPrint']);
  const printed = await staff.manager('POST', `/api/v1/readings/${own}/print`);
  t.is(printed.status, 200);
  t.true(printed.text.includes(SECRET));
  t.deepEqual(await actsOf(own), ['reading.open', 'reading.print', 'reading.end']);

  const agents = await reading(staff.agent);
  t.false((await staff.agent('GET', `/api/v1/readings/${agents}`)).json['mayPrint']);
  const file = ((await staff.agent('GET', `/api/v1/readings/${agents}`)).json['files'] as { id: string }[])[0]?.id;
  for (const [method, path] of [
    ['POST', `/api/v1/readings/${agents}/print`],
    ['POST', `/readings/${agents}/print`],
    ['GET', `/api/v1/readings/${agents}/files/${file}?print=1`],
  ] as const) {
    const refused = await staff.agent(method, path);
    t.is(refused.status, 403, path);
    t.false(refused.text.includes(SECRET));
  }
  t.true((await actsOf(agents)).includes('reading.refused'));
  t.false((await actsOf(agents)).includes('reading.print'));
  t.is((await staff.manager('POST', `/api/v1/readings/${agents}/print`)).status, 404, 'nobody prints under the reading of another');
});

test.serial('R53: a reading that was opened without the right does not come by it later', async (t) => {
  const own = await reading(staff.manager);
  await server.database.owner.tx(async (tx) => {
    await tx.run(sql`alter table readings disable trigger readings_audited`);
    await tx.run(sql`update readings set may_print = false where id = ${own}`);
    await tx.run(sql`alter table readings enable trigger readings_audited`);
  });
  t.is((await staff.manager('POST', `/api/v1/readings/${own}/print`)).status, 403);
});

const shows = (page: Page, text: string): Promise<boolean> =>
  page.locator('body').evaluate((body, wanted) => (body as unknown as { innerText: string }).innerText.includes(wanted), text);

inBrowser("a browser's own print of the reading view holds the cover and a line, never the content", async (t) => {
  for (const [username, line] of [
    ['agent.one', /Printing is not allowed/],
    ['manager', /use the “Print” button/],
  ] as const) {
    const { page, context } = await deskOf(browser, server, username);
    const id = await reading(username === 'manager' ? staff.manager : staff.agent);
    await page.goto(`/readings/${id}`);
    t.true(await shows(page, SECRET), 'on the screen it stands');
    t.is((await page.locator('form[action$="/print"]').count()) > 0, username === 'manager');
    await page.emulateMedia({ media: 'print' });
    t.false(await shows(page, SECRET));
    t.false(await shows(page, '138'), 'no phone number either');
    t.regex(await page.locator('body').innerText(), line);
    await shoot(page, `reading-printed-${username}`);
    await context.close();
  }
});

inBrowser('R53: the Print button opens a print view with content and mark, and each opening is an entry', async (t) => {
  const { page, context, pictures, choose } = await deskOf(browser, server, 'manager');
  const id = await reading(staff.manager);
  await page.goto(`/readings/${id}`);
  await pictures('reading-may-print');
  const [print] = await Promise.all([context.waitForEvent('page'), page.click('.reading-bar form[action$="/print"] button')]);
  await print.waitForLoadState();
  t.true(await shows(print, SECRET));
  t.deepEqual(await faults(print), []);
  await shoot(print, 'print-view');
  await print.emulateMedia({ media: 'print' });
  t.true(await shows(print, SECRET));
  t.regex(await print.locator('.print-mark').innerText(), /Printed by manager/);
  t.false(await print.locator('[data-print]').isVisible());
  t.is((await actsOf(id)).filter((act) => act === 'reading.print').length, 1);
  await print.close();

  const view = (await staff.manager('GET', `/api/v1/readings/${id}`)).json['files'] as { id: string }[];
  await page.goto(`/readings/${id}?file=${view[0]?.id}`);
  await choose('zh');
  const [paper] = await Promise.all([context.waitForEvent('page'), page.click('#files form[action$="/print"] button')]);
  await paper.waitForLoadState();
  t.true(await shows(paper, FILE));
  t.false(await shows(paper, SECRET), 'a file is printed alone');
  await shoot(paper, 'print-file-zh');
  t.is((await actsOf(id)).filter((act) => act === 'reading.print').length, 2);
  await context.close();
});
