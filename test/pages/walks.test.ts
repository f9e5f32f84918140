import type { Browser } from 'playwright-core';
import { sql } from '../../src/db/index.js';
import { Sheet } from '../../src/documents/index.js';
import { testDraft } from '../support/archive.js';
import { enrol, nextCode } from '../support/second-factor.js';
import { multipart, PASSWORD, type Staff, type TestServer } from '../support/server.js';
import { deskOf } from './desk.js';
import { faults, shoot } from './look.js';
import { inBrowser, stage } from './stage.js';
import { acts, answer, apply, blackOut, day, fetched, hire, idAt, inspect, mainText, read, refusals, send, sound, triesToLeave } from './walking.js';

const SECRET = 'SECRET-13912345678';

let server: TestServer;
let staff: Staff;
let browser: Browser;

stage(async (made) => {
  ({ server, staff, browser } = made);
  for (const [username, role, department] of [
    ['head.field', 'supervisor', 'field'],
    ['head.hotline', 'supervisor', 'hotline'],
    ['executive', 'executive', 'archive'],
  ] as const)
    await hire(server, staff, username, role, department);
  // whoever is asked for a second factor by his office has one; the agent enrols for what is highly sensitive
  await enrol(staff.agent, server.serving.url, 'agent.one');
});

inBrowser('R41, R42, R44: five persons, the whole way of an internal and of a confidential reading, and no step skipped', async (t) => {
  t.timeout(300_000);
  const other = await staff.otherAgent('POST', '/api/v1/records', testDraft({ serviceNo: 'WALK-1', department: 'field', sensitivity: 'sensitive' }));
  const secret = await staff.clerk('POST', '/api/v1/records', testDraft({ serviceNo: 'WALK-2', sensitivity: 'highly_sensitive' }));
  t.deepEqual([other.status, secret.status], [201, 201], other.text + secret.text);
  const record = String(other.json['id']);
  const hidden = String(secret.json['id']);
  const agent = await deskOf(browser, server, 'agent.one');
  const head = await deskOf(browser, server, 'head.field');
  const manager = await deskOf(browser, server, 'manager');
  const executive = await deskOf(browser, server, 'executive');
  const compliance = await deskOf(browser, server, 'compliance');

  // internal: another department's record → its head → the records manager → read → handed back
  const one = await apply(agent, 'WALK-1');
  await sound(t, agent, 'walk-internal-applied');
  const decide = `/api/v1/requests/${one.id}/decide`;
  const yes = (step: number) => ({ step, agree: true, reason: 'x' });
  t.deepEqual(await send(manager.page, decide, yes(1)), [409, 'wrong_state'], 'before the head');
  t.deepEqual(await send(agent.page, `/api/v1/requests/${one.id}/return`, { result: 'solved' }), [409, 'wrong_state'], 'before approval');
  t.deepEqual(await send(manager.page, `/api/v1/requests/${one.id}/recall`, {}), [409, 'wrong_state'], 'before approval');
  t.is((await fetched(agent.page, `/records/${record}`)).status, 404, 'not found before it is granted');
  await answer(t, head, 'zh', one.number, 'walk-internal-head');
  t.regex(await mainText(head), /已同意/);
  t.deepEqual(await send(head.page, decide, yes(0)), [409, 'wrong_state'], 'twice');
  t.deepEqual(await send(head.page, decide, yes(1)), [409, 'same_person'], 'two steps by one person');
  await answer(t, manager, 'en', one.number, 'walk-internal-manager');
  t.regex(await mainText(manager), /Approved/);
  t.deepEqual(await send(manager.page, decide, yes(1)), [409, 'wrong_state'], 'once decided');
  t.deepEqual(await send(agent.page, `/api/v1/requests/${one.id}/withdraw`, {}), [409, 'wrong_state'], 'once approved');
  await read(t, agent, record, one.number, 'walk-internal-read');
  t.is(await agent.page.locator('form[action$="/recall"]').count(), 0);
  await manager.page.goto(`/requests/${one.id}`);
  const recall = manager.page.locator('details[data-confirm]:has(form[action$="/recall"])');
  await recall.locator('summary').click();
  t.regex(await recall.innerText(), /stays good until/);
  await recall.locator('form button').click();
  t.regex(await mainText(manager), /the applicant is told/);
  await agent.choose('zh');
  await agent.page.goto('/');
  t.true((await mainText(agent)).includes(`${one.number} 档案部门请您归还`), 'told on the home page');
  await agent.page.goto(`/requests/${one.id}`);
  await agent.page.selectOption('[name=result]', 'solved');
  await agent.page.fill('[name=note]', '已核对');
  await agent.page.click('form[action$="/return"] button');
  t.regex(await mainText(agent), /已归还/);
  t.deepEqual(await send(agent.page, `/api/v1/requests/${one.id}/return`, { result: 'solved' }), [409, 'wrong_state'], 'twice');
  t.is((await fetched(agent.page, `/records/${record}`)).status, 404, 'gone with the grant');

  // confidential: the executive authorises, compliance is told, and reading asks for the second factor
  await agent.choose('en');
  const two = await apply(agent, 'WALK-2');
  t.regex(await mainText(agent), /nothing of its way is shown/);
  await sound(t, agent, 'walk-confidential-applied');
  t.deepEqual(await send(agent.page, `/api/v1/requests/${two.id}/return`, { result: 'solved' }), [409, 'wrong_state']);
  t.is((await send(manager.page, `/api/v1/requests/${two.id}/decide`, yes(0)))[0], 404, 'no step of the manager’s');
  await answer(t, executive, 'zh', two.number, 'walk-confidential-executive');
  t.regex(await mainText(executive), /已批准/);
  t.deepEqual(await send(executive.page, `/api/v1/requests/${two.id}/decide`, yes(0)), [409, 'wrong_state']);
  for (const lang of ['zh', 'en'] as const) {
    await compliance.choose(lang);
    await compliance.page.goto('/');
    t.true((await mainText(compliance)).includes(two.number), 'compliance is told');
    t.deepEqual(await faults(compliance.page), []);
  }
  const bare = server.client();
  await bare('POST', '/api/v1/sessions', { username: 'agent.one', password: PASSWORD });
  const unshown = await bare('POST', `/api/v1/records/${hidden}/readings`, { purpose: 'dispute' });
  t.deepEqual([unshown.status, unshown.json['code']], [403, 'second_factor_required']);
  await read(t, agent, hidden, two.number, 'walk-confidential-read');
  await agent.page.goto(`/requests/${two.id}`);
  await agent.page.selectOption('[name=result]', 'partly');
  await agent.page.click('form[action$="/return"] button');
  t.regex(await mainText(agent), /Handed back/);

  // compliance sees who read what and why, in the register and in both applications
  await compliance.page.goto('/requests/register');
  await sound(t, compliance, 'walk-register');
  const register = await mainText(compliance);
  for (const { number } of [one, two]) t.true(register.includes(number));
  await compliance.page.goto(`/requests/${two.id}`);
  t.deepEqual(await faults(compliance.page), []);
  const form = await fetched(compliance.page, `/requests/${one.id}/form.pdf`);
  t.true(form.bytes.includes('ETSI.CAdES.detached'));

  t.deepEqual(
    await refusals(server, one.id),
    [
      'decide same_person',
      'decide wrong_state',
      'decide wrong_state',
      'decide wrong_state',
      'hand_back wrong_state',
      'hand_back wrong_state',
      'recall wrong_state',
      'withdraw wrong_state',
    ],
    'every skipped step stands in the log',
  );
  t.deepEqual(await refusals(server, two.id), ['decide not_found', 'decide wrong_state', 'hand_back wrong_state']);
  for (const { id } of [one, two]) for (const act of ['request.apply', 'request.agree', 'request.return']) t.true((await acts(server, id)).includes(act), act);
  t.deepEqual(
    [...agent.complaints, ...head.complaints, ...manager.complaints, ...executive.complaints, ...compliance.complaints].filter(
      (one) => !/status of 4\d\d|Clear-Site-Data header/.test(one),
    ),
    [],
  );
  for (const desk of [agent, head, manager, executive, compliance]) await desk.context.close();
});

