import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { sql } from '../../src/db/index.js';
import { FolderStore } from '../../src/storage/folder/folder.js';
import { sweepOrphans, verifyObjects } from '../../src/vault/index.js';
import { testVault } from '../support/vault.js';

const DAY = 86_400_000;
/** More rounds: `LANTAI_TEST_KILLS=1000`. */
const KILLS = Number(process.env['LANTAI_TEST_KILLS'] ?? 8);
const v = await testVault();
test.after.always(() => v.close());

/** Lets a process capture and kills it at a random moment; the objects it had acknowledged. */
async function killed(): Promise<string[]> {
  const input = JSON.stringify({ url: v.database.urls.app, keys: v.keystore.folder, folder: v.folder });
  const child = spawn(process.execPath, [fileURLToPath(new URL('kill-child.js', import.meta.url)), input], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  await once(child.stdout, 'data');
  await sleep(Math.random() * 250);
  child.kill('SIGKILL');
  await once(child, 'close');
  return out.split('\n').slice(0, -1);
}

test('kill -9 at any moment loses nothing acknowledged, leaves no row without its object, and orphans only for the sweep', async (t) => {
  const acknowledged: string[] = [];
  for (let i = 0; i < KILLS; i++) acknowledged.push(...(await killed()));
  t.true(acknowledged.length > KILLS);
  t.is((await v.vault.facts(acknowledged)).length, acknowledged.length);

  const report = await verifyObjects(v.deps, v.actor);
  t.deepEqual(report.damaged, []);
  t.true(report.checked >= acknowledged.length);
  const one = acknowledged.at(-1) ?? '';
  t.true((await buffer((await v.vault.open(v.actor, await v.receiptFor(one), one)).body)).length >= 0);
  const over = await v.database.owner.one<{ n: bigint }>(sql`select count(*) as n from key_places where used > 65536`);
  t.is(over.n, 0n);

  const now = (): Date => new Date(Date.now() + 3 * DAY);
  const store = new FolderStore({ folder: v.folder, now });
  const swept = await sweepOrphans({ ...v.deps, now, store }, v.actor, { olderThan: new Date(Date.now() + DAY) });
  t.is(swept.waiting, 0);
  t.is(swept.removed, swept.claimed);
  let left = 0;
  for await (const entry of store.list('v1/')) if (entry.key) left++;
  t.is(left, report.checked, 'what is left in the store is what the catalogue names');
  t.is((await verifyObjects(v.deps, v.actor)).damaged.length, 0);
});
