import type { Browser } from 'playwright-core';
import { testDraft } from '../support/archive.js';
import { archiveDay } from '../support/day.js';
import type { Staff, TestServer } from '../support/server.js';
import { deskOf } from './desk.js';
import { inBrowser, stage } from './stage.js';

const CLIENT = 'C-HOLD-PAGE';
let server: TestServer;
let staff: Staff;
let browser: Browser;

stage((made) => void ({ server, staff, browser } = made));

const ahead = (days: number): string => archiveDay(days);

inBrowser(
  'R34: a manager freezes from the record’s page; compliance sets a hold over a client with a preview, reviews it, and alone lifts nothing',
  async (t) => {
    t.timeout(180_000);
    const draft = { client: { number: CLIENT, name: 'Zhou', type: 'individual' }, title: 'Outage <b>of three days</b>' };
    const made = await staff.manager('POST', '/api/v1/records', testDraft(draft));
    t.is(made.status, 201, made.text);
    const record = String(made.json['id']);

    const manager = await deskOf(browser, server, 'manager');
    await manager.page.goto(`/records/${record}`);
    await manager.page.click('a:has-text("Hold this record")');
    t.regex(await manager.page.locator('main').innerText(), /1 record picked[^]*1 record that you may find will be held/);
    await manager.page.locator('[name=way]').selectOption('freeze');
    await manager.page.locator('[name=matter]').selectOption('complaint');
    t.is(await manager.page.locator('[name=reason]:invalid').count(), 1, 'no freeze without a reason');
    await manager.page.fill('[name=reason]', 'Complaint to the regulator');
    await manager.page.click('button[value=make]');
    await manager.page.waitForURL(/\/holds\/[0-9a-f-]{36}$/);
    t.regex(await manager.page.locator('main').innerText(), /H-\d{4}-0001[^]*Freeze \(72 hours\) · Complaint[^]*lapses/);
    t.is(await manager.page.locator('form[action$="/lift"]').count(), 0);
    const freeze = manager.page.url();

    const agent = await deskOf(browser, server, 'agent.one');
    await agent.page.goto(`/records/${record}`);
    const cover = await agent.page.locator('.cover').innerText();
    t.regex(cover, /1 disposal hold stands/);
    t.notRegex(cover, /H-\d{4}|regulator/, 'an agent sees that it is held, not why');
    t.is((await agent.page.goto(freeze))?.status(), 403);

    const officer = await deskOf(browser, server, 'compliance');
    await officer.page.goto('/holds');
    await officer.page.click('a:has-text("New hold")');
    const form = officer.page.locator('form[action="/holds/new"]');
    await form.locator('[name=reason]').fill('The client sues');
    await form.locator('[name=reviewOn]').fill(ahead(30));
    await form.locator('[name=query]').fill('outage');
    await form.locator('button[value=preview]').click();
    t.is(await form.locator('[name=query][aria-invalid=true]').count(), 1, 'words are refused beside their field');
    t.is(await form.locator('[name=reason]').inputValue(), 'The client sues', 'every word is kept');
    await form.locator('[name=query]').fill('');
    await form.locator('[name=numbers]').fill('S-nobody-knows');
    await form.locator('button[value=preview]').click();
    t.regex(await form.innerText(), /no record numbered S-nobody-knows/);
    await form.locator('[name=numbers]').fill('');
    await form.locator('[name=client]').fill(CLIENT);
    await form.locator('button[value=preview]').click();
    t.regex(await form.innerText(), /1 record that you may find will be held[^]*Outage <b>of three days<\/b>/);
    await form.locator('button[value=make]').click();
    await officer.page.waitForURL(/\/holds\/[0-9a-f-]{36}$/);
    const hold = officer.page.url();
    await staff.manager('POST', '/api/v1/records', testDraft(draft));
    await officer.page.goto(hold);
    t.regex(await officer.page.locator('main').innerText(), /2 records, of which 1 came by itself/);
    await officer.page.click('summary:has-text("Review")');
    const review = officer.page.locator('form[action$="/review"]');
    await review.locator('[name=reason]').fill('The court has not decided');
    await review.locator('[name=reviewOn]').fill(ahead(60));
    await review.locator('button').click();
    t.regex(await officer.page.locator('.flash').innerText(), /Saved/);
    const table = await officer.context.request.get(`${hold}/records.csv`);
    t.regex(await table.text(), /Outage <b>of three days<\/b>/);
    t.is((await officer.context.request.get(`${hold}/records.xlsx`)).status(), 200);
    t.is((await agent.context.request.get(`${hold}/records.csv`)).status(), 403);

    await officer.page.click('summary:has-text("Propose to lift it")');
    const lift = officer.page.locator('form[action$="/lift"]');
    await lift.locator('[name=reason]').fill('The court has decided');
    await lift.locator('button').click();
    await officer.page.goto(hold);
    t.regex(await officer.page.locator('main').innerText(), /Lift to be confirmed[^]*another person confirms/);
    t.is(await officer.page.locator('button[name=agree][value="1"]').count(), 0, 'nobody agrees to what he proposed');
    await officer.page.goto('/holds?state=open');
    t.is(await officer.page.locator('tbody tr').count(), 2);
    await officer.page.goto(`/find?q=${encodeURIComponent('type:routine')}`);
    await officer.page.click('summary:has-text("Disposal hold")');
    await officer.page.click('button:has-text("Hold everything that meets these filters")');
    t.is(await officer.page.locator('[name=query]').inputValue(), 'type:routine');
    t.deepEqual(
      [...officer.complaints, ...manager.complaints, ...agent.complaints].filter((one) => !/40[34]|422/.test(one)),
      [],
    );
  },
);
