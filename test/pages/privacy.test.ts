import type { ExecutionContext } from 'ava';
import type { Browser } from 'playwright-core';
import { testDraft } from '../support/archive.js';
import { archiveDay } from '../support/day.js';
import type { Staff, TestServer } from '../support/server.js';
import { deskOf, type Desk } from './desk.js';
import { faults, shoot, WAYS } from './look.js';
import { inBrowser, stage } from './stage.js';

const CLIENT = 'C-PRIV-1';
let server: TestServer;
let staff: Staff;
let browser: Browser;

stage((made) => void ({ server, staff, browser } = made));

/** The page that stands open: in Chinese on a desk, in English on a phone. */
async function look(t: ExecutionContext, desk: Desk, name: string): Promise<void> {
  const { page } = desk;
  const wrong: string[] = [];
  for (const { lang, theme, width } of [WAYS[0], WAYS[2]]) {
    await desk.choose(lang, theme);
    await page.setViewportSize({ width, height: 900 });
    await page.goto(page.url());
    if ((await page.getAttribute('html', 'lang'))?.startsWith(lang) !== true) wrong.push(`${name}: not in ${lang}`);
    await page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })");
    wrong.push(...(await faults(page)).map((what) => `${name} ${lang} ${theme} ${width}: ${what}`));
    await shoot(page, `${name}-${lang}-${theme}-${width}`);
  }
  await desk.choose('en');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(page.url());
  t.deepEqual(wrong, []);
}

async function step(desk: Desk, name: string, fields: Readonly<Record<string, string>>): Promise<string> {
  const form = desk.page.locator(`form[action$="/${name}"]`);
  await desk.page.locator('details', { has: form }).locator('summary').click();
  for (const [field, value] of Object.entries(fields)) {
    const input = form.locator(`[name=${field}]`);
    if (await input.evaluate((node) => node.nodeName === 'SELECT')) await input.selectOption(value);
    else await input.fill(value);
  }
  await form.locator('button').click();
  return desk.page.locator('.flash').innerText();
}

inBrowser('PIPL 50: a clerk registers and works on a request, another person decides; a restriction is proposed and confirmed', async (t) => {
  t.timeout(180_000);
  const clerk = await deskOf(browser, server, 'clerk');
  await clerk.page.goto('/');
  await clerk.page.click('nav a[href="/privacy"]');
  t.regex(await clerk.page.locator('.empty').innerText(), /No such request/);
  await look(t, clerk, 'privacy-empty');

  await clerk.page.click('summary:has-text("Register a request")');
  const form = clerk.page.locator('form[action="/privacy"]');
  await form.locator('[name=kind]').selectOption('restriction');
  await form.locator('[name=channel]').selectOption('email');
  await form.locator('[name=client]').fill(CLIENT);
  await form.locator('[name=receivedOn]').fill('2999-01-01');
  await form.locator('[name=name]').fill('Zhou <b>Min</b>');
  await form.locator('[name=contact]').fill('zhou@example.com');
  await form.locator('[name=asked]').fill('请不要再使用我的记录');
  await form.locator('button').click();
  t.is(await form.locator('[name=receivedOn][aria-invalid=true]').count(), 1, 'a day to come is refused beside its field');
  t.is(await form.locator('[name=asked]').inputValue(), '请不要再使用我的记录', 'every word is kept');
  const long = archiveDay(-60);
  await form.locator('[name=receivedOn]').fill(long);
  await form.locator('button').click();
  await clerk.page.waitForURL(/\/privacy\/[0-9a-f-]{36}$/);
  const address = clerk.page.url();
  t.regex(await clerk.page.locator('h1').innerText(), /^P-\d{4}-000001/);
  t.regex(await clerk.page.locator('main').innerText(), /Zhou <b>Min<\/b>/);

  t.regex(await step(clerk, 'letter', { kind: 'refusal', lang: 'en' }), /Not done/, 'no refusal before a decision');
  t.regex(await step(clerk, 'identify', { method: 'call_back', note: 'Called back' }), /Saved/);
  t.regex(await step(clerk, 'examine', { note: 'Objection is founded' }), /Saved/);
  t.regex(await clerk.page.locator('main').innerText(), /somebody other than who registered it decides/);
  t.is(await clerk.page.locator('form[action$="/decide"]').count(), 0);
  await look(t, clerk, 'privacy-request');

  const manager = await deskOf(browser, server, 'manager');
  await manager.page.goto('/privacy?overdue=1');
  t.regex(await manager.page.locator('tbody tr').innerText(), /P-\d{4}-000001[^]*days overdue/);
  await look(t, manager, 'privacy-overdue');
  await manager.page.click('tbody a');
  const decision = { outcome: 'fulfil', note: 'The client may object' };
  const shown = manager;
  await shown.page.goto(address);
  t.regex(await step(shown, 'decide', { outcome: 'refuse', note: 'No ground named' }), /Not done/);
  t.regex(await step(shown, 'decide', decision), /Saved/);
  t.regex(await shown.page.locator('main').innerText(), /Before the answer there is still missing/);

  await clerk.page.goto(address);
  t.regex(await step(clerk, 'letter', { kind: 'fulfilment', lang: 'zh' }), /Saved/);
  const letter = await clerk.page.locator('a[href*="/letters/"]').getAttribute('href');
  const pdf = await clerk.context.request.get(String(letter));
  t.is(pdf.headers()['content-type'], 'application/pdf');
  t.is((await pdf.body()).subarray(0, 5).toString(), '%PDF-');
  t.regex(await step(clerk, 'answer', { note: 'Sent' }), /Not done/, 'what was granted is not done yet');
  t.deepEqual(
    [...clerk.complaints, ...shown.complaints].filter((one) => !/422/.test(one)),
    [],
  );

  await restricts(t, address, shown);
  await clerk.context.close();
  await shown.context.close();
});

