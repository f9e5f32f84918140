import { testDraft } from '../support/archive.js';
import { multipart, type Staff, type TestServer } from '../support/server.js';
import { TONE } from '../support/tone.js';
import type { Browser } from 'playwright-core';
import { deskOf } from './desk.js';
import { faults } from './look.js';
import { inBrowser, stage } from './stage.js';

let server: TestServer;
let staff: Staff;
let browser: Browser;
stage((made) => {
  ({ server, staff, browser } = made);
});

inBrowser('R44: a recording in AMR is heard in the page of its reading, and can be wound on', async (t) => {
  t.timeout(120_000);
  const amr = { name: '通话.amr', type: 'audio/amr', content: Buffer.concat([TONE, ...Array.from({ length: 20 }, () => TONE.subarray(6))]) };
  const made = await staff.agent('POST', '/api/v1/records', multipart('record', testDraft(), [amr]));
  const id = String(made.json['id']);
  const file = ((await staff.agent('GET', `/api/v1/records/${id}`)).json['files'] as { id: string }[])[0]?.id;
  const reading = String((await staff.agent('POST', `/api/v1/records/${id}/readings`, { purpose: 'solve' })).json['id']);
  const desk = await deskOf(browser, server, 'agent.one');
  await desk.page.goto(`/readings/${reading}?file=${file}`);
  t.deepEqual(await faults(desk.page), []);
  const heard = await desk.page.evaluate(async () => {
    const player = document.querySelector('audio');
    if (!player) return 'no player';
    const next = (event: string) =>
      new Promise((done, failed) => (player.addEventListener(event, done, { once: true }), player.addEventListener('error', failed, { once: true })));
    player.muted = true;
    await Promise.all([next('playing'), player.play()]);
    const wound = next('seeked');
    player.currentTime = 35;
    await wound;
    const after = Math.round(player.currentTime);
    await next('timeupdate');
    return { seconds: Math.round(player.duration * 100) / 100, after, goesOn: !player.paused };
  });
  t.deepEqual(heard, { seconds: 41.58, after: 35, goesOn: true });
  await desk.pictures('reading-amr-played');
  t.deepEqual(desk.complaints, []);
  await desk.context.close();
});