inBrowser('R42, R46, R103: the outsider’s way, from the clerk’s application over three approvals to reading on site and a certified copy', async (t) => {
  t.timeout(300_000);
  const sheet = new Sheet({
    title: { zh: '原件', en: 'Original' },
    archive: 'AUTHOR-OF-THE-FILE',
    madeAt: new Date(),
    zone: 'Asia/Shanghai',
    keywords: 'KEYWORD',
  });
  sheet.put('VISIBLE-LINE', 60, 200, { size: 20 });
  sheet.put(SECRET, 60, 400, { size: 20 });
  const file = { name: 'original.pdf', type: 'application/pdf', content: await sheet.finish() };
  const made = await staff.agent('POST', '/api/v1/records', multipart('record', testDraft({ serviceNo: 'WALK-3' }), [file]));
  t.is(made.status, 201, made.text);
  const record = String(made.json['id']);
  const clerk = await deskOf(browser, server, 'clerk');
  const head = await deskOf(browser, server, 'head.hotline');
  const manager = await deskOf(browser, server, 'manager');
  const executive = await deskOf(browser, server, 'executive');

  await clerk.choose('zh');
  await clerk.page.goto('/requests');
  await clerk.page.click('a[href="/requests/outside"]');
  t.deepEqual(await faults(clerk.page), []);
  const fill = (name: string, value: string) => clerk.page.fill(`[name="${name}"]`, value);
  await fill('outsider.name', '赵律师');
  await fill('outsider.organisation', '某某律师事务所');
  await clerk.page.selectOption('[name="disclosure.basis"]', 'separate_consent');
  await fill('disclosure.reference', '同意书 12 号');
  await fill('records', 'WALK-3');
  await clerk.page.selectOption('[name=purpose]', 'dispute');
  await fill('reason', '诉讼需要');
  await clerk.page.check('[name=form][value=copy]');
  await fill('to', day(5));
  const papers = async () => {
    for (const kind of ['letter', 'identity'])
      await clerk.page.setInputFiles(`[name=${kind}]`, { name: `${kind}.txt`, mimeType: 'text/plain', buffer: Buffer.from(`paper ${kind}`) });
  };
  await papers();
  await clerk.page.click('main form button.primary');
  t.regex(await clerk.page.locator('#errors').innerText(), /影响评估/, 'a disclosure without the number of its assessment');
  t.deepEqual(await faults(clerk.page), []);
  await fill('disclosure.assessment', 'PIA-2026-7');
  await papers();
  await clerk.page.click('main form button.primary');
  await clerk.page.waitForURL(/\/requests\/[0-9a-f-]{36}$/);
  const id = idAt(clerk);
  const number = (await clerk.page.locator('h1').innerText()).trim();
  await sound(t, clerk, 'walk-outside-applied');

  // every later step refused before its turn
  const api = `/api/v1/requests/${id}`;
  const visit = { place: '阅览室 2 号屏', identityChecked: true };
  const copy = { recordId: record, pages: [{ fileId: record, page: 1 }] };
  t.deepEqual(await send(clerk.page, `${api}/visits`, visit), [409, 'wrong_state']);
  t.deepEqual(await send(clerk.page, `${api}/certified-copies`, copy), [409, 'wrong_state']);
  t.deepEqual(await send(executive.page, `${api}/decide`, { step: 2, agree: true, reason: 'x' }), [409, 'wrong_state']);
  t.deepEqual(await send(manager.page, `${api}/decide`, { step: 1, agree: true, reason: 'x' }), [409, 'wrong_state']);
  await answer(t, head, 'zh', number, 'walk-outside-head');
  t.deepEqual(await send(executive.page, `${api}/decide`, { step: 2, agree: true, reason: 'x' }), [409, 'wrong_state']);
  await manager.page.goto(`/requests/${id}`);
  const letter = await manager.page.locator('a[href*="/papers/"]').first().getAttribute('href');
  t.is((await fetched(manager.page, letter ?? '')).bytes.toString(), 'paper letter', 'the letter, for whoever decides');
  await answer(t, manager, 'en', number, 'walk-outside-manager');
  t.deepEqual(await send(clerk.page, `${api}/visits`, visit), [409, 'wrong_state']);
  await answer(t, executive, 'zh', number, 'walk-outside-executive');
  t.regex(await mainText(executive), /已批准/);
  t.deepEqual(await send(clerk.page, `/api/v1/records/${record}/readings`, { purpose: 'dispute' }).then(([status]) => status), 201, 'by role, as ever');

  // a second window of the same browser, on something of the archive
  const other = await clerk.context.newPage();
  await other.goto(`/records/${record}`);
  // on site: identified, shown under the visitor's name, nothing to take along, signed for
  await clerk.page.goto(`/requests/${id}/visits`);
  t.deepEqual(await faults(clerk.page), []);
  await fill('place', visit.place);
  await clerk.page.click('main form button.primary');
  t.regex(await mainText(clerk), /核对/, 'not without the identity');
  await fill('place', visit.place);
  await clerk.page.check('[name=identityChecked]');
  await clerk.page.click('main form button.primary');
  await clerk.page.waitForURL(/\/on-site$/);
  const { id: visitId } = await server.database.owner.one<{ id: string }>(sql`select id from site_visits where request_id = ${id}`);
  t.true(/\/on-site$/.test(other.url()) || (await other.waitForURL(/\/on-site$/), true), 'the other window went there, too');
  await sound(t, clerk, 'walk-on-site');
  await clerk.page.click('main .shelf form button');
  await clerk.page.waitForURL(/\/readings\//);
  const reading = clerk.page.url().split('/').at(-1) ?? '';
  t.is(await clerk.page.locator('header.top, nav.nav, footer').count(), 0, 'no way to the rest of the archive');
  const mark = await clerk.page.locator('svg.watermark').first().textContent();
  t.true(mark?.includes('赵律师') && mark.includes(number));
  await clerk.page.click('#files a.title');
  await clerk.page.waitForURL(/file=/);
  const picture = clerk.page.locator('img.viewer');
  await picture.scrollIntoViewIfNeeded();
  await clerk.page.waitForFunction(() => (document.querySelector('img.viewer') as HTMLImageElement | null)?.naturalWidth);
  t.deepEqual(await faults(clerk.page), []);
  const fileId = new URL(clerk.page.url()).searchParams.get('file') ?? '';
  for (const way of ['', '?download=1', '?print=1'])
    t.is((await fetched(clerk.page, `/api/v1/readings/${reading}/files/${fileId}${way}`)).status, 403, `no byte of the file itself ${way}`);
  await triesToLeave(t, clerk, other, { record, reading, fileId });
  // only who stands by ends it
  await clerk.page.click('main details.confirm summary');
  await clerk.page.selectOption('[name=result]', 'solved');
  await fill('password', 'guessed by the visitor');
  await fill('code', '123456');
  await clerk.page.click('form[action="/on-site/end"] button');
  t.regex(await mainText(clerk), /密码|不正确/);
  t.deepEqual(await faults(clerk.page), []);
  t.is(await clerk.page.inputValue('[name=password]'), '');
  await fill('password', PASSWORD);
  await fill('code', nextCode(server.serving.url, 'clerk'));
  await clerk.page.click('form[action="/on-site/end"] button');
  t.regex(await mainText(clerk), /请说明理由/, 'unsigned without a word');
  await clerk.page.check('[name=signed]');
  await fill('password', PASSWORD);
  await fill('code', nextCode(server.serving.url, 'clerk'));
  await clerk.page.click('form[action="/on-site/end"] button');
  await clerk.page.waitForURL(/\/site-visits\//);
  t.regex(await mainText(clerk), /已在登记单上签名/);
  await other.close();
  await sound(t, clerk, 'walk-site-visit-ended');
  t.deepEqual(await send(clerk.page, `/api/v1/site-visits/${visitId}/readings`, { recordId: record }), [409, 'wrong_state']);
  t.deepEqual(await send(clerk.page, `/api/v1/site-visits/${visitId}/end`, { result: 'solved', signed: true }), [409, 'wrong_state']);
  const slip = await fetched(clerk.page, `/site-visits/${visitId}/slip.pdf`);
  t.true(slip.bytes.includes('ETSI.CAdES.detached'));

  // a certified copy with a passage blacked out
  await clerk.choose('en');
  await clerk.page.goto(`/requests/${id}/certified-copies`);
  await clerk.page.selectOption('[name=record]', record);
  await clerk.page.click('button[formaction$="/draw"]');
  await clerk.page.waitForFunction(() => (document.querySelector('.black-outs img') as HTMLImageElement | null)?.naturalWidth);
  t.deepEqual(await faults(clerk.page), []);
  const [page, canvas] = [await clerk.page.locator('.black-outs img').boundingBox(), await clerk.page.locator('[data-box-canvas]').boundingBox()];
  t.deepEqual(page, canvas, 'what is drawn on is the page, to the pixel');
  t.true((page?.height ?? 0) > (page?.width ?? 0), 'a page on end');
  t.is(await blackOut(clerk, [60, 20, 80, 25]), '1 1 60,20,20,5', 'drawn with the mouse');
  await clerk.page.locator('[data-box-canvas] rect').first().focus();
  await clerk.page.keyboard.press('Delete');
  t.is(await clerk.page.inputValue('[name=pages]'), '1 1', 'and taken away with a key');
  for (const [side, value] of Object.entries({ left: 5, top: 45, width: 40, height: 8 })) await clerk.page.fill(`[data-box-side=${side}]`, String(value));
  await clerk.page.keyboard.press('Enter');
  t.is(await clerk.page.inputValue('[name=pages]'), '1 1 5,45,40,8', 'typed as numbers');
  t.regex(await blackOut(clerk, [44, 45, 95, 53]), /^1 1 5,45,40,8 44(?:\.\d)?,45(?:\.\d)?,5[01](?:\.\d)?,[78](?:\.\d)?$/);
  t.deepEqual(await faults(clerk.page), []);
  await shoot(clerk.page, 'walk-drawn');
  await clerk.page.click('main form button.primary');
  await clerk.page.waitForSelector('.shelf a.code');
  await sound(t, clerk, 'walk-certified');
  const link = await clerk.page.locator('.shelf a.code').getAttribute('href');
  const pdf = await fetched(clerk.page, link ?? '');
  t.is(pdf.status, 200);
  await inspect(t, pdf.bytes, slip.bytes);

  await clerk.page.goto(`/requests/${id}`);
  await clerk.page.selectOption('[name=result]', 'solved');
  await clerk.page.click('form[action$="/return"] button');
  t.regex(await mainText(clerk), /Handed back/);
  t.deepEqual(await send(clerk.page, `${api}/certified-copies`, copy), [409, 'wrong_state']);
  t.deepEqual(await send(clerk.page, `${api}/visits`, visit), [409, 'wrong_state']);

  const log = await refusals(server, id);
  for (const [what, times] of [
    ['visit wrong_state', 3],
    ['certify wrong_state', 2],
    ['decide wrong_state', 3],
    ['visit_show wrong_state', 1],
    ['visit_end wrong_state', 1],
  ] as const)
    t.is(log.filter((one) => one === what).length, times, what);
  for (const act of [
    'request.apply',
    'request.agree',
    'request.paper',
    'request.visit_begin',
    'request.visit_show',
    'request.visit_end',
    'request.visit_slip',
    'request.return',
  ])
    t.true((await acts(server, id)).includes(act), act);
  const { n } = await server.database.owner.one<{ n: number }>(sql`select count(*)::int as n from disclosures where basis = 'separate_consent'`);
  t.is(n, 2, 'the application and the copy stand on the register of disclosures');
  t.deepEqual(
    [...clerk.complaints, ...head.complaints, ...manager.complaints, ...executive.complaints].filter(
      (one) => !/status of 4\d\d|Clear-Site-Data header/.test(one),
    ),
    [],
  );
  for (const desk of [clerk, head, manager, executive]) await desk.context.close();
});
