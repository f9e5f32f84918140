import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { CodedError } from '../../src/errors/index.js';
import { testDraft } from '../support/archive.js';
import { multipart, staffed, testServer, type Client, type Staff, type TestServer } from '../support/server.js';
import { faults, listen, shoot, WAYS } from './look.js';
import { findChromium, launch } from './support.js';

const chromiumPath = findChromium();
const inBrowser = chromiumPath === undefined ? test.skip : test.serial;
const PASSWORD = 'correct horse battery staple';
let server: TestServer;
let staff: Staff;
let browser: Browser;
let context: BrowserContext;
let first: string;

async function capture(client: Client, change: Record<string, unknown>, files: Parameters<typeof multipart>[2] = []): Promise<string> {
  const made = await client('POST', '/api/v1/records', multipart('record', testDraft(change), files));
  if (made.status !== 201) throw new Error(made.text);
  return String(made.json['id']);
}

/** The index follows the catalogue within a moment. */
async function findable(q: string, count: number): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const { json } = await staff.agent('POST', '/api/v1/search', { q });
    if (json['total'] === count) return;
    await sleep(200);
  }
  throw new Error(`${q} is not found ${count} times`);
}

test.before(async (t) => {
  t.timeout(240_000);
  if (chromiumPath === undefined) {
    t.log('Skipped: no Chromium. Install it (Debian: apt-get install chromium fonts-noto-cjk) or set LANTAI_CHROMIUM to its path.');
    return;
  }
  server = await testServer({ worker: true });
  staff = await staffed(server);
  first = await capture(
    staff.agent,
    {
      serviceNo: 'FIND-0001',
      client: { number: 'C-7001', name: '王小明', type: 'individual', phone: '13912345678' },
      title: '光猫退款',
      content: '客户要求退款，联系电话 13912345678，订单 13800138000。',
      solution: '已办理退款三十元，原路退回。',
      serviceType: 'complaint',
      result: '已解决',
      handling: '核对扣费后退款。',
      feedback: { kind: 'complaint', priority: 'normal', demand: '退款', assignedTo: '李静' },
    },
    [{ name: '说明.txt', type: 'text/plain', content: Buffer.from('退款申请的说明') }],
  );
  for (let i = 0; i < 24; i++) await capture(staff.agent, { title: `断网报修第 ${i} 次`, solution: '上门更换网线，测速正常。' });
  await findable('断网', 24);
  await findable('退款', 1);
  browser = await launch(chromiumPath);
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, baseURL: server.serving.url });
  const page = await context.newPage();
  await page.goto('/sign-in');
  await page.fill('[name=username]', 'agent.one');
  await page.fill('[name=password]', PASSWORD);
  await page.click('main form button.primary');
  await page.waitForURL(`${server.serving.url}/`);
  await page.close();
  await choose('zh', 'light');
});

test.after.always(async () => {
  await browser?.close();
  await server?.close();
});

async function choose(lang: string, theme: string): Promise<void> {
  await context.addCookies(
    [
      ['__Host-lang', lang],
      ['__Host-theme', theme],
    ].map(([name = '', value = '']) => ({ name, value, url: server.serving.url.replace('http:', 'https:'), secure: true })),
  );
}

/** Types into the box of whatever page this is, as a person does. */
async function find(page: Page, q: string): Promise<void> {
  await page.keyboard.press('/');
  await page.locator('#find').fill(q);
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
}

inBrowser('R48: words typed into the box find, what was done at last comes first, and hits are marked', async (t) => {
  const page = await context.newPage();
  await page.goto('/');
  await find(page, '退款');
  t.is(new URL(page.url()).searchParams.get('q'), '退款');
  const hit = page.locator('[data-hit]');
  t.is(await hit.count(), 1);
  t.regex((await hit.locator('.hit-solution').textContent()) ?? '', /最后的处理\s+已办理退款三十元/);
  t.true((await hit.locator('mark').allTextContents()).every((text) => text === '退款'));
  t.false((await page.content()).includes('13912345678'), 'R88: masked in what is shown');
  await find(page, '退款 -光猫');
  t.is(await hit.count(), 0);
  await find(page, '退款 类型:投诉');
  t.is(await hit.count(), 1);
  t.deepEqual(await page.locator('ul.chips .chip.on b').allTextContents(), ['投诉']);
  await page.locator('ul.chips .chip.on').click();
  await page.waitForURL((url) => url.searchParams.get('q') === '退款');
  await page.keyboard.press('j');
  await Promise.all([page.waitForURL(`**/records/${first}`), page.keyboard.press('Enter')]);
  await page.close();
});