/** The compliance officer proposes, another person confirms, and so it is released. */
async function restricts(t: ExecutionContext, address: string, manager: Desk): Promise<void> {
  const officer = await deskOf(browser, server, 'compliance');
  await officer.page.goto('/restrictions');
  t.regex(await officer.page.locator('.empty').innerText(), /No restriction/);
  const proposal = { ground: 'objection', reason: 'Article 44' };
  await officer.page.goto(address);
  t.regex(await step(officer, 'restrictions', proposal), /Not done/, 'a client without records has nothing to restrict');
  const made = await staff.agent('POST', '/api/v1/records', testDraft({ client: { number: CLIENT, name: '周敏', type: 'individual', phone: '13812345678' } }));
  t.is(made.status, 201, made.text);
  t.regex(await step(officer, 'restrictions', proposal), /Saved/);
  await officer.page.click('main a[href^="/restrictions/"]');
  t.regex(await officer.page.locator('main').innerText(), /another person has to confirm/);
  t.is(await officer.page.locator('[name=agree][value="1"]').count(), 0);
  await look(t, officer, 'restriction-own');
  const restriction = officer.page.url();

  await manager.page.goto('/restrictions');
  await look(t, manager, 'restrictions');
  await manager.page.click('tbody a');
  await look(t, manager, 'restriction-other');
  const asks = (value: '0' | '1') => manager.page.locator(`details[data-confirm]:has([name=agree][value="${value}"])`);
  t.false(await asks('0').locator('form button').isVisible(), 'refusing asks first, too');
  await asks('0').locator('summary').click();
  t.regex(await asks('0').innerText(), /used as before and the proposal is over/);
  await look(t, manager, 'restriction-refuse');
  await manager.page.reload();
  await asks('1').locator('summary').click();
  t.regex(await asks('1').innerText(), /only kept and no longer used/);
  await asks('1').locator('form button').click();
  t.regex(await manager.page.locator('.flash').innerText(), /Saved/);
  t.is((await staff.agent('GET', `/api/v1/records/${String(made.json['id'])}`)).status, 404, 'kept, no longer used');

  await officer.page.goto(restriction);
  await officer.page.fill('form[action$="/release"] [name=reason]', 'The client took it back');
  await officer.page.click('form[action$="/release"] button');
  t.is(await officer.page.locator('[name=agree][value="1"]').count(), 0, 'nobody releases what he proposed to release');
  await manager.page.goto(restriction);
  await asks('0').locator('summary').click();
  t.regex(await asks('0').innerText(), /stay stored only/);
  await asks('0').locator('form button').click();
  t.regex(await manager.page.locator('.flash').innerText(), /Saved/);
  t.is((await staff.agent('GET', `/api/v1/records/${String(made.json['id'])}`)).status, 404, 'still only kept');
  await officer.context.close();
}

inBrowser('R103: the register of disclosures names who got what on which basis; empty it says so, and a client’s copy has its page', async (t) => {
  t.timeout(180_000);
  const client = 'C-PRIV-2';
  await staff.agent('POST', '/api/v1/records', testDraft({ client: { number: client, name: '吴桐', type: 'individual', phone: '13912345678' } }));
  const officer = await deskOf(browser, server, 'compliance');
  await officer.page.goto('/disclosures');
  t.regex(await officer.page.locator('.empty').innerText(), /Nothing was disclosed/);
  await look(t, officer, 'disclosures-empty');

  const api = '/api/v1/privacy/requests';
  const ask = { kind: 'copy', channel: 'email', client, asked: '请给我一份副本', name: '吴桐', contact: 'wu@example.com' };
  const made = await staff.clerk('POST', api, ask);
  t.is(made.status, 201, made.text);
  const id = String(made.json['id']);
  await staff.clerk('POST', `${api}/${id}/identify`, { method: 'account', note: 'Signed in' });
  await staff.clerk('POST', `${api}/${id}/examine`, { note: 'Examined' });
  const decided = await staff.manager('POST', `${api}/${id}/decide`, { outcome: 'fulfil', reason: 'Granted' });
  t.is(decided.status, 204, decided.text);
  await officer.page.goto(`/privacy/${id}`);
  await look(t, officer, 'privacy-copy');
  await officer.context.close();

  t.is((await staff.agent('GET', '/disclosures')).status, 403);
});
