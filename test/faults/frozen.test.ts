import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { checkArchive } from '../../scripts/faults/check.js';
import { emptyLedger, Load } from '../../scripts/faults/load.js';
import { Victim } from '../../scripts/faults/server.js';

/** Within which a caller must hear that nothing can be read now. */
const LIMIT = 5_000;

test('R54: with PostgreSQL frozen everyone hears 503 within five seconds and no byte leaves; thawed, all goes on and nothing is lost', async (t) => {
  t.timeout(300_000);
  const folder = mkdtempSync(join(tmpdir(), 'lantai-frozen-'));
  chmodSync(folder, 0o711);
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const ledger = emptyLedger();
  const victim = await Victim.create(folder);
  t.teardown(() => victim.stop());
  victim.start(true);
  await victim.ready();
  const load = new Load(victim.url, victim.credentials, ledger);
  await load.signIn();
  load.start(2, 2);
  while (ledger.acknowledged.length < 5 || ledger.readings.length < 2) await sleep(50);
  await load.stop();
  const one = ledger.acknowledged[0] ?? t.fail();
  const opened = await load.open(one);
  if (!opened) return t.fail();

  load.start(2, 2); // so that the freeze meets statements under way, not only those that come after it
  await sleep(300);
  victim.freezePostgres(true);
  try {
    for (let round = 0; round < 3; round++) {
      const answers = [opened.file, '/api/v1/records', `/api/v1/records/${one.id}`, opened.file].map(async (path) => {
        const from = performance.now();
        const answer = await load.get(path);
        const { code } = (await answer.json()) as { code: string };
        return { path, status: answer.status, code, time: performance.now() - from };
      });
      for (const { path, status, code, time } of await Promise.all(answers)) {
        t.is(status, 503, path);
        t.true(['unavailable', 'audit_unavailable'].includes(code), code);
        t.true(time < LIMIT, `${path} took ${time.toFixed(0)} ms`);
      }
    }
  } finally {
    victim.freezePostgres(false);
  }
  await load.stop();
  await victim.ready();
  const until = Date.now() + 20_000;
  let content: Buffer | undefined;
  while (content === undefined && Date.now() < until) content = await load.readOne(one).catch(() => undefined);
  t.deepEqual(content, one.content);
  t.deepEqual(ledger.surprises, []);
  const findings = await checkArchive(victim.dataDir, ledger);
  t.deepEqual(findings.broken, []);
});