inBrowser('a whole number opens its record at once; a telephone number finds it and never stands in an address', async (t) => {
  const page = await context.newPage();
  const addresses: string[] = [];
  page.on('request', (request) => addresses.push(request.url()));
  await page.goto('/');
  await find(page, 'FIND-0001');
  t.true(page.url().endsWith(`/records/${first}`));
  await find(page, '139 1234 5678');
  t.true(page.url().endsWith(`/records/${first}`));
  await find(page, '13812345678');
  t.regex((await page.locator('h1').textContent()) ?? '', /138\*\*\*\*5678/);
  t.true((await page.locator('[data-hit]').count()) > 1);
  t.is(await page.locator('#find').inputValue(), '138****5678');
  await Promise.all([page.waitForEvent('load'), page.locator('.sorts button', { hasText: '最早办结' }).click()]);
  t.is(await page.locator('.sorts [aria-current]').textContent(), '最早办结');
  t.false(addresses.some((url) => /1(38|39)[\s+%0-9]*5678/.test(url)));
  await page.close();
});

inBrowser('completion offers filters, values and numbers by keyboard', async (t) => {
  const page = await context.newPage();
  await page.goto('/');
  await page.keyboard.press('/');
  await page.keyboard.type('类');
  // not one of the recent searches that stood there before anything was typed
  await page.locator('[role=option] .name', { hasText: /^类型:$/ }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.locator('[role=option]', { hasText: '投诉' }).waitFor();
  const values = await page.locator('[role=option] .name').allTextContents();
  t.true(values.some((text) => text.includes('投诉')) && !values.some((text) => text.includes('培训')), 'only what there is to find');
  await page.keyboard.press('ArrowDown');
  const taken = (await page.locator('[role=option][aria-selected=true] .name').textContent()) ?? '';
  await page.keyboard.press('Tab');
  t.is((await page.locator('#find').inputValue()).trim(), taken);
  await page.locator('#find').fill('FIND');
  await page.locator('#find').fill('FIND-0');
  await page.locator('[role=option]', { hasText: 'FIND-0001' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await Promise.all([page.waitForURL(`**/records/${first}`), page.keyboard.press('Enter')]);
  await page.close();
});

inBrowser('facets narrow down and widen again; pages turn back and forth; without script too', async (t) => {
  for (const javaScriptEnabled of [true, false]) {
    const own = await browser.newContext({ baseURL: server.serving.url, javaScriptEnabled, storageState: await context.storageState() });
    const page = await own.newPage();
    await page.goto(`/find?q=${encodeURIComponent('断网')}&sort=newest`);
    t.is(await page.locator('[data-hit]').count(), 20);
    t.regex((await page.locator('.head').textContent()) ?? '', /共 24 件 · 第 1—20 件/);
    const top = await page.locator('[data-open]').first().getAttribute('href');
    await Promise.all([page.waitForEvent('load'), page.locator('[rel=next]').click()]);
    t.is(await page.locator('[data-hit]').count(), 4);
    t.is(await page.locator('[rel=next]').count(), 0);
    await Promise.all([page.waitForEvent('load'), page.locator('[rel=prev]').click()]);
    t.is(await page.locator('[data-open]').first().getAttribute('href'), top);
    const facet = page.locator('a.facet', { hasText: '常规服务' });
    t.is(await facet.locator('.number').textContent(), '24');
    await Promise.all([page.waitForEvent('load'), facet.click()]);
    t.is(await page.locator('a.facet[aria-current=true] .name').first().textContent(), '常规服务');
    await Promise.all([page.waitForEvent('load'), page.locator('a.facet[aria-current=true]').first().click()]);
    t.is(new URL(page.url()).searchParams.get('q')?.trim(), '断网');
    await own.close();
  }
});

inBrowser("a search is saved, stands at home and on the empty page, is removed and brought back; recent ones are one's own", async (t) => {
  const page = await context.newPage();
  await page.goto(`/find?q=${encodeURIComponent('断网 类型:常规服务')}`);
  await page.keyboard.press('s');
  await page.keyboard.type('断网的常规服务');
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  t.is(await page.locator('#saved li a').first().textContent(), '断网的常规服务');
  t.true((await page.locator('#recent li').count()) > 1);
  await page.goto(`/find?q=${encodeURIComponent('退款')}`);
  await page.keyboard.press('s');
  await page.keyboard.type('断网的常规服务');
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  t.is(await page.locator('[data-save] input[name=name]').getAttribute('aria-invalid'), 'true', 'a name stands there once');
  await page.goto('/');
  await Promise.all([page.waitForEvent('load'), page.locator('main a', { hasText: '断网的常规服务' }).click()]);
  t.is(await page.locator('[data-hit]').count(), 20);
  await page.goto('/find');
  await Promise.all([page.waitForEvent('load'), page.locator('#saved button').click()]);
  t.is(await page.locator('#saved li').count(), 0);
  await Promise.all([page.waitForEvent('load'), page.locator('main button', { hasText: '撤销' }).click()]);
  t.is(await page.locator('#saved li').count(), 1);
  await Promise.all([page.waitForEvent('load'), page.locator('#recent button', { hasText: '清空' }).click()]);
  t.is(await page.locator('#recent li').count(), 0);
  await page.close();
});

inBrowser('nothing found, not understood: each says what to do', async (t) => {
  const page = await context.newPage();
  await page.goto('/');
  await find(page, '没有这样的词 类型:投诉');
  t.regex((await page.locator('.nothing').textContent()) ?? '', /没有找到.*只会列出您可以看到的档案.*去掉条件「服务类型：投诉」再找/s);
  const answer = await page.goto(`/find?q=${encodeURIComponent('退款 类型:没有')}`);
  t.is(answer?.status(), 422);
  t.is(await page.locator('mark.wrong').textContent(), '类型:没有');
  t.regex((await page.locator('#find-problems').textContent()) ?? '', /第 4 个字起/);
  await page.close();
});

inBrowser('with the engine away the page says so with 503, and numbers are still found', async (t) => {
  const { engine } = server.serving.archive.search;
  const query = engine.query.bind(engine);
  engine.query = () => Promise.reject(new CodedError('search_unavailable'));
  const page = await context.newPage();
  try {
    const answer = await page.goto(`/find?q=${encodeURIComponent('断网')}`);
    t.is(answer?.status(), 503);
    t.regex((await page.locator('main').textContent()) ?? '', /暂时不能按文字查找.*照常可以查到/s);
    await find(page, 'FIND-0001');
    t.true(page.url().endsWith(`/records/${first}`));
    await find(page, '13812345678');
    t.true((await page.locator('[data-hit]').count()) > 1);
    t.regex((await page.locator('main').textContent()) ?? '', /暂时只按编号、电话和日期查找了/);
  } finally {
    engine.query = query;
  }
  await page.goto(`/find?q=${encodeURIComponent('断网')}`);
  t.is(await page.locator('[data-hit]').count(), 20);
  await page.close();
});

inBrowser("R88: the record's page says what can be searched and what was masked; a false alarm is reported from it", async (t) => {
  const page = await context.newPage();
  for (let i = 0; i < 50 && (await page.locator('.filelist .state.good').count()) === 0; i++) {
    await page.goto(`/records/${first}`);
    await sleep(200);
  }
  t.regex((await page.locator('.filelist').textContent()) ?? '', /文字可以查到/);
  t.regex((await page.locator('main').textContent()) ?? '', /电话\s*2 处/);
  const report = page.locator('details[data-confirm]', { hasText: '报告误判' });
  await report.locator('summary').click();
  await report.locator('input[name=text]').fill('没有什么');
  await Promise.all([page.waitForEvent('load'), report.locator('button').click()]);
  t.is(await page.locator('input[name=text]').getAttribute('aria-invalid'), 'true');
  await page.locator('input[name=text]').fill('13800138000');
  await Promise.all([page.waitForEvent('load'), report.locator('button').click()]);
  t.regex((await page.locator('.flash').textContent()) ?? '', /已报告/);
  await findable('13800138000', 1);
  await page.close();
});

inBrowser('every page of finding looks right in both languages and themes, on a desk and on a phone', async (t) => {
  t.timeout(240_000);
  const page = await context.newPage();
  const complaints = listen(page);
  const wrong: string[] = [];
  for (const { lang, theme, width } of WAYS) {
    await choose(lang, theme);
    await page.setViewportSize({ width, height: 900 });
    for (const [name, path] of Object.entries({
      find: '/find',
      results: `/find?q=${encodeURIComponent('断网')}`,
      record: `/records/${first}`,
      list: '/records',
    })) {
      complaints.length = 0;
      await page.goto(path);
      complaints.push(...(await faults(page)));
      await shoot(page, `find-${name}-${lang}-${theme}-${width}`);
      wrong.push(...complaints.map((what) => `${name} ${lang} ${theme} ${width}: ${what}`));
    }
  }
  await choose('zh', 'light');
  await page.close();
  t.deepEqual(wrong, []);
});

test.serial('R49: who may find but not read is told whom to ask, and sees nothing of the content', async (t) => {
  if (chromiumPath === undefined) return t.pass();
  const shown = await staff.otherAgent('GET', `/find?q=${encodeURIComponent('断网')}`);
  t.is(shown.status, 200);
  t.regex(shown.text, /您不能查阅。需要时请联系形成部门（客服热线部）或档案管理员/);
  t.false(/测速正常|掉线|data-read=/.test(shown.text));
  const record = await staff.otherAgent('GET', `/records/${first}`);
  t.false(record.text.includes('可查找性'), 'kinds and counts of personal data are content');
});

test.serial('the system page shows the index and has it built anew, for who runs the machine alone', async (t) => {
  if (chromiumPath === undefined) return t.pass();
  t.is((await staff.agent('POST', '/system/rebuild-index', '', { 'Content-Type': 'application/x-www-form-urlencoded' })).status, 403);
  const shown = await staff.systemAdmin('GET', '/system');
  t.regex(shown.text, /id="index"/);
  const done = await staff.systemAdmin('POST', '/system/rebuild-index', '', { 'Content-Type': 'application/x-www-form-urlencoded' });
  t.is(done.status, 303);
  t.is((await staff.systemAdmin('GET', '/system/index/progress')).status, 200);
  await findable('断网', 24);
});
